#include "barman/cloud/object_removal.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <tuple>

#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/core/parallel.h"

namespace barman::cloud {
namespace {

constexpr std::string_view logger = "barman.cloud";
constexpr std::size_t connections = 8;
constexpr const char* see_the_log =
    "Error from cloud provider while deleting objects - please check the command output.";

// By number, without a limit to its size; data comes before all of them.
std::tuple<std::size_t, std::string, int, std::string> place(const ArchiveName& name) {
  if (name.name == "data") return {0, {}, name.number, name.extension};
  return {name.name.size(), name.name, name.number, name.extension};
}

}  // namespace

std::vector<std::string> archives_of(store::ObjectStore& store, const Layout& layout, const std::string& id) {
  std::vector<std::pair<ArchiveName, std::string>> found;
  const std::string prefix = layout.backup(id);
  store::for_each_object(store, {.prefix = prefix, .delimiter = {}, .start_after = {}},
                         [&](const store::Object& object) {
                           if (const auto name = parse_archive_name(std::string_view(object.key).substr(prefix.size())))
                             found.emplace_back(*name, object.key);
                         });
  std::ranges::sort(found, [](const auto& a, const auto& b) { return place(a.first) < place(b.first); });
  std::vector<std::string> keys;
  for (auto& [name, key] : found) keys.push_back(std::move(key));
  return keys;
}

std::vector<std::string> objects_of(store::ObjectStore& store, const Layout& layout, const std::string& id) {
  std::vector<std::string> keys;
  store::for_each_object(store, {.prefix = layout.backup(id), .delimiter = {}, .start_after = {}},
                         [&](const store::Object& object) {
                           if (object.key != layout.backup_info(id)) keys.push_back(object.key);
                         });
  return keys;
}

std::size_t removal_batch(const store::ObjectStore& store, std::optional<std::int64_t> wished) {
  const std::size_t most = std::max<std::size_t>(1, store.abilities().delete_batch);
  if (!wished) return most;
  return static_cast<std::size_t>(std::clamp<std::int64_t>(*wished, 1, static_cast<std::int64_t>(most)));
}

void remove_objects(store::ObjectStore& store, const std::vector<std::string>& keys, std::size_t batch) {
  std::string first;
  for (std::size_t begin = 0; begin < keys.size(); begin += batch) {
    const auto from = keys.begin() + static_cast<std::ptrdiff_t>(begin);
    const auto to = keys.begin() + static_cast<std::ptrdiff_t>(std::min(keys.size(), begin + batch));
    for (const store::RemoveFailure& failure : store.remove({from, to})) {
      const std::string text = fmt::format("Bulk deletion of object {} failed with error code: \"{}\", message: \"{}\"",
                                           failure.key, failure.code, failure.message);
      log::error(logger, "{}", text);
      if (first.empty()) first = text;
    }
  }
  if (!first.empty()) throw Error(Errc::remote, see_the_log, first);
}

std::vector<std::string> locked_objects(store::ObjectStore& store, const std::vector<std::string>& keys) {
  const Timestamp now = barman::now();
  OrderedResults<store::Lock> locks(keys.size(), connections, 4 * connections,
                                    [&](std::size_t i) { return store.lock(keys[i]); });
  std::vector<std::string> locked;
  for (const std::string& key : keys) {
    const store::Lock lock = *locks.next();
    if (!lock.in_force(now)) continue;
    const std::string why = lock.held ? "Object has a legal hold and can't be deleted until the legal hold is removed"
                                      : fmt::format("Object is locked and can't be deleted until {}", lock.until_text);
    locked.push_back(fmt::format("Cannot delete locked object {}: {}", key, why));
  }
  return locked;
}

void require_unlocked(store::ObjectStore& store, const std::vector<std::string>& keys) {
  const std::vector<std::string> locked = locked_objects(store, keys);
  for (const std::string& text : locked) log::error(logger, "{}", text);
  if (!locked.empty()) throw Error(Errc::refused, see_the_log, locked.front());
}

void abort_uploads(store::ObjectStore& store, const Layout& layout, const std::string& id) {
  if (!store.abilities().lists_uploads) return;
  for (const store::OpenUpload& upload : store.open_uploads(layout.backup(id))) {
    log::info(logger, "Aborting the unfinished upload of {}", upload.key);
    store.abort_upload(upload);
  }
}

}  // namespace barman::cloud
