#include "barman/backup/verify_backup.h"

#include <fmt/core.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <functional>
#include <mutex>

#include "barman/core/error.h"
#include "barman/core/parallel.h"
#include "barman/core/signals.h"
#include "barman/core/text.h"
#include "barman/exec/pg_tools.h"
#include "barman/fs/file.h"
#include "manifest_file.h"

namespace barman::backup {

namespace {

constexpr int first_to_read_tar = 18;  // major version of pg_verifybackup

bool is_packed(const catalog::BackupInfo& backup) { return backup.compression && !backup.compression->empty(); }

// Copies by rsync come without a manifest.
std::string hint_for(const config::ServerConfig& config, const catalog::BackupInfo& backup,
                     const std::string& directory) {
  if (fs::exists(directory + "/backup_manifest")) return {};
  if (backup.type() != catalog::BackupType::rsync) return "take another backup: this one has lost its backup_manifest";
  return fmt::format(
      "'barman generate-manifest {} {}' makes a manifest of the files as they are now; backups taken with "
      "'--manifest' have one from the beginning",
      config.name, backup.backup_id);
}

struct Subject {
  std::string directory;
  std::int64_t size = 0;
  bool packed = false;
  std::string hint;  // for a failure
};

void report_failure(const Subject& subject, const std::string& text, Notifier& notifier) {
  notifier.error(fmt::format("verify backup failure on directory '{}'", subject.directory));
  notifier.error(subject.hint.empty() ? text : with_hint(trim(text), subject.hint));
}

void verify_with(const exec::PgTool& tool, std::chrono::seconds patience, const Subject& subject, exec::Runner& local,
                 Notifier& notifier, Progress& progress) {
  if (subject.packed && tool.major() < first_to_read_tar) {
    notifier.error(
        fmt::format("Verification of tar format backups requires pg_verifybackup from Postgres 18 or newer (found {})",
                    tool.version));
    return;
  }
  exec::Command command({tool.path, "-n", subject.directory}, exec::Limits::unless_idle(patience));
  if (subject.packed) command.argv.insert(command.argv.end(), {"-F", "tar"});
  command.logger = "PgVerifyBackup";
  const exec::Outcome outcome = [&] {
    const Waiting waiting(progress, "pg_verifybackup reads the backup");
    return local.run(command);
  }();
  if (outcome.ok()) {
    notifier.info(trim(outcome.out));
    return;
  }
  report_failure(subject, outcome.err.empty() ? describe(command, outcome) : outcome.err, notifier);
}

void verify_here(const Subject& subject, const std::string& reason, Notifier& notifier, Progress& progress) {
  notifier.info(fmt::format("{}: comparing with backup_manifest without it", reason));
  progress.start("", subject.size);
  const ManifestProblems problems = check_against_manifest(subject.directory, progress);
  progress.finish();
  if (problems.count == 0) {
    notifier.info("backup successfully verified");
    return;
  }
  std::string text;
  for (const std::string& problem : problems.shown) text += problem + '\n';
  if (problems.count > problems.shown.size())
    text += fmt::format("and {} more\n", problems.count - problems.shown.size());
  report_failure(subject, text, notifier);
}

constexpr std::size_t batch_size = 512;  // entries that are held at a time
constexpr int deepest_directory = 100;   // links may lead in a circle

// What PostgreSQL's backups leave out of their manifests, or what may change after them.
constexpr std::array<std::string_view, 5> ignored = {"backup_manifest", "pg_wal", "postgresql.auto.conf",
                                                     "recovery.signal", "standby.signal"};

bool is_ignored(std::string_view path) {
  return std::ranges::any_of(ignored, [path](std::string_view name) {
    return path.starts_with(name) && (path.size() == name.size() || path[name.size()] == '/');
  });
}

std::uint64_t hash_of(const std::string& path) { return std::hash<std::string>()(path); }

class Check {
 public:
  Check(const std::string& directory, Progress& progress) : directory_(directory), progress_(progress) {}

  ManifestProblems run() {
    const std::string manifest = directory_ + "/backup_manifest";
    try {
      check_manifest_checksum(manifest);
      read_manifest(manifest, [this](ManifestFile&& file) {
        known_.push_back(hash_of(file.path));
        batch_.push_back(std::move(file));
        if (batch_.size() == batch_size) flush();
      });
    } catch (const Error& error) {
      add_problem(error.what());
      return std::move(problems_);
    }
    flush();
    std::ranges::sort(known_);
    look_for_others("", 0);
    return std::move(problems_);
  }

 private:
  void add_problem(std::string problem) {
    const std::lock_guard lock(mutex_);
    if (++problems_.count <= ManifestProblems::most_shown) problems_.shown.push_back(std::move(problem));
  }

  void count(std::int64_t bytes) {
    const std::lock_guard lock(mutex_);
    progress_.update(done_ += bytes);
  }

