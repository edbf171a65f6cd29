#include "barman/catalog/sync_info.h"

#include <fmt/core.h>

#include <algorithm>
#include <cerrno>
#include <nlohmann/json.hpp>

#include "barman/core/error.h"
#include "barman/core/json_depth.h"
#include "barman/core/numbers.h"
#include "barman/core/python_repr.h"
#include "barman/core/text.h"
#include "barman/fs/file.h"
#include "literal.h"

namespace barman::catalog {

std::optional<std::string> first_needed_wal(const BackupCatalog& backups) {
  std::optional<std::string> first;
  for (const auto& [id, backup] : backups.all())
    if (backup.copy_done() && backup.begin_wal && (!first || *backup.begin_wal < *first)) first = backup.begin_wal;
  return first;
}

SyncInfo collect_sync_info(const BackupCatalog& backups, const XlogDb& xlogdb,
                           const std::optional<std::string>& last_wal, const IsArchived& is_archived) {
  SyncInfo info;
  backups.require_all_readable();
  for (const auto& [id, backup] : backups.all())
    if (backup.copy_done() && !backups.is_half_deleted(id) && fs::is_directory(backups.base_directory(id)))
      info.backups.emplace(id, backup);
  const std::string begin = first_needed_wal(backups).value_or("");
  std::string first_name;
  std::int64_t position = 0;
  xlogdb.for_each([&](const WalEntryView& entry) {
    if (first_name.empty()) first_name = entry.name;
    info.last_name = entry.name;
    info.last_position = position;
    position += static_cast<std::int64_t>(entry.line.size()) + 1;
    if ((last_wal ? entry.name > *last_wal : entry.name >= begin) && is_archived(entry.name))
      info.wals.push_back(to_entry(entry));
    return true;
  });
  if (last_wal && !first_name.empty() && *last_wal < first_name)
    throw Error(Errc::refused,
                fmt::format("last_wal '{}' is older than the first available wal '{}'", *last_wal, first_name));
  if (last_wal && *last_wal > info.last_name)
    throw Error(Errc::refused,
                fmt::format("last_wal '{}' is newer than the last available wal  '{}'", *last_wal, info.last_name));
  return info;
}

namespace {

using nlohmann::ordered_json;

constexpr const char* whose = "the answer of the primary node's sync-info";

[[noreturn]] void bad(const std::string& what) {
  throw Error(Errc::corrupt, fmt::format("{} cannot be understood: {}", whose, what),
              "look at what sync-info prints on the primary node");
}

const ordered_json& member(const ordered_json& object, const char* key) {
  const auto found = object.is_object() ? object.find(key) : object.end();
  if (!object.is_object() || found == object.end()) bad(fmt::format("'{}' is missing", key));
  return *found;
}

std::optional<std::string> optional_text(const ordered_json& value, const char* key) {
  if (value.is_null()) return std::nullopt;
  if (!value.is_string()) bad(fmt::format("'{}' is no text", key));
  return value.get<std::string>();
}

std::string text(const ordered_json& object, const char* key) {
  const auto value = optional_text(member(object, key), key);
  if (!value) bad(fmt::format("'{}' is null", key));
  return *value;
}

std::int64_t integer(const ordered_json& object, const char* key) {
  const ordered_json& value = member(object, key);
  const bool fits = !value.is_number_unsigned() || value.get<std::uint64_t>() <= std::uint64_t{INT64_MAX};
  if (!value.is_number_integer() || !fits || value.get<std::int64_t>() < 0)
    bad(fmt::format("'{}' is no whole number", key));
  return value.get<std::int64_t>();
}

// What becomes a column of our index.
std::string word(const std::string& text, const char* key) {
  const auto is_blank = [](char c) { return static_cast<unsigned char>(c) <= ' '; };
  if (text.empty() || std::ranges::any_of(text, is_blank)) bad(fmt::format("'{}' is no single word", key));
  return text;
}

std::optional<std::string> optional_word(const ordered_json& value, const char* key) {
  auto text = optional_text(value, key);
  return text ? std::optional(word(*text, key)) : std::nullopt;
}

Literal to_literal(const ordered_json& value) {
  if (value.is_string()) return {value.get<std::string>()};
  if (value.is_number_integer()) return {value.get<std::int64_t>()};
  if (value.is_number()) return {value.get<double>()};
  if (value.is_array()) {
    Literal::List list;
    for (const ordered_json& item : value) list.push_back(to_literal(item));
    return {std::move(list)};
  }
  if (value.is_object()) {
    Literal::Dict dict;
    for (const auto& [key, item] : value.items()) dict.emplace_back(Literal{std::string(key)}, to_literal(item));
    return {std::move(dict)};
  }
  return {};
}

// The line of backup.info that says the same. Nothing may break out of its line.
std::string info_line(const std::string& field, const ordered_json& value) {
  std::string shown = value.is_null()     ? "None"
                      : value.is_string() ? value.get<std::string>()
                                          : python_repr(to_literal(value));
  return fmt::format("{}={}\n", field, replace_all(replace_all(shown, "\r", " "), "\n", " "));
}

BackupInfo to_backup(const std::string& id, const ordered_json& object) {
  if (!is_safe_backup_id(id)) bad(fmt::format("'{}' is no backup id", id));
  if (!object.is_object()) bad(fmt::format("backup {} is no object", id));
  std::string lines;
  for (const auto& [key, value] : object.items()) {
    if (key == "backup_id" || key == "begin_time" || key == "end_time") continue;  // times come in ISO form, too
    const bool iso = key == "begin_time_iso" || key == "end_time_iso";
    lines += info_line(iso ? key.substr(0, key.size() - 4) : key, value);
  }
  try {
    return parse_backup_info(lines, whose, id);
  } catch (const Error& error) {
    throw Error(error.code(), fmt::format("backup {}: {}", id, error.what()),
                fmt::format("look at what sync-info says of backup {} on the primary node", id));
  }
}

WalEntry to_wal(const ordered_json& object) {
  WalEntry wal;
  wal.name = word(text(object, "name"), "name");
  wal.size = integer(object, "size");
  const ordered_json& time = member(object, "time");
  if (!time.is_number()) bad("'time' is no number");
  wal.time = time.get<double>();
  wal.compression = optional_word(member(object, "compression"), "compression");
  if (const auto encryption = object.find("encryption"); encryption != object.end())
    wal.encryption = optional_word(*encryption, "encryption");
  return wal;
}

}  // namespace

bool is_safe_backup_id(std::string_view id) {
  return !id.empty() && !id.starts_with('.') && id.find_first_of("/\n\r") == std::string_view::npos;
}

PrimaryInfo parse_primary_info(std::string_view json) {
  if (json_depth(json) > deepest_json) bad("it nests too deeply");
  const ordered_json document = ordered_json::parse(json, nullptr, /*allow_exceptions=*/false);
  if (document.is_discarded()) bad("it is no JSON");
  PrimaryInfo info;
  info.last_name = text(document, "last_name");
  info.last_position = integer(document, "last_position");
  const ordered_json& backups = member(document, "backups");
  if (!backups.is_object()) bad("'backups' is no object");
  for (const auto& [id, backup] : backups.items()) info.backups.emplace(id, to_backup(id, backup));
  const ordered_json& wals = member(document, "wals");
  if (!wals.is_array()) bad("'wals' is no list");
  for (const ordered_json& wal : wals) info.wals.push_back(to_wal(wal));
  const ordered_json& config = member(document, "config");
  info.compression = optional_text(member(config, "compression"), "compression");
  info.basebackups_directory = text(config, "basebackups_directory");
  info.wals_directory = text(config, "wals_directory");
  return info;
}

std::string primary_info_path(const config::ServerConfig& config) { return config.backup_directory + "/primary.info"; }

PrimaryInfo read_primary_info(const config::ServerConfig& config) {
  const std::string path = primary_info_path(config);
  const auto content = fs::read_file_if_exists(path, largest_primary_info);
  if (!content)
    throw Error(Errc::not_found,
                fmt::format("Cannot open primary.info file for server {}: [Errno {}] No such file or directory: '{}'",
                            config.name, ENOENT, path),
                fmt::format("run barman cron, or barman sync-info --primary {}", config.name));
  return parse_primary_info(*content);
}

}  // namespace barman::catalog
