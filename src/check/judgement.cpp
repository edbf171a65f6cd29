#include "judgement.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "barman/core/numbers.h"
#include "barman/core/text.h"

namespace barman::check {

using report::CheckLine;

std::optional<CheckLine> judge_queue(const WaitingPlace& place, bool enabled, const std::string& directory,
                                     const std::vector<std::string>& names, std::optional<std::int64_t> limit) {
  const auto waiting = std::ranges::count_if(names, [](const std::string& name) {
    return !name.starts_with('.') && !name.ends_with(".tmp") && !name.ends_with(".partial");
  });
  if (!enabled && waiting > 0)
    return failed(place.not_empty, fmt::format("'{}' must be empty when {}=off", directory, place.option));
  if (enabled && limit && waiting > *limit)
    return failed(place.too_many, fmt::format("there are too many WALs in queue: {}, max {}", waiting, *limit));
  return std::nullopt;
}

std::optional<CheckLine> judge_slot(CheckId id, const config::ServerConfig& config,
                                    const std::optional<postgres::Slot>& slot) {
  const std::string& name = *config.slot_name;
  const bool initialised = slot && slot->restart_lsn.has_value();
  if (!config.streaming_archiver) {
    if (!initialised) return std::nullopt;
    return passed(id, fmt::format("WARNING: slot '{}' is {} but not required by the current config", name,
                                  slot->active ? "active" : "initialised"));
  }
  if (!slot)
    return failed(
        id, fmt::format("replication slot '{}' doesn't exist. Please execute 'barman receive-wal --create-slot {}'",
                        name, config.name));
  if (!initialised) return failed(id, fmt::format("slot '{}' not initialised: is 'receive-wal' running?", name));
  if (!slot->active) return failed(id, fmt::format("slot '{}' not active: is 'receive-wal' running?", name));
  return passed(id);
}

CheckLine judge_backup_age(std::optional<Micros> limit, std::optional<Micros> age) {
  if (!limit) return passed(CheckId::backup_age, "no last_backup_maximum_age provided");
  const std::string hint = fmt::format("interval provided: {}, latest backup age: {}", human_interval(*limit),
                                       age ? human_interval(*age) : "No available backups");
  return answer(CheckId::backup_age, age && *age <= *limit, hint);
}

CheckLine judge_cloud_copy(const report::CloudCopy& copy, const Timestamp& now) {
  constexpr std::chrono::hours patience{1};
  const bool behind = copy.waits_since && now - *copy.waits_since > patience && !copy.running;
  const bool ok = copy.problem.empty() && copy.refused.empty() && !copy.failed_at && !behind;
  return answer(CheckId::cloud_copy, ok, describe(copy, now));
}

CheckLine judge_backup_size(std::optional<std::int64_t> minimum, std::int64_t size) {
  if (!minimum) return passed(CheckId::backup_size, human_size(size));
  const bool enough = size > *minimum;
  const std::string hint =
      fmt::format("last backup size {} {} {} minimum", human_size(size), enough ? ">" : "<", human_size(*minimum));
  return answer(CheckId::backup_size, enough, hint);
}

CheckLine judge_wal_age(std::optional<Micros> limit, std::optional<Micros> age) {
  if (!limit) return passed(CheckId::wal_age, "no last_wal_maximum_age provided");
  if (!age) return failed(CheckId::wal_age, "No WAL files archived for last backup");
  const std::string hint =
      fmt::format("interval provided: {}, latest wal age: {}", human_interval(*limit), human_interval(*age));
  return answer(CheckId::wal_age, *age <= *limit, hint);
}

std::optional<std::string> compression_problem(const config::ServerConfig& config) {
  if (config.compression != "custom") return std::nullopt;
  if (!config.custom_compression_filter) return "compression = custom needs custom_compression_filter";
  if (!config.custom_decompression_filter) return "compression = custom needs custom_decompression_filter";
  return std::nullopt;
}

CheckLine judge_system_identifier(CheckId id, const SystemIdentifiers& found) {
  const std::optional<std::string>& current = found.regular ? found.regular : found.streaming;
  if (!current) return passed(id, "no system Id available");
  if (found.regular && found.streaming && *found.regular != *found.streaming)
    return failed(id, "is the streaming DSN targeting the same server of the PostgreSQL connection string?");
  if (!found.stored) return passed(id, "no system Id stored on disk");
  if (*found.stored != *current)
    return failed(
        id, fmt::format("the system Id of the connected PostgreSQL server changed, stored in \"{}\"", found.stored_in));
  return passed(id);
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
