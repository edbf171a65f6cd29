#include "barman/catalog/annotations.h"

#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "barman/catalog/legacy_layout.h"
#include "barman/core/error.h"
#include "barman/fs/file.h"

namespace barman::catalog {
namespace {

constexpr const char* keep_key = "keep";
constexpr const char* delete_key = "delete_this";

std::string path_of(const config::ServerConfig& config, const std::string& id, const char* key) {
  return config.meta_directory() + '/' + id + '-' + key;
}

const char* word_of(KeepTarget target) { return target == KeepTarget::standalone ? "standalone" : "full"; }

std::string mark_of(const std::string& word, const struct ::stat& file) {
  return fmt::format("{} {}.{:09}", word, file.st_mtim.tv_sec, file.st_mtim.tv_nsec);
}

}  // namespace

Annotations::Annotations(const config::ServerConfig& config, const Mirroring& mirroring)
    : config_(config), mirroring_(mirroring) {}

// There is none where backups are in a store.
std::optional<std::string> Annotations::old_path(const std::string& id, const char* key) const {
  if (config_.keeps_backups_in_store()) return std::nullopt;
  return config_.basebackups_directory + '/' + id + "/annotations/" + key;
}

std::optional<KeepTarget> Annotations::keep(const std::string& id) const {
  if (mirroring_.is_read) {
    if (!keeps_) keeps_ = mirroring_.mirror->keeps();
    const auto found = keeps_->find(id);
    return found == keeps_->end() ? std::nullopt : std::optional(found->second);
  }
  const auto content = get(id, keep_key);
  if (!content) return std::nullopt;
  return *content == "standalone" ? KeepTarget::standalone : KeepTarget::full;
}

void Annotations::set_keep(const std::string& id, KeepTarget target) {
  if (mirroring_.mirror != nullptr) mirroring_.mirror->keep(id, target);
  keeps_.reset();
  if (mirroring_.is_read) return;
  put(id, keep_key, word_of(target));
}

void Annotations::set_keep(const std::string& id, KeepTarget target,
                           const std::function<void(const std::string& mark)>& noted) {
  if (mirroring_.mirror != nullptr) mirroring_.mirror->keep(id, target);
  keeps_.reset();
  if (mirroring_.is_read) return;
  fs::make_directories(config_.meta_directory());
  fs::FileReplacement file(path_of(config_, id, keep_key));
  const std::string word = word_of(target);
  file.write(word);
  fs::sync_fd(file.fd(), file.temporary_path());
  noted(mark_of(word, fs::lstat_if_exists(file.temporary_path()).value()));
  file.commit();
  if (const auto old = old_path(id, keep_key)) fs::remove_durably(*old);
}

std::optional<std::string> Annotations::keep_mark(const std::string& id) const {
  if (mirroring_.is_read) return std::nullopt;
  std::string path = path_of(config_, id, keep_key);
  if (const auto old = old_path(id, keep_key); old && fs::exists(*old)) path = *old;
  const auto file = fs::lstat_if_exists(path);
  const auto target = keep(id);
  if (!file || !target) return std::nullopt;
  if (mirroring_.mirror != nullptr) {
    const auto keeps = mirroring_.mirror->keeps();
    const auto there = keeps.find(id);
    if (there != keeps.end() && there->second != *target) return std::nullopt;
  }
  return mark_of(word_of(*target), *file);
}

void Annotations::release_keep(const std::string& id) {
  if (mirroring_.mirror != nullptr) mirroring_.mirror->release(id);
  keeps_.reset();
  remove(id, keep_key);
}

bool Annotations::delete_this(const std::string& id) const {
  const auto old = old_path(id, delete_key);
  return fs::exists(path_of(config_, id, delete_key)) || (old && fs::exists(*old));
}

void Annotations::set_delete_this(const std::string& id, const std::string& otherwise) {
  if (delete_this(id)) return;  // begun before: what it was then counts
  std::string from = config_.meta_directory() + '/' + id + "-backup.info";
  if (!fs::exists(from) && !config_.keeps_backups_in_store()) from = legacy_info_path(config_, id);
  const std::string mark = path_of(config_, id, delete_key);
  fs::make_directories(config_.meta_directory());
  if (::link(from.c_str(), mark.c_str()) == 0)
    fs::sync_directory(config_.meta_directory());
  else  // the file system has no links, or the entry is only in the mirror
    put(id, delete_key, fs::read_file_if_exists(from).value_or(otherwise));
}

std::optional<BackupInfo> Annotations::marked_entry(const std::string& id) const {
  try {
    const auto text = get(id, delete_key);
    if (!text) return std::nullopt;
    return parse_backup_info(*text, path_of(config_, id, delete_key), id);
  } catch (const Error&) {
    return std::nullopt;
  }
}

void Annotations::clear_delete_this(const std::string& id) { remove(id, delete_key); }

void Annotations::drop_delete_this(const std::string& id) { fs::remove_file(path_of(config_, id, delete_key)); }

std::vector<std::string> Annotations::all_delete_this() const {
  const std::string suffix = std::string("-") + delete_key;
  std::vector<std::string> ids;
  for (const std::string& name : fs::list_directory_if_exists(config_.meta_directory()))
    if (name.ends_with(suffix)) ids.push_back(name.substr(0, name.size() - suffix.size()));
  std::ranges::sort(ids);
  return ids;
}

std::optional<std::string> Annotations::get(const std::string& id, const char* key) const {
  constexpr std::size_t limit = 16 * 1024 * 1024;  // a mark may hold a backup.info
  if (const auto old = old_path(id, key))
    if (auto old_content = fs::read_file_if_exists(*old, limit)) return old_content;
  return fs::read_file_if_exists(path_of(config_, id, key), limit);
}

void Annotations::put(const std::string& id, const char* key, const std::string& value) {
  fs::make_directories(config_.meta_directory());
  fs::replace_file(path_of(config_, id, key), value);
  if (const auto old = old_path(id, key)) fs::remove_durably(*old);
}

void Annotations::remove(const std::string& id, const char* key) {
  if (const auto old = old_path(id, key)) fs::remove_durably(*old);
  fs::remove_durably(path_of(config_, id, key));
}

}  // namespace barman::catalog
