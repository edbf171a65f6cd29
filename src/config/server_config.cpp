#include "barman/config/server_config.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "barman/config/describe_ours.h"
#include "barman/core/numbers.h"
#include "barman/core/text.h"
#include "option.h"
#include "values.h"

namespace barman::config {

std::string_view to_string(BackupMethod method) { return Words<BackupMethod>::list[static_cast<std::size_t>(method)]; }
std::string_view to_string(ReuseBackup reuse) { return Words<ReuseBackup>::list[static_cast<std::size_t>(reuse)]; }
std::string_view to_string(BackupLocation location) {
  return Words<BackupLocation>::list[static_cast<std::size_t>(location)];
}

bool ServerConfig::has_fault(Fault::Kind kind) const {
  return std::ranges::find(faults, kind, &Fault::kind) != faults.end();
}

std::vector<std::string> ServerConfig::fault_texts() const {
  std::vector<std::string> texts;
  for (const Fault& fault : faults) texts.push_back(fault.text);
  return texts;
}

std::string ServerConfig::source(std::string_view option) const {
  const auto found = std::ranges::find(sources, option, [](const auto& entry) { return entry.first; });
  return found == sources.end() ? "default" : *found->second;
}

namespace {

std::map<std::string, OptionValue> describe_options(const ServerConfig& server, bool ours) {
  std::map<std::string, OptionValue> result;
  for (const OptionRow& row : option_rows())
    if (row.info.ours == ours)
      result.emplace(row.info.name, OptionValue{row.show(row, server), server.source(row.info.name)});
  return result;
}

}  // namespace

std::map<std::string, OptionValue> describe(const ServerConfig& server) { return describe_options(server, false); }

std::map<std::string, OptionValue> describe_ours(const ServerConfig& server) { return describe_options(server, true); }

namespace {

using Unit = RetentionPolicy::Unit;

struct UnitName {
  std::string_view word;
  Unit unit;
  int days;
};
constexpr auto units =
    std::to_array<UnitName>({{"DAY", Unit::days, 1}, {"WEEK", Unit::weeks, 7}, {"MONTH", Unit::months, 31}});

const UnitName* find_unit(std::string_view word) {
  for (const UnitName& unit : units)
    if (word == unit.word || (word.ends_with('S') && word.substr(0, word.size() - 1) == unit.word)) return &unit;
  return nullptr;
}

std::optional<int> parse_count(std::string_view digits) {
  const auto number = parse_decimal(digits);
  if (!number || *number > 1'000'000) return std::nullopt;  // 31 million days are enough and fit every clock
  return static_cast<int>(*number);
}

}  // namespace

std::optional<RetentionPolicy> parse_retention_policy(std::string_view text) {
  const std::vector<std::string> words = split_whitespace(to_upper(text));
  RetentionPolicy policy;
  std::optional<int> count;
  if (words.size() == 2 && words[0] == "REDUNDANCY") {
    count = parse_count(words[1]);
  } else if (words.size() == 5 && words[0] == "RECOVERY" && words[1] == "WINDOW" && words[2] == "OF") {
    const UnitName* unit = find_unit(words[4]);
    if (unit == nullptr) return std::nullopt;
    policy.kind = RetentionPolicy::Kind::recovery_window;
    policy.unit = unit->unit;
    count = parse_count(words[3]);
  }
  if (!count) return std::nullopt;
  policy.value = *count;
  return policy;
}

std::string RetentionPolicy::canonical() const {
  if (kind == Kind::redundancy) return fmt::format("REDUNDANCY {}", value);
  return fmt::format("RECOVERY WINDOW OF {} {}S", value, units[static_cast<std::size_t>(unit)].word);
}

namespace {

struct CalendarUnit {
  std::string_view word;
  int RetentionCalendar::*count;
};
constexpr auto calendar_units = std::to_array<CalendarUnit>({{"day", &RetentionCalendar::days},
                                                             {"week", &RetentionCalendar::weeks},
                                                             {"month", &RetentionCalendar::months},
                                                             {"year", &RetentionCalendar::years}});

const CalendarUnit* find_calendar_unit(std::string_view word) {
  if (word.ends_with('s')) word.remove_suffix(1);
  const auto found = std::ranges::find(calendar_units, word, &CalendarUnit::word);
  return found == calendar_units.end() ? nullptr : &*found;
}

}  // namespace

std::optional<RetentionCalendar> parse_retention_calendar(std::string_view text) {
  RetentionCalendar calendar;
  for (;;) {
    const std::size_t comma = text.find(',');
    const std::vector<std::string> words = split_whitespace(to_lower(text.substr(0, comma)));
    if (words.size() != 2) return std::nullopt;
    const auto count = parse_count(words[0]);
    const CalendarUnit* unit = find_calendar_unit(words[1]);
    if (!count || *count == 0 || unit == nullptr || calendar.*unit->count != 0) return std::nullopt;
    calendar.*unit->count = *count;
    if (comma == std::string_view::npos) return calendar;
    text.remove_prefix(comma + 1);
  }
}

std::string RetentionCalendar::canonical() const {
  std::string text;
  for (const CalendarUnit& unit : calendar_units)
    if (const int count = this->*unit.count; count > 0)
      text += fmt::format("{}{} {}{}", text.empty() ? "" : ", ", count, unit.word, count == 1 ? "" : "s");
  return text;
}

Micros RetentionPolicy::window() const {
  return std::chrono::hours(24LL * units[static_cast<std::size_t>(unit)].days * value);
}

namespace {

constexpr int first_with_compression_detail = 15;

std::optional<std::string> version_problem(const ServerConfig& config, int client_major, int server_major) {
  const bool old_client = client_major != 0 && client_major < first_with_compression_detail;
  const bool old_server = server_major != 0 && server_major < first_with_compression_detail;
  const std::string& algorithm = *config.backup_compression;
  if (config.backup_compression_location == BackupLocation::server && old_client)
    return "backup_compression_location = server requires pg_basebackup 15 or greater";
  if (config.backup_compression_location == BackupLocation::server && old_server)
    return "backup_compression_location = server requires PostgreSQL 15 or greater";
  if (old_client && (algorithm == "lz4" || algorithm == "zstd"))
    return fmt::format("backup_compression = {} requires pg_basebackup 15 or greater", algorithm);
  return std::nullopt;
}

std::string unsupported_level(std::int64_t level, std::string_view range) {
  return fmt::format(
      "backup_compression_level {} unsupported by compression algorithm. {} will use default compression level).",
      level, range);
}

std::optional<std::string> level_problem(const ServerConfig& config, int client_major) {
  if (!config.backup_compression_level) return std::nullopt;
  const std::int64_t level = *config.backup_compression_level;
  const std::string& algorithm = *config.backup_compression;
  const bool zero_allowed = client_major != 0 && client_major < first_with_compression_detail;
  if (algorithm == "none" && level != 0) return "backup_compression none only supports backup_compression_level 0.";
  if (algorithm == "gzip" && level != -1 && (level < (zero_allowed ? 0 : 1) || level > 9)) {
    std::string text = unsupported_level(
        level, fmt::format("gzip expects a compression level between {} and 9 (-1", zero_allowed ? "-1" : "1"));
    if (level == 0)
      text += "\nIf you need to create an archive not compressed, you should set `backup_compression = none`.";
    return text;
  }
  if (algorithm == "lz4" && (level < 0 || level > 12))
    return unsupported_level(level, "lz4 expects a compression level between 1 and 12 (0");
  if (algorithm == "zstd" && (level < -131072 || level > 22))
    return unsupported_level(level, "'zstd' expects a compression level between -131072 and 22 (3");
  return std::nullopt;
}

std::optional<std::string> workers_problem(const ServerConfig& config) {
  if (!config.backup_compression_workers) return std::nullopt;
  const std::string& algorithm = *config.backup_compression;
  if (algorithm == "gzip") return "backup_compression_workers is not compatible with compression gzip";
  if (algorithm == "lz4") return "backup_compression_workers is not compatible with compression lz4.";
  if (algorithm == "none") return "backup_compression_workers is not compatible with compression 'none'.";
  if (*config.backup_compression_workers < 0)
    return fmt::format("backup_compression_workers should be a positive integer: '{}' is invalid.",
                       *config.backup_compression_workers);
  return std::nullopt;
}

}  // namespace

std::optional<std::string> encryption_problem(const ServerConfig& config) {
  if (!config.encryption) return std::nullopt;
  const auto problem = [&](const char* what) {
    return fmt::format("Encryption is set as {}, but {}", *config.encryption, what);
  };
  if (!config.encryption_key_id) return problem("encryption_key_id is unset");
  if (!config.by_pg_basebackup()) return problem("backup_method != postgres");
  if (!config.backup_compression) return problem("backup_compression is unset");
  if (config.backup_compression_format != BackupFormat::tar) return problem("backup_compression_format != tar");
  return std::nullopt;
}

std::optional<CloudCopyProblem> cloud_copy_problem(const ServerConfig& config) {
  if (!config.cloud_copy) return std::nullopt;
  if (!is_cloud_url(*config.cloud_copy))
    return CloudCopyProblem{fmt::format("'{}' is not the URL of an object store", *config.cloud_copy),
                            "set cloud_copy to s3://BUCKET/PATH, gs://BUCKET/PATH or "
                            "https://ACCOUNT.blob.core.windows.net/CONTAINER/PATH"};
  if (config.keeps_backups_in_store() || config.keeps_wal_in_store())
    return CloudCopyProblem{fmt::format("only a local catalogue can be copied, and {} is in an object store",
                                        config.keeps_backups_in_store() ? "basebackups_directory" : "wals_directory"),
                            "unset cloud_copy, and let the store replicate its bucket"};
  if (config.encryption)
    return CloudCopyProblem{"the copy has no place for what gpg has encrypted, and nothing is decrypted for it",
                            "let the store encrypt (aws_encryption) and set encryption = none, or unset cloud_copy"};
  if (config.cloud_copy_retention_policy_text && !config.cloud_copy_retention_policy)
    return CloudCopyProblem{
        fmt::format("invalid cloud_copy_retention_policy '{}'", *config.cloud_copy_retention_policy_text),
        "set REDUNDANCY n or RECOVERY WINDOW OF n DAYS, WEEKS or MONTHS"};
  return std::nullopt;
}

ServerConfig as_second_copy(const ServerConfig& config) {
  ServerConfig copy = config;
  copy.basebackups_directory = copy.wals_directory = config.cloud_copy.value_or("");
  copy.cloud_copy.reset();
  copy.is_second_copy = true;
  copy.active = false;
  copy.encryption.reset();
  return copy;
}

std::optional<std::string> backup_compression_problem(const ServerConfig& config, int client_major, int server_major) {
  if (!config.backup_compression) return std::nullopt;
  if (const auto problem = version_problem(config, client_major, server_major)) return problem;
  if (config.backup_compression_format == BackupFormat::plain &&
      config.backup_compression_location != BackupLocation::server)
    return fmt::format("backup_compression_format plain is not compatible with backup_compression_location {}",
                       config.backup_compression_location ? to_string(*config.backup_compression_location) : "None");
  if (const auto problem = level_problem(config, client_major)) return problem;
  return workers_problem(config);
}

}  // namespace barman::config
