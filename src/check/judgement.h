#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "barman/config/server_config.h"
#include "barman/core/time.h"
#include "barman/postgres/server.h"
#include "barman/report/check.h"
#include "barman/report/cloud_copy.h"
#include "checks.h"

// What the facts mean, without looking at anything: the part of check that tests can reach.
namespace barman::check {

// Where WAL files wait: incoming/ or streaming/.
struct WaitingPlace {
  CheckId not_empty, too_many;  // what can be wrong with it
  std::string_view option;      // which enables it
};
inline constexpr WaitingPlace incoming_place{CheckId::incoming_not_empty, CheckId::incoming_queue, "archiver"};
inline constexpr WaitingPlace streaming_place{CheckId::streaming_not_empty, CheckId::streaming_queue,
                                              "streaming_archiver"};
std::optional<report::CheckLine> judge_queue(const WaitingPlace& place, bool enabled, const std::string& directory,
                                             const std::vector<std::string>& names, std::optional<std::int64_t> limit);

// `id`: replication_slot or wal_replication_slot.
std::optional<report::CheckLine> judge_slot(CheckId id, const config::ServerConfig& config,
                                            const std::optional<postgres::Slot>& slot);

report::CheckLine judge_backup_age(std::optional<Micros> limit, std::optional<Micros> age);
report::CheckLine judge_backup_size(std::optional<std::int64_t> minimum, std::int64_t size);
report::CheckLine judge_wal_age(std::optional<Micros> limit, std::optional<Micros> age);

// A run or two behind is as it should be; an hour, with nobody at work, is not.
report::CheckLine judge_cloud_copy(const report::CloudCopy& copy, const Timestamp& now);

std::optional<std::string> compression_problem(const config::ServerConfig& config);

struct SystemIdentifiers {
  std::optional<std::string> regular, streaming, stored;
  std::string stored_in;  // identity.json
};
report::CheckLine judge_system_identifier(CheckId id, const SystemIdentifiers& found);

// A client program may be newer than the server, not older. `server` and `client` are "15.20".
bool client_fits(const std::optional<std::string>& server, const std::string& client);

// "duplicates: 2, unknown: 1" of the names in errors/, in the order of first occurrence; empty: none.
std::string summarize_errors(const std::vector<std::string>& names);

// "15.20" of 150020, "9.6.24" of 90624.
std::string version_of_number(int number);

}  // namespace barman::check