  void flush() {
    on_all_cores(batch_.size(), [this](std::size_t i) {
      if (auto problem = problem_of(batch_[i])) add_problem(std::move(*problem));
      count(batch_[i].size);
    });
    batch_.clear();
  }

  std::optional<std::string> problem_of(const ManifestFile& file) const {
    if (is_ignored(file.path)) return std::nullopt;
    const std::string path = directory_ + '/' + file.path;
    struct ::stat info {};
    if (::stat(path.c_str(), &info) != 0) {
      if (errno == ENOENT || errno == ENOTDIR)
        return fmt::format("\"{}\" is present in the manifest but not on disk", file.path);
      return fmt::format("could not stat file or directory \"{}\": {}", file.path, std::strerror(errno));
    }
    if (!S_ISREG(info.st_mode)) return fmt::format("\"{}\" is not a file", file.path);
    if (info.st_size != file.size)
      return fmt::format("\"{}\" has size {} on disk but size {} in the manifest", file.path, info.st_size, file.size);
    return content_problem(file, path);
  }

  static std::optional<std::string> content_problem(const ManifestFile& file, const std::string& path) {
    if (file.kind == ChecksumKind::none) return std::nullopt;
    if (file.checksum.size() != hex_size(file.kind))
      return fmt::format("file \"{}\" has checksum of length {}, but expected {}", file.path, file.checksum.size() / 2,
                         hex_size(file.kind) / 2);
    try {
      const FileDigest found = digest_file(path, file.kind);
      if (found.size != file.size)
        return fmt::format("file \"{}\" should contain {} bytes, but read {} bytes", file.path, file.size, found.size);
      if (found.checksum != file.checksum) return fmt::format("checksum mismatch for file \"{}\"", file.path);
    } catch (const Error& error) {
      return error.what();
    }
    return std::nullopt;
  }

  void look_for_others(const std::string& relative, int depth) {
    const std::string path = relative.empty() ? directory_ : directory_ + '/' + relative;
    if (depth > deepest_directory) return add_problem(fmt::format("\"{}\" is nested too deeply", relative));
    std::vector<std::string> names;
    try {
      names = fs::list_directory(path);
    } catch (const Error& error) {
      return add_problem(error.what());
    }
    for (const std::string& name : names) {
      signals::throw_if_pending();
      const std::string below = relative.empty() ? name : relative + '/' + name;
      if (!is_ignored(below)) look_at(below, depth);
    }
  }

  void look_at(const std::string& relative, int depth) {
    struct ::stat info {};
    if (::stat((directory_ + '/' + relative).c_str(), &info) != 0)
      return add_problem(fmt::format("could not stat file or directory \"{}\": {}", relative, std::strerror(errno)));
    if (S_ISDIR(info.st_mode)) return look_for_others(relative, depth + 1);
    if (!S_ISREG(info.st_mode)) return add_problem(fmt::format("\"{}\" is not a file or directory", relative));
    if (!std::ranges::binary_search(known_, hash_of(relative)))
      add_problem(fmt::format("\"{}\" is present on disk but not in the manifest", relative));
  }

  const std::string& directory_;
  Progress& progress_;
  std::int64_t done_ = 0;
  std::vector<ManifestFile> batch_;
  std::vector<std::uint64_t> known_;  // hashes of the paths in the manifest
  std::mutex mutex_;
  ManifestProblems problems_;
};

}  // namespace

void verify_backup(const config::ServerConfig& config, const catalog::BackupInfo& backup,
                   const std::string& data_directory, exec::Runner& local, Notifier& notifier, Progress& progress) {
  if (backup.encryption) {
    notifier.error("Backup verification is not supported for encrypted backups");
    return;
  }
  const auto tool = exec::find_pg_verifybackup(config.search_path());
  if (!tool && is_packed(backup)) {
    notifier.error(
        "Verification of tar format backups requires pg_verifybackup from Postgres 18 or newer (found none)");
    return;
  }
  const Subject subject{.directory = data_directory,
                        .size = backup.size.value_or(0),
                        .packed = is_packed(backup),
                        .hint = hint_for(config, backup, data_directory)};
  if (!tool) return verify_here(subject, "pg_verifybackup not found", notifier, progress);
  if (const int newer = backup.major_version(); !subject.packed && tool->major() > 0 && tool->major() < newer) {
    // A manifest's form is that of the server that made it.
    const std::string reason =
        fmt::format("pg_verifybackup {} is older than the backup's PostgreSQL {}", tool->version, newer);
    return verify_here(subject, reason, notifier, progress);
  }
  notifier.info("Calling pg_verifybackup");
  verify_with(*tool, config.patience(), subject, local, notifier, progress);
}

ManifestProblems check_against_manifest(const std::string& data_directory, Progress& progress) {
  return Check(data_directory, progress).run();
}

}  // namespace barman::backup
