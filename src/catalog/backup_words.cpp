#include "barman/catalog/backup_words.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "barman/catalog/backup_catalog.h"
#include "barman/core/text.h"

namespace barman::catalog {
namespace {

using Backups = std::vector<const BackupInfo*>;

const BackupInfo* last_of(const Backups& in_order, bool (*matches)(const BackupInfo&)) {
  const auto found =
      std::find_if(in_order.rbegin(), in_order.rend(), [&](const BackupInfo* info) { return matches(*info); });
  return found == in_order.rend() ? nullptr : *found;
}

const BackupInfo* find_by_name(std::string_view name, const Backups& in_order) {
  const BackupInfo* found = nullptr;
  std::vector<std::string> ids;
  for (const BackupInfo* info : in_order) {
    if (!info->copy_done() || info->backup_name != name) continue;
    ids.push_back(info->backup_id);
    found = info;
  }
  if (ids.size() <= 1) return found;
  std::ranges::sort(ids);
  throw Error(
      Errc::not_found,
      fmt::format("Multiple backups found matching name '{}' (try using backup ID instead): {}", name, join(ids, " ")));
}

}  // namespace

bool is_backup_id(std::string_view text) {
  if (text.size() != 15 || text[8] != 'T') return false;
  return std::ranges::all_of(text, [&text](const char& c) { return (c >= '0' && c <= '9') || &c == &text[8]; });
}

bool is_reserved_backup_name(std::string_view text) {
  constexpr std::array<std::string_view, 8> words{"latest", "last",        "oldest",    "first",
                                                  "auto",   "last-failed", "last-full", "latest-full"};
  return std::ranges::find(words, text) != words.end();
}

const BackupInfo* find_by_word(std::string_view word, const Backups& in_order) {
  const auto copied = [](const BackupInfo& info) { return info.copy_done(); };
  if (word == "latest" || word == "last") return last_of(in_order, copied);
  if (word == "oldest" || word == "first") {
    const auto found = std::ranges::find_if(in_order, [](const BackupInfo* info) { return info->copy_done(); });
    return found == in_order.end() ? nullptr : *found;
  }
  if (word == "last-failed")
    return last_of(in_order, [](const BackupInfo& info) { return info.status == BackupStatus::failed; });
  if (word == "latest-full" || word == "last-full")
    return last_of(in_order, [](const BackupInfo& info) { return info.copy_done() && info.is_full_and_eligible(); });
  return find_by_name(word, in_order);
}

const BackupInfo* find_for_deletion(std::string_view word, Backups others, const Backups& unfinished,
                                    const TimelineHistories& histories) {
  if (!is_reserved_backup_name(word))
    if (const BackupInfo* begun = find_by_name(word, unfinished)) return begun;
  others.insert(others.end(), unfinished.begin(), unfinished.end());
  return find_by_word(word, in_order(std::move(others), histories));
}

}  // namespace barman::catalog
