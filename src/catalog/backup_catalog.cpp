#include "barman/catalog/backup_catalog.h"

#include <fmt/core.h>

#include <algorithm>
#include <set>

#include "barman/catalog/annotations.h"
#include "barman/catalog/backup_order.h"
#include "barman/catalog/legacy_layout.h"
#include "barman/core/did_you_mean.h"
#include "barman/core/log.h"
#include "barman/core/text.h"
#include "barman/fs/file.h"
#include "barman/wal/segment.h"

namespace barman::catalog {
namespace {

constexpr std::string_view info_suffix = "-backup.info";
constexpr std::size_t largest_backup_info = 16 * 1024 * 1024;

Error unknown_backup(std::string_view argument, const std::string& server,
                     const std::map<std::string, BackupInfo>& backups) {
  std::vector<std::string> known;
  if (!is_reserved_backup_name(argument)) known = {"latest", "oldest", "first", "last", "last-failed"};
  for (const auto& [id, info] : backups) {
    known.push_back(id);
    if (info.backup_name) known.push_back(*info.backup_name);
  }
  const auto close = did_you_mean(argument, known);
  return {Errc::not_found, fmt::format("Unknown backup '{}' for server '{}'", argument, server),
          close ? fmt::format("did you mean '{}'?", *close) : std::string()};
}

// Until then its directory belongs to whoever copies.
bool has_ended(const BackupInfo& info) { return info.copy_done() || info.status == BackupStatus::failed; }

}  // namespace

std::string configured_mode(const config::ServerConfig& config) {
  if (config.passive()) return "passive";
  const std::string kind = config.exclusive() ? "exclusive" : "concurrent";
  switch (config.backup_method) {
    case config::BackupMethod::rsync:
    case config::BackupMethod::local_rsync:
      return "rsync-" + kind;
    case config::BackupMethod::postgres:
      return "postgres";
    case config::BackupMethod::snapshot:
      return "snapshot-" + kind;
    case config::BackupMethod::local_to_cloud:
      return "local-to-cloud-" + kind;
  }
  return "postgres";
}

BackupCatalog::BackupCatalog(const config::ServerConfig& config, ReadHistory history, const Mirroring& mirroring)
    : config_(config), read_history_(std::move(history)), mirroring_(mirroring) {}

void BackupCatalog::load() const {
  if (loaded_) return;
  backups_.clear();
  unreadable_.clear();
  stand_ins_.clear();
  half_deleted_.clear();
  order_.reset();
  histories_.reset();
  for (const std::string& name : fs::list_directory_if_exists(config_.meta_directory()))
    if (!name.starts_with('.') && name.size() > info_suffix.size() && name.ends_with(info_suffix))
      load_entry(name.substr(0, name.size() - info_suffix.size()), config_.meta_directory() + '/' + name);
  if (mirroring_.is_read) load_mirror();
  for (const std::string& name :
       elsewhere() ? std::vector<std::string>() : fs::list_directory_if_exists(config_.basebackups_directory))
    if (!name.starts_with('.') && !backups_.contains(name) && !unreadable_.contains(name))
      load_entry(name, legacy_info_path(config_, name));
  load_marks();
  relate_stand_ins();
  loaded_ = true;
}

// A keep that was set since is the later word: then nothing is to be deleted.
void BackupCatalog::load_marks() const {
  const Annotations annotations(config_, mirroring_);
  for (const std::string& id : annotations.all_delete_this())
    if (!annotations.keep(id)) half_deleted_.insert(id);
}

bool BackupCatalog::is_half_deleted(const std::string& id) const {
  load();
  return half_deleted_.contains(id);
}

std::map<std::string, BackupInfo> BackupCatalog::staying() const {
  std::map<std::string, BackupInfo> result = all();
  for (const std::string& id : half_deleted_) result.erase(id);
  return result;
}

// DONE or WAITING_FOR_WALS, and not being deleted.
bool BackupCatalog::is_usable(const BackupInfo& backup) const {
  return backup.copy_done() && !is_half_deleted(backup.backup_id);
}

void BackupCatalog::load_entry(const std::string& id, const std::string& path) const {
  std::optional<std::string> text;
  try {
    const auto file = fs::stat_if_exists(path);
    if (!file) return;
    if (const BackupInfo* known = read_.find(path, *file)) {
      backups_.insert_or_assign(id, *known);
      return;
    }
    text = fs::read_file_if_exists(path, largest_backup_info);
    if (!text) return;
    BackupInfo info = parse_backup_info(*text, path, id);
    // Every entry that was written whole has one: without it this would be a new backup, which needs no WAL yet.
    if (!salvage_field(*text, "status"))
      throw Error(Errc::corrupt,
                  fmt::format("file {} is empty or cut off: it does not say the status of the backup", path),
                  fmt::format("base/{}/backup.info may be an intact copy", id));
    keep_entry(std::move(info));
    read_.keep(path, *file, backups_.at(id));
  } catch (const Error& error) {
    unreadable_.insert_or_assign(
        id, Error(error.code(), error.what(), error.hint().empty() ? fmt::format("look at {}", path) : error.hint()));
    load_stand_in(id, text.value_or(""), error.what());
  }
}

void BackupCatalog::keep_entry(BackupInfo info) const {
  if (info.server_name.empty()) info.server_name = config_.name;
  if (!info.mode) info.mode = configured_mode(config_);
  const std::string id = info.backup_id;
  backups_.insert_or_assign(id, std::move(info));
}

void BackupCatalog::load_stand_in(const std::string& id, const std::string& text, const std::string& reason) const {
  BackupInfo info;
  info.backup_id = id;
  info.server_name = config_.name;
  info.status = BackupStatus::unknown;
  info.status_text = to_string(info.status);
  info.error = reason;
  info.mode = salvage_field(text, "mode").value_or(configured_mode(config_));
  if (const auto begin = salvage_field(text, "begin_wal"); begin && is_wal_segment(*begin)) {
    info.begin_wal = begin;
    info.timeline = parse_segment(*begin)->timeline;
  }
  stand_ins_.insert_or_assign(id, std::move(info));
}

void BackupCatalog::relate_stand_ins() const {
  for (auto& [id, stand_in] : stand_ins_) {
    std::vector<std::string> children;
    for (const auto& [other, info] : backups_) {
      if (info.parent_backup_id == id) children.push_back(other);
      const auto its_children = info.children();
      if (std::ranges::find(its_children, id) != its_children.end()) stand_in.parent_backup_id = other;
    }
    if (!children.empty()) stand_in.children_backup_ids = join(children, ",");
  }
}

const BackupInfo* BackupCatalog::stand_in(const std::string& id) const {
  load();
  const auto found = stand_ins_.find(id);
  return found == stand_ins_.end() ? nullptr : &found->second;
}

std::vector<const BackupInfo*> BackupCatalog::in_order_with_unreadable() const {
  if (unreadable().empty()) return in_order();
  std::vector<const BackupInfo*> everything = in_order();
  for (const auto& [id, stand_in] : stand_ins_) everything.push_back(&stand_in);
  return catalog::in_order(std::move(everything), histories());
}

const std::map<std::string, BackupInfo>& BackupCatalog::all() const {
  load();
  return backups_;
}

const std::map<std::string, Error>& BackupCatalog::unreadable() const {
  load();
  return unreadable_;
}

void BackupCatalog::require_all_readable() const {
  if (!unreadable().empty()) throw Error(unreadable_.begin()->second);
}

const BackupInfo* BackupCatalog::find(const std::string& id) const {
  const auto found = all().find(id);
  return found == backups_.end() ? nullptr : &found->second;
}

BackupInfo* BackupCatalog::find(const std::string& id) {
  load();
  const auto found = backups_.find(id);
  return found == backups_.end() ? nullptr : &found->second;
}

const std::vector<const BackupInfo*>& BackupCatalog::in_order() const {
  load();
  if (!order_) order_ = catalog::in_order(backups_, histories());
  return *order_;
}

// A history that cannot be read only leaves backups to be ordered by their times.
const TimelineHistories& BackupCatalog::histories() const {
  load();
  if (histories_) return *histories_;
  histories_.emplace();
  if (!read_history_) return *histories_;
  std::set<std::uint32_t> timelines;
  for (const auto& [id, backup] : backups_)
    if (backup.timeline.value_or(0) > 0) timelines.insert(static_cast<std::uint32_t>(*backup.timeline));
  for (const std::uint32_t timeline : timelines) {
    if (timelines.size() == 1 || timeline == 1) continue;
    try {
      if (const auto text = read_history_(timeline))
        histories_->emplace(timeline, parse_history(*text, history_name(timeline)));
    } catch (const Error& error) {
      log::warning("barman.infofile", "cannot order backups by the history of timeline {}: {}", timeline, error.what());
    }
  }
  return *histories_;
}

// One that is not in the catalogue (any more) has a place as well.
std::vector<const BackupInfo*> BackupCatalog::in_order_with(const BackupInfo& backup) const {
  std::vector<const BackupInfo*> others;
  for (const auto& [id, other] : all())
    if (id != backup.backup_id) others.push_back(&other);
  others.push_back(&backup);
  return catalog::in_order(std::move(others), histories());
}

const BackupInfo* BackupCatalog::neighbour(const BackupInfo& backup, bool behind) const {
  std::vector<const BackupInfo*> found_for_it;
  const bool held = find(backup.backup_id) == &backup;
  if (!held) found_for_it = in_order_with(backup);
  const auto& order = held ? in_order() : found_for_it;
  const auto own = std::ranges::find(order, &backup);
  const auto usable = [this](const BackupInfo* other) { return is_usable(*other); };
  if (behind) {
    const auto found = std::find_if(std::next(own), order.end(), usable);
    return found == order.end() ? nullptr : *found;
  }
  const auto found = std::find_if(std::make_reverse_iterator(own), order.rend(), usable);
  return found == order.rend() ? nullptr : *found;
}

const BackupInfo* BackupCatalog::previous(const BackupInfo& backup) const { return neighbour(backup, false); }

const BackupInfo* BackupCatalog::next(const BackupInfo& backup) const { return neighbour(backup, true); }

const BackupInfo* BackupCatalog::latest() const {
  const auto& order = in_order();
  const auto found =
      std::find_if(order.rbegin(), order.rend(), [this](const BackupInfo* info) { return is_usable(*info); });
  return found == order.rend() ? nullptr : *found;
}

const BackupInfo* BackupCatalog::oldest() const {
  const auto found = std::ranges::find_if(in_order(), [this](const BackupInfo* info) { return is_usable(*info); });
  return found == in_order().end() ? nullptr : *found;
}

int BackupCatalog::done_full_count() const {
  return static_cast<int>(std::ranges::count_if(all(), [this](const auto& entry) {
    return entry.second.status == BackupStatus::done && entry.second.type() != BackupType::incremental &&
           !is_half_deleted(entry.first);
  }));
}

Error BackupCatalog::half_deleted(const std::string& id) const {
  return {Errc::refused,
          fmt::format("Backup {} of server {} is half-deleted: its deletion was interrupted", id, config_.name),
          fmt::format("finish its deletion with 'barman delete {} {}'", config_.name, id)};
}

const BackupInfo& BackupCatalog::resolve(std::string_view argument, HalfDeleted half) const {
  if (!is_backup_id(argument)) {
    std::vector<const BackupInfo*> whole;
    for (const BackupInfo* backup : in_order())
      if (!is_half_deleted(backup->backup_id)) whole.push_back(backup);
    if (const BackupInfo* found = find_by_word(argument, whole)) return *found;
    throw unknown_backup(argument, config_.name, all());
  }
  const std::string id(argument);
  if (const auto bad = unreadable().find(id); bad != unreadable_.end()) throw Error(bad->second);
  const BackupInfo* found = find(id);
  if (!found) throw unknown_backup(argument, config_.name, all());
  if (half == HalfDeleted::refused && is_half_deleted(id)) throw half_deleted(id);
  return *found;
}

std::string BackupCatalog::resolve_for_deletion(std::string_view argument) const {
  const Annotations annotations(config_);
  const auto marks = annotations.all_delete_this();
  if (is_backup_id(argument)) {
    std::string id(argument);
    if (find(id) || unreadable().contains(id) || std::ranges::binary_search(marks, id)) return id;
    throw unknown_backup(argument, config_.name, all());
  }
  std::map<std::string, BackupInfo> unfinished;
  for (const std::string& id : marks) {
    const BackupInfo* entry = find(id);
    auto before = annotations.marked_entry(id);
    if (!before && entry) before = *entry;
    if (!before) continue;
    if (!before->mode) before->mode = configured_mode(config_);
    if (before->status == BackupStatus::started) before->set_status(BackupStatus::done);  // a deletion saves it so
    unfinished.emplace(id, std::move(*before));
  }
  std::vector<const BackupInfo*> others, begun;
  for (const auto& [id, backup] : all())
    if (!unfinished.contains(id)) others.push_back(&backup);
  for (const auto& [id, backup] : unfinished) begun.push_back(&backup);
  if (const BackupInfo* found = find_for_deletion(argument, std::move(others), begun, histories()))
    return found->backup_id;
  throw unknown_backup(argument, config_.name, all());
}

BackupInfo BackupCatalog::create(const Timestamp& at) const {
  BackupInfo info;
  info.server_name = config_.name;
  info.mode = configured_mode(config_);
  Timestamp start = in_local_zone(at);
  while (true) {
    info.backup_id = to_backup_id(start);
    const bool taken = find(info.backup_id) || unreadable().contains(info.backup_id) ||
                       is_half_deleted(info.backup_id) ||
                       (!elsewhere() && fs::lstat_if_exists(base_directory(info.backup_id)));
    if (!taken) return info;
    start = start + Micros(1'000'000);
  }
}

void BackupCatalog::save(const BackupInfo& info) {
  load();
  const std::string text = serialize(info);
  // A host that reads the mirror has entries of its own only from another time.
  if (!mirroring_.is_read || fs::exists(info_path(info.backup_id))) save_here(info, text);
  unreadable_.erase(info.backup_id);
  stand_ins_.erase(info.backup_id);
  order_.reset();
  histories_.reset();
  BackupInfo& held = backups_[info.backup_id];
  if (&held != &info) held = info;
  if (mirroring_.mirror != nullptr) save_in_mirror(info.backup_id, text);
}

void BackupCatalog::save_here(const BackupInfo& info, const std::string& text) {
  fs::make_directories(config_.meta_directory());
  // The file of a backup whose first saving was killed: nobody will save it again.
  if (!fs::exists(info_path(info.backup_id)))
    fs::remove_abandoned_replacements(config_.meta_directory(),
                                      [](std::string_view name) { return name.ends_with(info_suffix); });
  // What is left of the deletion of another backup that had this id must not be taken for one of this.
  if (is_half_deleted(info.backup_id) && !backups_.contains(info.backup_id) && !unreadable_.contains(info.backup_id)) {
    Annotations(config_).clear_delete_this(info.backup_id);
    half_deleted_.erase(info.backup_id);
  }
  if (mirroring_.mirror != nullptr) fs::replace_file(unsent_path(info.backup_id), "");
  fs::replace_file(info_path(info.backup_id), text);
  if (elsewhere()) return;
  const std::string copy = legacy_info_path(config_, info.backup_id);
  if (has_ended(info) || fs::lstat_if_exists(copy)) copy_to_old_place(info.backup_id, text);
}

// The backup is saved already: what only serves other programs must not make that a failure. cron tries again.
void BackupCatalog::copy_to_old_place(const std::string& id, const std::string& text) {
  if (!config_.legacy_links || elsewhere() || !fs::is_directory(base_directory(id))) return;
  const std::string copy = legacy_info_path(config_, id);
  try {
    fs::replace_file(copy, text);
  } catch (const Error& error) {
    log::warning("barman.infofile", "cannot copy {} to {}: {}", info_path(id), copy, error.what());
  }
}

std::vector<std::string> BackupCatalog::missing_at_old_place() const {
  std::vector<std::string> ids;
  if (!config_.legacy_links || elsewhere()) return ids;
  for (const auto& [id, info] : all())
    if (has_ended(info) && fs::exists(info_path(id)) && fs::is_directory(base_directory(id)) &&
        !is_current_copy(legacy_info_path(config_, id), info_path(id)))
      ids.push_back(id);
  return ids;
}

void BackupCatalog::serve_old_place(const std::string& id) {
  if (is_current_copy(legacy_info_path(config_, id), info_path(id))) return;
  if (const auto text = fs::read_file_if_exists(info_path(id))) copy_to_old_place(id, *text);
}

void BackupCatalog::forget(const std::string& id) {
  load();
  if (mirroring_.mirror != nullptr) mirroring_.mirror->remove(id);
  if (elsewhere()) fs::remove_durably(manifest_path(id));
  fs::remove_durably(info_path(id));
  if (mirroring_.mirror != nullptr) fs::remove_durably(unsent_path(id));
  order_.reset();
  backups_.erase(id);
  unreadable_.erase(id);
  stand_ins_.erase(id);
}

void BackupCatalog::adopt(const std::string& parent_id, const std::vector<std::string>& children) {
  BackupInfo* parent = find(parent_id);
  if (parent == nullptr || parent->children() == children) return;
  parent->children_backup_ids = children.empty() ? std::nullopt : std::optional(join(children, ","));
  save(*parent);
}

void BackupCatalog::disown(const std::string& parent_id, const std::string& child_id) {
  const BackupInfo* parent = find(parent_id);
  if (parent == nullptr) return;
  std::vector<std::string> children = parent->children();
  std::erase(children, child_id);
  adopt(parent_id, children);
}

void BackupCatalog::reload() { loaded_ = false; }

std::string BackupCatalog::info_path(const std::string& id) const {
  return config_.meta_directory() + '/' + id + std::string(info_suffix);
}

std::string BackupCatalog::readable_info_path(const std::string& id) const {
  const std::string path = info_path(id);
  if (mirroring_.is_read) return mirroring_.mirror->info_location(id);
  if (elsewhere() || fs::exists(path)) return path;
  const std::string old_path = legacy_info_path(config_, id);
  return fs::exists(old_path) ? old_path : path;
}

std::string BackupCatalog::base_directory(const std::string& id) const {
  return elsewhere() && mirroring_.mirror != nullptr ? mirroring_.mirror->directory(id)
                                                     : config_.basebackups_directory + '/' + id;
}

std::string BackupCatalog::data_directory(const std::string& id) const {
  const std::string oldest_layout = base_directory(id) + "/pgdata";
  return !elsewhere() && fs::exists(oldest_layout) ? oldest_layout : base_directory(id) + "/data";
}

std::string BackupCatalog::tablespace_directory(const std::string& id, std::int64_t oid) const {
  const std::string oldest_layout = base_directory(id) + "/pgdata";
  return fmt::format(
      "{}/{}", !elsewhere() && fs::exists(oldest_layout) ? oldest_layout + "/pg_tblspc" : base_directory(id), oid);
}

std::string BackupCatalog::configuration_directory(const std::string& id) const {
  return fmt::format("{}/{}", base_directory(id), kept_configuration_directory);
}

bool BackupCatalog::is_orphan(const BackupInfo& info) const {
  if (elsewhere()) return false;
  const auto names = fs::list_directory_if_exists(base_directory(info.backup_id));
  return std::ranges::all_of(names, [](const std::string& name) { return name == "backup.info"; });
}

}  // namespace barman::catalog
