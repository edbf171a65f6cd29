#include "judgement.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "barman/core/text.h"

namespace barman::check {

using report::CheckLine;

std::optional<CheckLine> judge_queue(std::string_view kind, std::string_view option, bool enabled,
                                     const std::string& directory, const std::vector<std::string>& names,
                                     std::optional<std::int64_t> limit) {
  const auto waiting = std::ranges::count_if(names, [](const std::string& name) {
    return !name.starts_with('.') && !name.ends_with(".tmp") && !name.ends_with(".partial");
  });
  if (!enabled && waiting > 0) {
    return CheckLine{fmt::format("empty {} directory", kind), false,
                     fmt::format("'{}' must be empty when {}=off", directory, option)};
  }
  if (enabled && limit && waiting > *limit) {
    return CheckLine{fmt::format("{} WALs directory", kind), false,
                     fmt::format("there are too many WALs in queue: {}, max {}", waiting, *limit)};
  }
  return std::nullopt;
}

std::optional<CheckLine> judge_slot(const config::ServerConfig& config, const std::optional<postgres::Slot>& slot,
                                    std::string_view suffix) {
  const std::string name = fmt::format("replication slot{}", suffix);
  const std::string& slot_name = *config.slot_name;
  const bool initialised = slot && slot->restart_lsn.has_value();
  if (!config.streaming_archiver) {
    if (!initialised) return std::nullopt;
    return CheckLine{name, true,
                     fmt::format("WARNING: slot '{}' is {} but not required by the current config", slot_name,
                                 slot->active ? "active" : "initialised")};
  }
  if (!slot) {
    return CheckLine{
        name, false,
        fmt::format("replication slot '{}' doesn't exist. Please execute 'barman receive-wal --create-slot {}'",
                    slot_name, config.name)};
  }
  if (!initialised)
    return CheckLine{name, false, fmt::format("slot '{}' not initialised: is 'receive-wal' running?", slot_name)};
  if (!slot->active)
    return CheckLine{name, false, fmt::format("slot '{}' not active: is 'receive-wal' running?", slot_name)};
  return CheckLine{name, true, ""};
}

CheckLine judge_backup_age(std::optional<Micros> limit, std::optional<Micros> age) {
  if (!limit) return {"backup maximum age", true, "no last_backup_maximum_age provided"};
  return {"backup maximum age", age && *age <= *limit,
          fmt::format("interval provided: {}, latest backup age: {}", human_interval(*limit),
                      age ? human_interval(*age) : "No available backups")};
}

CheckLine judge_backup_size(std::optional<std::int64_t> minimum, std::int64_t size) {
  if (!minimum) return {"backup minimum size", true, human_size(size)};
  const bool enough = size > *minimum;
  return {"backup minimum size", enough,
          fmt::format("last backup size {} {} {} minimum", human_size(size), enough ? ">" : "<", human_size(*minimum))};
}

CheckLine judge_wal_age(std::optional<Micros> limit, std::optional<Micros> age) {
  if (!limit) return {"wal maximum age", true, "no last_wal_maximum_age provided"};
  if (!age) return {"wal maximum age", false, "No WAL files archived for last backup"};
  return {"wal maximum age", *age <= *limit,
          fmt::format("interval provided: {}, latest wal age: {}", human_interval(*limit), human_interval(*age))};
}

std::optional<std::string> encryption_problem(const config::ServerConfig& config) {
  const auto problem = [](const char* what) { return fmt::format("Encryption is set as gpg, but {}", what); };
  if (!config.encryption_key_id) return problem("encryption_key_id is unset");
  if (config.backup_method != config::BackupMethod::postgres) return problem("backup_method != postgres");
  if (!config.backup_compression) return problem("backup_compression is unset");
  if (config.backup_compression_format != config::BackupFormat::tar) return problem("backup_compression_format != tar");
  return std::nullopt;
}

std::optional<std::string> compression_problem(const config::ServerConfig& config) {
  if (config.compression != "custom") return std::nullopt;
  if (!config.custom_compression_filter) return "compression = custom needs custom_compression_filter";
  if (!config.custom_decompression_filter) return "compression = custom needs custom_decompression_filter";
  return std::nullopt;
}

CheckLine judge_system_identifier(const SystemIdentifiers& ids, std::string_view name) {
  const std::optional<std::string>& current = ids.regular ? ids.regular : ids.streaming;
  CheckLine line{std::string(name), true, ""};
  if (!current) {
    line.hint = "no system Id available";
  } else if (ids.regular && ids.streaming && *ids.regular != *ids.streaming) {
    line.passed = false;
    line.hint = "is the streaming DSN targeting the same server of the PostgreSQL connection string?";
  } else if (!ids.stored) {
    line.hint = "no system Id stored on disk";
  } else if (*ids.stored != *current) {
    line.passed = false;
    line.hint =
        fmt::format("the system Id of the connected PostgreSQL server changed, stored in \"{}\"", ids.stored_in);
  }
  return line;
}

namespace {

std::int64_t major_of(std::string_view version) {
  const auto parts = split(version, '.');
  const std::int64_t first = parse_decimal(parts[0]).value_or(0);
  if (first >= 10 || parts.size() < 2) return first * 100;
  return first * 100 + parse_decimal(parts[1]).value_or(0);
}

std::string_view error_kind(std::string_view name) {
  if (name.ends_with(".error")) return "not relevant";
  if (name.ends_with(".duplicate")) return "duplicates";
  if (name.ends_with(".unknown")) return "unknown";
  return "unknown failure";
}

}  // namespace

bool client_fits(const std::optional<std::string>& server, const std::string& client) {
  return server && !client.empty() && major_of(client) >= major_of(*server);
}

std::string summarize_errors(const std::vector<std::string>& names) {
  std::vector<std::pair<std::string_view, int>> counts;
  for (const std::string& name : names) {
    if (name.starts_with('.')) continue;
    const std::string_view kind = error_kind(name);
    const auto known = std::ranges::find(counts, kind, &std::pair<std::string_view, int>::first);
    if (known == counts.end()) {
      counts.emplace_back(kind, 1);
    } else {
      ++known->second;
    }
  }
  std::vector<std::string> texts;
  for (const auto& [kind, count] : counts) texts.push_back(fmt::format("{}: {}", kind, count));
  return join(texts, ", ");
}

std::string version_of_number(int number) {
  if (number >= 100000) return fmt::format("{}.{}", number / 10000, number % 10000);
  return fmt::format("{}.{}.{}", number / 10000, number / 100 % 100, number % 100);
}

}  // namespace barman::check
