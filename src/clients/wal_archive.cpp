#include "barman/clients/wal_archive.h"

#include <fmt/core.h>
#include <sys/stat.h>

#include <cerrno>
#include <exception>

#include "barman/core/digest.h"
#include "barman/core/error.h"
#include "barman/core/numbers.h"
#include "barman/core/parallel.h"
#include "barman/core/python_repr.h"
#include "barman/core/text.h"
#include "barman/exec/local_runner.h"
#include "barman/fs/file.h"
#include "barman/wal/segment.h"
#include "prefetch_cache.h"
#include "program.h"
#include "put_wal.h"

namespace barman::clients {

namespace {

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
    .setting = "archive_command = 'barman-wal-archive backup main %p'"};

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
