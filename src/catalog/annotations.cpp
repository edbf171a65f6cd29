#include "barman/catalog/annotations.h"

#include "barman/fs/file.h"

namespace barman::catalog {
namespace {

constexpr const char* keep_key = "keep";
constexpr const char* delete_key = "delete_this";

std::string path_of(const config::ServerConfig& config, const std::string& id, const char* key) {
  return config.meta_directory() + '/' + id + '-' + key;
}

std::string old_path_of(const config::ServerConfig& config, const std::string& id, const char* key) {
  return config.basebackups_directory + '/' + id + "/annotations/" + key;
}

void remove_durably(const std::string& path) {
  if (fs::remove_file(path)) fs::sync_directory(fs::parent_directory(path));
}

}  // namespace

Annotations::Annotations(const config::ServerConfig& config) : config_(config) {}

std::optional<KeepTarget> Annotations::keep(const std::string& id) const {
  const auto content = get(id, keep_key);
  if (!content) return std::nullopt;
  return *content == "standalone" ? KeepTarget::standalone : KeepTarget::full;
}

void Annotations::set_keep(const std::string& id, KeepTarget target) {
  put(id, keep_key, target == KeepTarget::standalone ? "standalone" : "full");
}

void Annotations::release_keep(const std::string& id) { remove(id, keep_key); }

bool Annotations::delete_this(const std::string& id) const { return get(id, delete_key).has_value(); }

void Annotations::set_delete_this(const std::string& id) { put(id, delete_key, "delete"); }

void Annotations::clear_delete_this(const std::string& id) { remove(id, delete_key); }

std::optional<std::string> Annotations::get(const std::string& id, const char* key) const {
  if (auto old_content = fs::read_file_if_exists(old_path_of(config_, id, key))) return old_content;
  return fs::read_file_if_exists(path_of(config_, id, key));
}

void Annotations::put(const std::string& id, const char* key, const std::string& value) {
  fs::make_directories(config_.meta_directory());
  fs::replace_file(path_of(config_, id, key), value);
  remove_durably(old_path_of(config_, id, key));
}

void Annotations::remove(const std::string& id, const char* key) {
  remove_durably(old_path_of(config_, id, key));
  remove_durably(path_of(config_, id, key));
}

}  // namespace barman::catalog
