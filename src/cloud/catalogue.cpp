#include "barman/cloud/catalogue.h"

#include <fmt/core.h>

#include <algorithm>
#include <set>

#include "barman/catalog/backup_catalog.h"
#include "barman/cloud/wal_key.h"
#include "barman/core/log.h"
#include "barman/core/parallel.h"
#include "barman/wal/text_files.h"
#include "object_content.h"

namespace barman::cloud {
namespace {

using catalog::BackupInfo;
using catalog::BackupStatus;
using catalog::KeepTarget;

constexpr std::string_view logger = "barman.cloud";
constexpr std::size_t connections = 8;
constexpr std::size_t largest_entry = 16 * 1024 * 1024;
constexpr std::size_t largest_history = 1024 * 1024;

std::optional<std::string> read_if_exists(store::ObjectStore& store, const std::string& key, std::size_t limit) {
  try {
    return store::read_object(store, key, limit);
  } catch (const store::StoreError& error) {
    if (error.refusal() == store::Refusal::not_found) return std::nullopt;
    throw;
  }
}

bool is_finished(const BackupInfo* info) { return info->status != BackupStatus::started; }

// What a shortcut means. Other than `barman`, a failed backup can be the last one.
std::optional<const BackupInfo*> find_by_shortcut(std::string_view word, const std::vector<const BackupInfo*>& order) {
  const auto first = [&](const auto& from, const auto& to, auto wanted) -> const BackupInfo* {
    const auto found = std::find_if(from, to, wanted);
    return found == to ? nullptr : *found;
  };
  if (word == "first" || word == "oldest") return first(order.begin(), order.end(), is_finished);
  if (word == "last" || word == "latest") return first(order.rbegin(), order.rend(), is_finished);
  if (word == "last-failed")
    return first(order.rbegin(), order.rend(),
                 [](const BackupInfo* info) { return info->status == BackupStatus::failed; });
  return std::nullopt;
}

}  // namespace

std::vector<std::string> list_prefixes(store::ObjectStore& store, const std::string& prefix) {
  std::vector<std::string> names;
  store::for_each_page(store, {.prefix = prefix, .delimiter = "/", .start_after = {}}, [&](const store::Page& page) {
    for (const std::string& found : page.prefixes)
      if (found.size() > prefix.size() + 1)
        names.push_back(found.substr(prefix.size(), found.size() - prefix.size() - 1));
    return true;
  });
  return names;
}

void list_backup(const Place& place, const std::string& id, const std::function<void(const std::string&)>& visit) {
  store::for_each_object(*place.store, {.prefix = place.layout.backup(id), .delimiter = {}, .start_after = {}},
                         [&](const store::Object& object) { visit(object.key); });
}

std::optional<BackupInfo> read_backup(store::ObjectStore& store, const Layout& layout, const std::string& id) {
  const std::string key = layout.backup_info(id);
  const auto text = read_if_exists(store, key, largest_entry);
  if (!text) return std::nullopt;
  return catalog::parse_backup_info(*text, key, id);
}

std::optional<KeepTarget> read_keep(store::ObjectStore& store, const Layout& layout, const std::string& id) {
  const auto content = read_if_exists(store, layout.keep(id), largest_history);
  if (!content) return std::nullopt;
  return *content == "standalone" ? KeepTarget::standalone : KeepTarget::full;
}

std::string resolve_backup(store::ObjectStore& store, const Layout& layout, std::string_view word) {
  if (catalog::is_backup_id(word)) return std::string(word);
  return Catalogue(store, layout).resolve(word);
}

catalog::Mirror::Entries read_entries(store::ObjectStore& store, const Layout& layout) {
  const std::vector<std::string> ids = list_prefixes(store, layout.base());
  struct Entry {
    std::optional<BackupInfo> info;
    std::string problem;
  };
  OrderedResults<Entry> results(ids.size(), connections, 4 * connections, [&](std::size_t i) {
    try {
      return Entry{read_backup(store, layout, ids[i]), {}};
    } catch (const store::StoreError& error) {
      if (error.refusal() != store::Refusal::damaged) throw;
      return Entry{{}, error.what()};
    } catch (const Error& error) {
      return Entry{{}, error.what()};
    }
  });
  catalog::Mirror::Entries entries;
  for (const std::string& id : ids) {
    Entry entry = *results.next();
    if (entry.info) {
      entries.backups.emplace(id, std::move(*entry.info));
    } else if (!entry.problem.empty()) {
      log::warning(logger, "Unable to open backup.info file for {}: {}", id, entry.problem);
      entries.unreadable.emplace(id, std::move(entry.problem));
    }
  }
  return entries;
}

Catalogue::Catalogue(store::ObjectStore& store, Layout layout)
    : store_(store), layout_(std::move(layout)), entries_(read_entries(store_, layout_)) {
  read_histories();
}

void Catalogue::read_histories() {
  std::set<std::uint32_t> timelines;
  for (const auto& [id, info] : backups())
    if (info.timeline) timelines.insert(static_cast<std::uint32_t>(*info.timeline));
  if (timelines.size() < 2) return;
  for (const std::uint32_t timeline : timelines) {
    const store::Listing listing{.prefix = layout_.wal(history_name(timeline)), .delimiter = "/", .start_after = {}};
    store::for_each_object(store_, listing, [&](const store::Object& object) {
      const auto key = parse_wal_key(object.key);
      if (!key || key->parsed.kind != WalKind::history) return;
      try {
        histories_[timeline] =
            parse_history(read_decoded(store_, object.key, key->extension, largest_history), object.key);
      } catch (const store::StoreError&) {
        throw;
      } catch (const Error& error) {
        log::warning(logger, "Ignoring history file {}: {}", object.key, error.what());
      }
    });
  }
}

const BackupInfo* Catalogue::find(const std::string& id) const {
  const auto found = backups().find(id);
  return found == backups().end() ? nullptr : &found->second;
}

std::vector<const BackupInfo*> Catalogue::in_order() const { return catalog::in_order(backups(), histories_); }

std::string Catalogue::resolve(std::string_view word) const {
  if (catalog::is_backup_id(word)) return std::string(word);
  const std::vector<const BackupInfo*> order = in_order();
  const auto by_shortcut = find_by_shortcut(word, order);
  const BackupInfo* found = by_shortcut ? *by_shortcut : catalog::find_by_word(word, order);
  if (found == nullptr)
    throw Error(Errc::not_found, fmt::format("Unknown backup '{}' for server '{}'", word, layout_.server));
  return found->backup_id;
}

std::map<std::string, KeepTarget> read_keeps(store::ObjectStore& store, const Layout& layout) {
  constexpr std::string_view ending = "/annotations/keep";
  std::vector<std::string> ids;
  const std::string base = layout.base();
  store::for_each_object(store, {.prefix = base, .delimiter = {}, .start_after = {}}, [&](const store::Object& object) {
    if (!object.key.ends_with(ending) || object.key.size() <= base.size() + ending.size()) return;
    ids.push_back(object.key.substr(base.size(), object.key.size() - base.size() - ending.size()));
  });
  OrderedResults<std::optional<KeepTarget>> targets(ids.size(), connections, 4 * connections,
                                                    [&](std::size_t i) { return read_keep(store, layout, ids[i]); });
  std::map<std::string, KeepTarget> keeps;
  for (const std::string& id : ids)
    if (const auto target = *targets.next()) keeps.emplace(id, *target);
  return keeps;
}

}  // namespace barman::cloud
