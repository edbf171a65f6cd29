#include "outside_files.h"

#include <fmt/core.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <deque>
#include <set>

#include "barman/codec/codec.h"
#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/fs/file.h"
#include "barman/fs/host.h"
#include "barman/postgres/server.h"
#include "configuration_includes.h"

namespace barman::backup {
namespace {

constexpr std::size_t longest_file = 16 * 1024 * 1024;
constexpr std::size_t most_files = 1000;  // includes may go round in circles by names that differ
constexpr mode_t private_directory = 0700, private_file = 0600;

std::string in_lines(const std::vector<std::string>& files) {
  std::string text;
  for (const std::string& file : files) text += fmt::format("\t{}\n", file);
  return text;
}

std::string describe_left(const std::vector<std::string>& files) {
  return "pg_basebackup does not copy the PostgreSQL configuration files that reside outside PGDATA. "
         "Please manually backup the following files:\n" +
         in_lines(files);
}

// Two ways lead to a file. The first that fails is forgiven if the second works.
std::string read_file(const BackupRun& run, const std::string& path) {
  std::string failure;
  if (run.server.config().ssh_command) {
    try {
      std::string text = run.server.postgres_host().read_file(path);
      if (text.size() <= longest_file) return text;
      failure = fmt::format("it has more than {} bytes", longest_file);
    } catch (const Error& error) {
      failure = error.what();
    }
  }
  try {
    return run.server.postgres().read_file(path, longest_file);
  } catch (const Error& error) {
    throw Error(Errc::postgres, failure.empty() ? error.what() : fmt::format("{}; {}", failure, error.what()));
  }
}

// Goes through the configuration files of a server, those that the server names and those that these include.
class Survey {
 public:
  explicit Survey(const BackupRun& run) : run_(run) {}

  OutsideFiles read() {
    // The first way to a file says what it is.
    add(run_.info.hba_file, ConfigurationKind::authentication);
    add(run_.info.ident_file, ConfigurationKind::authentication);
    read_pending();
    std::vector<std::string> unknown;
    for (const std::string& file : run_.server.postgres().all_configuration_files(unknown))
      add(file, authentication_directories_.contains(fs::parent_directory(file)) ? ConfigurationKind::authentication
                                                                                 : ConfigurationKind::settings);
    // Somebody who may not read these lists has no files outside PGDATA as often as not.
    for (const std::string& reason : unknown)
      log::info(logger, "configuration files that others include are not known: {}", reason);
    read_pending();
    const bool authentication_is_unknown = std::ranges::any_of(unknown, [](const std::string& reason) {
      return reason.find("pg_hba") != std::string::npos || reason.find("pg_ident") != std::string::npos;
    });
    if (authentication_is_unknown) miss_unlisted();
    std::ranges::sort(found_.files, {}, &OutsideFile::path);
    return std::move(found_);
  }

 private:
  struct Pending {
    std::string path;
    ConfigurationKind kind;
    bool named;  // by the server, which has read it
  };

  // Neither ssh nor PostgreSQL says what is in them.
  void miss_unlisted() {
    for (const std::string& directory : unlisted_) {
      found_.left.push_back(directory);
      found_.reasons.push_back(directory +
                               ": what is in it is not known without ssh_command, unless the role may read "
                               "pg_hba_file_rules and pg_ident_file_mappings");
    }
  }

  bool is_outside(const std::string& path) const { return !run_.outside_pgdata({path}).empty(); }

  void add(const std::optional<std::string>& path, ConfigurationKind kind, bool named = true) {
    if (path && !path->empty() && seen_.size() < most_files && seen_.insert(*path).second)
      pending_.push_back({*path, kind, named});
  }

  void read_pending() {
    for (; !pending_.empty(); pending_.pop_front()) look_at(pending_.front());
  }

  void look_at(const Pending& file) {
    const bool outside = is_outside(file.path);
    std::string text;
    try {
      if (outside && !can_be_kept(file.path)) throw Error(Errc::refused, "its name has no place here");
      text = read_file(run_, file.path);
    } catch (const Error& error) {
      if (outside && file.named) {
        found_.left.push_back(file.path);
        found_.reasons.push_back(fmt::format("{}: {}", file.path, error.what()));
      } else {  // perhaps there is none: include_if_exists
        log::info(logger, "cannot look into {}: {}", file.path, error.what());
      }
      return;
    }
    const ConfigurationIncludes includes = includes_of(text, file.path, file.kind);
    for (const std::string& path : includes.files) add(path, file.kind, false);
    for (const std::string& path : includes.directories) look_into(path, file.kind);
    if (outside) found_.files.push_back({file.path, std::move(text)});
  }

