#include "outside_files.h"

#include <fmt/core.h>

#include <algorithm>

#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/fs/file.h"
#include "barman/fs/host.h"
#include "barman/postgres/server.h"

namespace barman::backup {
namespace {

constexpr std::size_t longest_file = 16 * 1024 * 1024;
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

std::vector<std::string> outside_files(const BackupRun& run, std::vector<std::string>& unknown) {
  std::vector<std::optional<std::string>> files;
  for (std::string& file : run.server.postgres().all_configuration_files(unknown)) files.emplace_back(std::move(file));
  return run.outside_pgdata(files);
}

// Two ways lead to a file. The first that fails is forgiven if the second works.
std::string read_outside(const BackupRun& run, const std::string& path) {
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

// Why none can be kept; nullopt: they can.
std::optional<std::string> obstacle(const BackupRun& run) {
  if (run.server.backups().elsewhere()) return "they are not kept where backups are in an object store";
  if (run.info.encryption) return "they are not kept beside an encrypted backup, as they would be in clear";
  return std::nullopt;
}

struct Failures {
  std::vector<std::string> files, reasons;
  void add(const std::string& file, const std::string& reason) {
    files.push_back(file);
    reasons.push_back(fmt::format("{}: {}", file, reason));
  }
};

void keep_one(const BackupRun& run, const std::string& path) {
  if (!can_be_kept(path)) throw Error(Errc::refused, "its name has no place here");
  const std::string copy = run.server.backups().configuration_directory(run.info.backup_id) + path;
  const std::string text = read_outside(run, path);
  fs::make_directories(fs::parent_directory(copy), private_directory);
  fs::replace_file(copy, text, private_file);
}

std::size_t keep_each(const BackupRun& run, const std::vector<std::string>& files, Failures& failures) {
  std::size_t kept = 0;
  // Whoever copied them with an earlier attempt may have found others.
  const std::string directory = run.server.backups().configuration_directory(run.info.backup_id);
  fs::remove_tree(directory);
  fs::make_directories(directory, private_directory);
  for (const std::string& path : files) {
    try {
      keep_one(run, path);
      ++kept;
    } catch (const Error& error) {
      failures.add(path, error.what());
    }
  }
  if (kept == 0) fs::remove_tree(directory);
  return kept;
}

void keep_all(const BackupRun& run) {
  std::vector<std::string> unknown;
  const std::vector<std::string> files = outside_files(run, unknown);
  // Somebody who may not read these lists has no files outside PGDATA as often as not.
  for (const std::string& reason : unknown)
    log::info(logger, "configuration files that others include are not known: {}", reason);
  if (files.empty()) return;
  if (run.server.config().backup_options.contains("external_configuration"))
    return run.server.notifier().debug(describe_left(files));
  if (const auto reason = obstacle(run)) {
    log::warning(logger, "{}", *reason);
    return run.server.notifier().warning(describe_left(files));
  }
  Failures failures;
  if (const std::size_t kept = keep_each(run, files, failures); kept > 0)
    run.server.notifier().info(
        fmt::format("Kept {} configuration file{} from outside PGDATA with the backup", kept, kept == 1 ? "" : "s"));
  if (failures.files.empty()) return;
  run.server.notifier().warning(describe_left(failures.files));
  for (const std::string& reason : failures.reasons) run.server.notifier().warning("cannot read " + reason);
}

}  // namespace

bool can_be_kept(const std::string& path) {
  return path.starts_with('/') && !path.ends_with('/') && (path + '/').find("/../") == std::string::npos;
}

void keep_outside_files(const BackupRun& run) {
  try {
    keep_all(run);
  } catch (const Error& error) {
    run.server.notifier().warning(
        fmt::format("cannot keep the configuration files from outside PGDATA: {}", with_hint(error)));
  }
}

}  // namespace barman::backup
