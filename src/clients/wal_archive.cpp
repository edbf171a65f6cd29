#include "barman/clients/wal_archive.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <exception>
#include <map>
#include <optional>
#include <string>

#include "barman/core/digest.h"
#include "barman/core/error.h"
#include "barman/core/numbers.h"
#include "barman/core/parallel.h"
#include "barman/core/python_repr.h"
#include "barman/core/text.h"
#include "barman/exec/local_runner.h"
#include "barman/fs/file.h"
#include "barman/wal/segment.h"
#include "program.h"
#include "put_wal.h"

namespace barman::clients {

namespace {

// The segments that were sent before PostgreSQL asked for them. A segment counts as sent only as long as its path holds
// the same file with the same times, and only to the same Barman server: a cluster that was created anew reuses names.
class PrefetchCache {
 public:
  using Entries = std::map<std::string, FileIdentity>;

  // Creates the directory (0700). Says on standard error why it cannot be trusted, and gives std::nullopt.
  static std::optional<PrefetchCache> open(const std::string& directory, const std::string& destination);

  bool holds(const std::string& wal, const FileIdentity& identity) const;
  // Remembers `sent` besides what was sent before and comes after `requested`.
  void add(const std::string& requested, const Entries& sent);

 private:
  PrefetchCache(std::string directory, std::string destination);
  void load();

