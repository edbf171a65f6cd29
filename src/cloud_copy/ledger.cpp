#include "ledger.h"

#include <fmt/core.h>

#include <algorithm>
#include <mutex>

#include "barman/catalog/backup_catalog.h"
#include "barman/core/base64.h"
#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/core/numbers.h"
#include "barman/core/text.h"
#include "barman/fs/file.h"

namespace barman::cloud_copy {
namespace {

using catalog::KeepTarget;
using cloud::FinishedArchive;

constexpr const char *place_file = "place", *outcome_file = "outcome", *wals_file = "wals";
constexpr std::string_view by_others = " by others";
constexpr std::string_view info_suffix = ".info", keep_suffix = ".keep", archives_suffix = ".archives";

// The id in a name that ends so; empty: it is another file.
std::string id_of(std::string_view name, std::string_view suffix) {
  if (!name.ends_with(suffix)) return {};
  name.remove_suffix(suffix.size());
  return catalog::is_backup_id(name) ? std::string(name) : std::string();
}

// Name, number, size, members, whether it ends its tree, last member, key.
std::string line_of(const FinishedArchive& archive) {
  return fmt::format("{} {} {} {} {} {} {}\n", archive.name, archive.number, archive.size, archive.members,
                     archive.ends_tree ? 1 : 0, base64_encode(archive.last_member), archive.key);
}

std::optional<FinishedArchive> parse_archive(std::string_view line) {
  constexpr std::size_t fields = 6;  // before the key, which may have blanks
  std::vector<std::string_view> parts;
  for (std::size_t blank = line.find(' '); blank != std::string_view::npos && parts.size() < fields;
       blank = line.find(' ')) {
    parts.push_back(line.substr(0, blank));
    line.remove_prefix(blank + 1);
  }
  if (parts.size() < fields || line.empty()) return std::nullopt;
  const auto number = parse_decimal(parts[1]), size = parse_decimal(parts[2]), members = parse_decimal(parts[3]);
  const auto last = base64_decode(parts[5]);
  if (!number || !size || !members || !last) return std::nullopt;
  return FinishedArchive{.name = std::string(parts[0]),
                         .number = static_cast<int>(*number),
                         .key = std::string(line),
                         .size = static_cast<std::uint64_t>(*size),
                         .members = static_cast<std::uint64_t>(*members),
                         .last_member = *last,
                         .ends_tree = parts[4] == "1"};
}

std::vector<FinishedArchive> read_archives(const std::string& path) {
  std::vector<FinishedArchive> archives;
  for (const std::string& line : split_lines(fs::read_file_if_exists(path).value_or("")))
    if (auto archive = parse_archive(line)) archives.push_back(std::move(*archive));
  return archives;
}

class FileJournal : public cloud::ArchiveJournal {
 public:
  FileJournal(std::string path, std::string extension) : path_(std::move(path)), extension_(".tar" + extension) {}

  std::vector<FinishedArchive> finished(const std::string& name) override {
    const std::lock_guard lock(mutex_);
    std::vector<FinishedArchive> of_name;
    for (FinishedArchive& archive : read_archives(path_))
      if (archive.name == name && archive.number == static_cast<int>(of_name.size()) &&
          archive.key.ends_with(extension_))
        of_name.push_back(std::move(archive));
    return of_name;
  }

  // Rewritten, as there are a few hundred at most.
  void add(const FinishedArchive& archive) override {
    const std::lock_guard lock(mutex_);
    std::string text;
    for (const FinishedArchive& known : read_archives(path_)) text += line_of(known);
    fs::replace_file(path_, text + line_of(archive));
  }