  // Of what is in it the server names what says something. The rest, which other files may include or name, is found
  // only by ssh.
  void look_into(const std::string& directory, ConfigurationKind kind) {
    if (!is_outside(directory) || !can_be_kept(directory) || !seen_.insert(directory + '/').second) return;
    found_.directories.push_back(directory);
    if (kind == ConfigurationKind::authentication) authentication_directories_.insert(directory);
    if (kind == ConfigurationKind::authentication) unlisted_.insert(directory);
    if (!run_.server.config().ssh_command) return;
    try {
      for (const std::string& name : run_.server.postgres_host().list(directory))
        if (name.ends_with(".conf") && !name.starts_with('.')) add(fmt::format("{}/{}", directory, name), kind);
      unlisted_.erase(directory);
    } catch (const Error& error) {
      log::info(logger, "cannot list {}: {}", directory, error.what());
    }
  }

  const BackupRun& run_;
  std::set<std::string> seen_, authentication_directories_, unlisted_;
  std::deque<Pending> pending_;
  OutsideFiles found_;
};

bool somebody_else_keeps_them(const BackupRun& run) {
  return run.server.config().backup_options.contains("external_configuration");
}

void say_left(const BackupRun& run) {
  std::vector<std::string> unknown;
  std::vector<std::optional<std::string>> files;
  for (std::string& file : run.server.postgres().all_configuration_files(unknown)) files.emplace_back(std::move(file));
  if (const auto outside = run.outside_pgdata(files); !outside.empty())
    run.server.notifier().debug(describe_left(outside));
}

// What is clear is in no file.
void write_encrypted(const std::string& path, const std::string& text, const std::shared_ptr<const codec::Gpg>& gpg) {
  const UniqueFd clear(::memfd_create("configuration", MFD_CLOEXEC));
  if (!clear) throw_errno("create", "a file in memory");
  fs::write_all(clear.get(), text, path);
  if (::lseek(clear.get(), 0, SEEK_SET) != 0) throw_errno("seek in", "a file in memory");
  fs::FileReplacement file(path, private_file);
  codec::encode(clear.get(), file.fd(), {{.algorithm = codec::Algorithm::gpg, .gpg = gpg}}, path);
  file.commit();
}

void write_file(const BackupRun& run, const std::string& directory, const OutsideFile& file) {
  const std::string copy = directory + file.path;
  fs::make_directories(fs::parent_directory(copy), private_directory);
  if (run.info.encryption)
    write_encrypted(copy + std::string(codec::extension(codec::Algorithm::gpg)), file.text, run.server.gpg());
  else
    fs::replace_file(copy, file.text, private_file);
}

void write_all(const BackupRun& run, OutsideFiles& outside) {
  // Whoever copied them with an earlier attempt may have found others.
  const std::string directory = run.server.backups().configuration_directory(run.info.backup_id);
  fs::remove_tree(directory);
  if (outside.files.empty()) return;
  fs::make_directories(directory, private_directory);
  std::vector<OutsideFile> kept;
  for (OutsideFile& file : outside.files) {
    try {
      write_file(run, directory, file);
      kept.push_back(std::move(file));
    } catch (const Error& error) {
      outside.left.push_back(file.path);
      outside.reasons.push_back(fmt::format("{}: {}", file.path, error.what()));
    }
  }
  outside.files = std::move(kept);
  for (const std::string& path : outside.directories) fs::make_directories(directory + path, private_directory);
  if (outside.files.empty()) fs::remove_tree(directory);
}

}  // namespace

bool can_be_kept(const std::string& path) {
  return path.starts_with('/') && !path.ends_with('/') && (path + '/').find("/../") == std::string::npos;
}

OutsideFiles read_outside_files(const BackupRun& run) {
  try {
    if (!somebody_else_keeps_them(run)) return Survey(run).read();
    say_left(run);
  } catch (const Error& error) {
    run.server.notifier().warning(
        fmt::format("cannot keep the configuration files from outside PGDATA: {}", with_hint(error)));
  }
  return {};
}

void report_outside_files(const BackupRun& run, const OutsideFiles& outside) {
  if (const std::size_t kept = outside.files.size(); kept > 0)
    run.server.notifier().info(
        fmt::format("Kept {} configuration file{} from outside PGDATA with the backup", kept, kept == 1 ? "" : "s"));
  if (outside.left.empty()) return;
  run.server.notifier().warning(describe_left(outside.left));
  for (const std::string& reason : outside.reasons) run.server.notifier().warning("cannot read " + reason);
}

void keep_outside_files(const BackupRun& run) {
  OutsideFiles outside = read_outside_files(run);
  try {
    write_all(run, outside);
  } catch (const Error& error) {
    run.server.notifier().warning(
        fmt::format("cannot keep the configuration files from outside PGDATA: {}", with_hint(error)));
    return;
  }
  report_outside_files(run, outside);
}

}  // namespace barman::backup