  std::string directory_, destination_;
  Entries entries_;
};

// "/tmp/barman-{server}-{16 hex}"
std::string default_cache_directory(const Remote& remote, const std::string& server);

// Not Barman's wal-last-archived, which names a segment and says nothing about which file it was.
constexpr std::string_view file_name = "wal-prefetched";
constexpr std::string_view first_line = "barman-wal-archive 1 ";

std::string cache_file(const std::string& directory) { return fmt::format("{}/{}", directory, file_name); }

// What is wrong with the directory; empty when it can be trusted.
std::string complaint(const std::string& directory) {
  try {
    if (!fs::lstat_if_exists(directory)) fs::make_directories(directory, 0700);
  } catch (const Error& error) {
    return fmt::format("Could not create cache directory {}: {}", directory, error.what());
  }
  const auto info = fs::lstat_if_exists(directory);
  if (!info || !S_ISDIR(info->st_mode))
    return fmt::format("Cache directory {} is not a regular directory (possibly a symlink); refusing to use it.",
                       directory);
  if (info->st_uid != ::geteuid())
    return fmt::format("Cache directory {} is not owned by the current user; refusing to use it.", directory);
  if ((info->st_mode & (S_IWGRP | S_IWOTH)) != 0)
    return fmt::format("Cache directory {} is writable by group or others; refusing to use it.", directory);
  return {};
}

// name, device, inode, size, mtime and ctime in nanoseconds
std::optional<std::pair<std::string, FileIdentity>> parse_line(const std::string& line) {
  const auto fields = split(line, '\t');
  if (fields.size() != 6 || !is_wal_segment(fields[0])) return std::nullopt;
  std::int64_t numbers[5];
  for (std::size_t i = 0; i < 5; ++i) {
    const auto value = parse_python_int(fields[i + 1]);
    if (!value) return std::nullopt;
    numbers[i] = *value;
  }
  return std::pair(fields[0],
                   FileIdentity{static_cast<std::uint64_t>(numbers[0]), static_cast<std::uint64_t>(numbers[1]),
                                static_cast<std::uint64_t>(numbers[2]), numbers[3], numbers[4]});
}

std::string default_cache_directory(const Remote& remote, const std::string& server) {
  const std::string key =
      fmt::format("{}:{}:{}", remote.host, remote.port.value_or("None"), remote.config.value_or("None"));
  return fmt::format("/tmp/barman-{}-{}", server, digest_of(key).substr(0, 16));
}

PrefetchCache::PrefetchCache(std::string directory, std::string destination)
    : directory_(std::move(directory)), destination_(std::move(destination)) {
  load();
}

std::optional<PrefetchCache> PrefetchCache::open(const std::string& directory, const std::string& destination) {
  const std::string problem = complaint(directory);
  if (problem.empty()) return PrefetchCache(directory, destination);
  print_error_line(problem);
  print_error_line(fmt::format("Cache directory {} is not secure; disabling parallel WAL archiving.", directory));
  return std::nullopt;
}

// A file that cannot be read, or is not ours, is an empty cache: its segments are sent once more.
void PrefetchCache::load() {
  const auto text = fs::read_file_if_exists(cache_file(directory_));
  if (!text) return;
  const auto lines = split_lines(*text);
  if (lines.empty() || lines.front() != std::string(first_line) + destination_) return;
  for (std::size_t i = 1; i < lines.size(); ++i)
    if (auto entry = parse_line(lines[i])) entries_.insert(*std::move(entry));
}

bool PrefetchCache::holds(const std::string& wal, const FileIdentity& identity) const {
  const auto found = entries_.find(wal);
  return found != entries_.end() && found->second == identity;
}

void PrefetchCache::add(const std::string& requested, const Entries& sent) {
  entries_.erase(entries_.begin(), entries_.upper_bound(requested));
  for (const auto& [wal, identity] : sent) entries_[wal] = identity;
  std::string text = fmt::format("{}{}\n", first_line, destination_);
  for (const auto& [wal, identity] : entries_)
    text += fmt::format("{}\t{}\t{}\t{}\t{}\t{}\n", wal, identity.device, identity.inode, identity.size,
                        identity.mtime_ns, identity.ctime_ns);
  fs::replace_file(cache_file(directory_), text, 0600);
}

constexpr int exit_local = 2;

constexpr Program program = {
    .name = "barman-wal-archive",
    .summary = "archive_command of PostgreSQL for WAL that goes to Barman through ssh",
    .description =
        "PostgreSQL's archive_command for WAL that goes to Barman through ssh, where 'barman put-wal' "
        "receives it.",
    .exit_status =
        "0 when Barman has the file on its disk. 2 when the command line is wrong or something fails on "
        "this host. 3 when ssh cannot connect. Otherwise the status of 'barman put-wal'. PostgreSQL keeps "
        "the file and tries again after anything but 0.",
    .examples = R"(
In postgresql.conf; `backup` is the host of Barman, `main` the server there:

    archive_command = 'barman-wal-archive backup main %p'

Does the way work? Nothing is sent:

    barman-wal-archive --test backup main DUMMY

Compressed before it is sent, and up to four segments at a time while there are more:

    archive_command = 'barman-wal-archive --zstd --parallel 4 backup main %p'
)",
    .details = R"(
It runs `ssh` as PATH has it, which has to log in to the Barman host without a question, as the user of `--user`; the
server has to have `archiver = on` there. It needs no configuration of Barman on this host. A key that can do this and
nothing else is made with `barman-gatekeeper`(1).

The file is sent with a checksum of its content (SHA-256, or MD5 with `--md5`), which the Barman host compares. A file
that is no WAL, or that changes while it is read, is not sent. A directory is refused. With `--test` nothing is sent,
and the status is that of ssh: 255 is a connection that failed.

Of several options for compression the last one counts. `--compression-level` is a number as the algorithm has it, or
`low`, `medium` (the default) or `high`.

With `--parallel` 2 or more, segments behind the one that was asked for are sent at the same time, as far as PostgreSQL
has marked them in `archive_status` as ready, up to the first that is not. When PostgreSQL asks for one of them, it is
not sent again if it is still the same file. What fails among them is sent again then.

# FILES
- /tmp/barman-SERVER_NAME-HASH :: `--prefetch-cache-dir`: which segments were sent ahead, to which host. It has to be a
directory of this user that nobody else can write to (it is made with mode 0700); else segments are sent one by one,
with a warning

- ~/.ssh/config :: what ssh has to know beside user and port
)"};

struct Arguments {
  PutWalSettings put;
  bool test = false;
  std::string wal_path;
  std::optional<int> parallel;
  std::optional<std::string> cache_directory;
};

std::optional<std::string> store_level(std::string& level, const std::string& text) {
  const std::string lower = to_lower(text);
  const bool number = parse_decimal(text.starts_with('-') ? text.substr(1) : text).has_value();
  if (!number && lower != "low" && lower != "medium" && lower != "high")
    return fmt::format("invalid parse_compression_level value: {}", python_repr(text));
  level = lower;
  return std::nullopt;
}

void declare_compression(usage::Options& options, PutWalSettings& put) {
  using codec::Algorithm;
  const auto add = [&options, &put](Algorithm algorithm, std::vector<std::string> names) {
    const std::string_view word = codec::name(algorithm);
    names.push_back(fmt::format("--{}", word));
    options.flag(std::move(names), put.compression, algorithm, fmt::format("compress with {} before sending", word));
  };
  add(Algorithm::gzip, {"-z"});
  add(Algorithm::bzip2, {"-j"});
  for (const Algorithm algorithm : {Algorithm::xz, Algorithm::snappy, Algorithm::zstd, Algorithm::lz4})
    add(algorithm, {});
  options.value(
      {"--compression-level"}, [&put](const std::string& text) { return store_level(put.level, text); },
      "COMPRESSION_LEVEL", "a number, low, medium or high");
}

void declare(usage::Options& options, Arguments& arguments) {
  PutWalSettings& put = arguments.put;
  declare_remote_user(options, put.remote);
  declare_remote_config(options, put.remote);
  options.flag({"-t", "--test"}, arguments.test,
               "try the connection and the server's configuration; send nothing. WAL_PATH is not looked at.");
  options.flag({"--md5"}, put.md5, "send an MD5 checksum instead of SHA256, for a Barman host that knows no other");
  declare_compression(options, put);
  options.number({"-p", "--parallel"}, arguments.parallel, "PARALLEL",
                 "send up to this many segments that are ready at the same time");
  options.value({"--prefetch-cache-dir"}, arguments.cache_directory, "PREFETCH_CACHE_DIR",
                "where to remember segments sent ahead (default: /tmp/barman-SERVER_NAME-HASH)");
  options.positional("BARMAN_HOST", put.remote.host, "host that runs Barman");
  options.positional("SERVER_NAME", put.server, "name of this PostgreSQL server in Barman's configuration");
  options.positional("WAL_PATH", arguments.wal_path, "file to archive: %p in archive_command");
}

int test_connection(exec::Runner& runner, const Arguments& arguments) {
  try {
    return run_ssh_test(runner, put_wal_argv(arguments.put.remote, arguments.put.server, true));
  } catch (const Error& error) {
    if (error.code() != Errc::not_found) throw;
    throw Failure(exit_local, "Error executing ssh: " + os_error_text(ENOENT, "ssh"));
  }
}

// The requested file: its failure is the program's.
FileIdentity archive(exec::Runner& runner, const Arguments& arguments) {
  try {
    return put_wal(runner, arguments.put, arguments.wal_path);
  } catch (const TransferFailed& failed) {
    print_error_line(fmt::format("Archival of WAL file {} failed: {}", arguments.wal_path, failed.what()));
    throw Failure(failed.status(), failed.message());
  }
}

struct Ahead {  // a segment to send before it is asked for
  std::string name, path;
};

// The segments after `first` that PostgreSQL has marked as ready, up to the first that is not.
std::vector<Ahead> ready_segments(const Arguments& arguments, const std::string& first, std::uint64_t segment_size,
                                  const PrefetchCache& cache) {
  std::vector<Ahead> segments;
  const std::string directory = fs::parent_directory(arguments.wal_path), status = directory + "/archive_status";
  if (!fs::is_directory(status)) {
    print_error_line(fmt::format("WARNING: archive_status directory {} does not exist; prefetching skipped.", status));
    return segments;
  }
  Segment segment = *parse_segment(first);
  for (int i = 1; i < arguments.parallel.value_or(0); ++i) {
    segment = next(segment, segment_size);
    const std::string name = to_string(segment);
    if (!fs::exists(fmt::format("{}/{}.ready", status, name))) break;
    const std::string path = fmt::format("{}/{}", directory, name);
    const auto info = fs::stat_if_exists(path);
    if (info && !cache.holds(name, identity_of(*info))) segments.push_back({name, path});
  }
  return segments;
}

// Sends segments ahead, each from a thread of its own. What fails is sent again when PostgreSQL asks for it.
PrefetchCache::Entries send_ahead(exec::Runner& runner, const PutWalSettings& settings,
                                  const std::vector<Ahead>& segments) {
  std::vector<std::optional<FileIdentity>> sent(segments.size());
  run_parallel(segments.size(), segments.size(), [&](std::size_t i) {
    try {
      sent[i] = put_wal(runner, settings, segments[i].path);
    } catch (const std::exception& failed) {
      print_error_line(fmt::format("Prefetch of WAL file {} failed: {}", segments[i].path, failed.what()));
    }
  });
  PrefetchCache::Entries entries;
  for (std::size_t i = 0; i < segments.size(); ++i)
    if (sent[i]) entries[segments[i].name] = *sent[i];
  return entries;
}

void remember(PrefetchCache& cache, const std::string& requested, const PrefetchCache::Entries& sent) {
  try {
    cache.add(requested, sent);
  } catch (const Error& error) {
    print_error_line(fmt::format("WARNING: {}; the segments sent ahead will be sent again", error.what()));
  }
}

void archive_ahead(exec::Runner& runner, const Arguments& arguments, PrefetchCache& cache) {
  const std::string name(base_name(arguments.wal_path));
  const auto info = fs::stat_if_exists(arguments.wal_path);
  if (!is_wal_segment(name) || !info || info->st_size == 0) {
    archive(runner, arguments);
    return;
  }
  if (cache.holds(name, identity_of(*info))) return;
  PrefetchCache::Entries sent = {{name, archive(runner, arguments)}};
  const auto ahead = ready_segments(arguments, name, static_cast<std::uint64_t>(info->st_size), cache);
  sent.merge(send_ahead(runner, arguments.put, ahead));
  remember(cache, name, sent);
}

int run(const Arguments& arguments) {
  exec::LocalRunner runner;
  if (arguments.test) return test_connection(runner, arguments);
  if (fs::is_directory(arguments.wal_path))
    throw Failure(exit_local, "WAL_PATH cannot be a directory: " + arguments.wal_path);
  const PutWalSettings& put = arguments.put;
  std::optional<PrefetchCache> cache;
  if (arguments.parallel.value_or(0) > 1) {
    const std::string destination = digest_of(join(put_wal_argv(put.remote, put.server, false), "\n"));
    cache = PrefetchCache::open(arguments.cache_directory.value_or(default_cache_directory(put.remote, put.server)),
                                destination);
  }
  if (cache) {
    archive_ahead(runner, arguments, *cache);
  } else {
    archive(runner, arguments);
  }
  return 0;
}

}  // namespace

int wal_archive(int argc, char** argv) {
  Arguments arguments;
  return run_program(
      program, argc, argv, [&](usage::Options& options) { declare(options, arguments); },
      [&] { return run(arguments); });
}

std::vector<usage::OptionSpec> wal_archive_options() {
  Arguments arguments;
  return options_of([&](usage::Options& options) { declare(options, arguments); });
}

usage::ManualPage wal_archive_manual() {
  Arguments arguments;
  return manual_page(program, [&](usage::Options& options) { declare(options, arguments); });
}

}  // namespace barman::clients