 private:
  const std::string path_, extension_;
  std::mutex mutex_;
};

std::optional<Timestamp> read_time(std::string_view text) {
  return text.empty() ? std::nullopt : parse_timestamp(text);
}
std::string write_time(const std::optional<Timestamp>& time) { return time ? to_python(*time) : ""; }

}  // namespace

std::string ledger_directory(const config::ServerConfig& config) { return config.backup_directory + "/.cloud-copy"; }

Ledger::Ledger(const config::ServerConfig& config) : directory_(ledger_directory(config)) { load(); }

WalList& Ledger::wals() const {
  if (!wals_) wals_.emplace(path(wals_file));
  return *wals_;
}

// An entry that cannot be read is one that is not known: the run that finds it in the store writes it again.
void Ledger::load() {
  for (const std::string& name : fs::list_directory_if_exists(directory_)) {
    if (const std::string id = id_of(name, info_suffix); !id.empty()) {
      try {
        backups_.emplace(id, catalog::parse_backup_info(fs::read_file(path(name)), path(name), id));
      } catch (const Error& error) {
        log::warning("barman.cloud", "ignoring '{}': {}", path(name), error.what());
      }
    } else if (const std::string kept = id_of(name, keep_suffix); !kept.empty()) {
      const std::string text = fs::read_file_if_exists(path(name)).value_or("");
      keeps_.emplace(kept, text.starts_with("standalone") ? KeepTarget::standalone : KeepTarget::full);
      if (text.ends_with(by_others)) kept_by_others_.insert(kept);
    }
  }
}

bool Ledger::is_of(const std::string& place) const { return fs::read_file_if_exists(path(place_file)) == place + '\n'; }

void Ledger::begin_anew() {
  const Outcomes outcomes = this->outcomes();
  fs::remove_durably(path(place_file));
  fs::remove_tree(directory_);
  fs::make_directories(directory_);
  fs::sync_directory(fs::parent_directory(directory_));
  note(outcomes);
  disbelieve();
}

void Ledger::disbelieve() {
  backups_.clear();
  keeps_.clear();
  kept_by_others_.clear();
  wals_.emplace(path(wals_file), WalNames());
}

void Ledger::complete(const std::string& place) { fs::replace_file(path(place_file), place + '\n'); }

std::optional<std::string> Ledger::entry(const std::string& id) const {
  return fs::read_file_if_exists(path(id + std::string(info_suffix)));
}

void Ledger::put_entry(const std::string& id, const std::string& text) {
  const std::string file = path(id + std::string(info_suffix));
  catalog::BackupInfo info = catalog::parse_backup_info(text, file, id);
  fs::replace_file(file, text);
  backups_.insert_or_assign(id, std::move(info));
}

void Ledger::put_keep(const std::string& id, std::optional<KeepTarget> keep, Keeper keeper) {
  const std::string file = path(id + std::string(keep_suffix));
  kept_by_others_.erase(id);
  if (!keep) {
    fs::remove_durably(file);
    keeps_.erase(id);
    return;
  }
  std::string text = *keep == KeepTarget::standalone ? "standalone" : "full";
  if (keeper == Keeper::others) {
    text += by_others;
    kept_by_others_.insert(id);
  }
  fs::replace_file(file, text);
  keeps_.insert_or_assign(id, *keep);
}

void Ledger::forget(const std::string& id) {
  fs::remove_durably(path(id + std::string(info_suffix)));
  put_keep(id, std::nullopt);
  forget_archives(id);
  backups_.erase(id);
}

std::unique_ptr<cloud::ArchiveJournal> Ledger::journal(const std::string& id, const std::string& extension) const {
  return std::make_unique<FileJournal>(path(id + std::string(archives_suffix)), extension);
}

std::vector<FinishedArchive> Ledger::archives(const std::string& id) const {
  return read_archives(path(id + std::string(archives_suffix)));
}

std::vector<std::string> Ledger::unfinished() const {
  std::vector<std::string> ids;
  for (const std::string& name : fs::list_directory_if_exists(directory_))
    if (std::string id = id_of(name, archives_suffix); !id.empty()) ids.push_back(std::move(id));
  return ids;
}

void Ledger::forget_archives(const std::string& id) { fs::remove_durably(path(id + std::string(archives_suffix))); }

Outcomes Ledger::outcomes() const {
  const std::string text = fs::read_file_if_exists(path(outcome_file)).value_or("");
  const std::vector<std::string> lines = split_lines(text);
  Outcomes outcomes;
  if (!lines.empty()) outcomes.last_success = read_time(lines[0]);
  if (lines.size() > 1) outcomes.failed_at = read_time(lines[1]);
  if (lines.size() > 2) outcomes.failure = lines[2];
  if (lines.size() > 3) outcomes.retention_due = read_time(lines[3]);
  return outcomes;
}

void Ledger::note(const Outcomes& outcomes) {
  std::string failure = outcomes.failure;
  std::ranges::replace(failure, '\n', ' ');
  fs::make_directories(directory_);
  fs::replace_file(path(outcome_file),
                   fmt::format("{}\n{}\n{}\n{}\n", write_time(outcomes.last_success), write_time(outcomes.failed_at),
                               failure, write_time(outcomes.retention_due)));
}

}  // namespace barman::cloud_copy
