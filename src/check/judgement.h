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

// What the facts mean, without looking at anything: the part of check that tests can reach.
namespace barman::check {

// Waiting WAL files in incoming/ (kind "incoming", option "archiver") or streaming/ ("streaming",
// "streaming_archiver").
std::optional<report::CheckLine> judge_queue(std::string_view kind, std::string_view option, bool enabled,
                                             const std::string& directory, const std::vector<std::string>& names,
                                             std::optional<std::int64_t> limit);

std::optional<report::CheckLine> judge_slot(const config::ServerConfig& config,
                                            const std::optional<postgres::Slot>& slot, std::string_view suffix);

report::CheckLine judge_backup_age(std::optional<Micros> limit, std::optional<Micros> age);
report::CheckLine judge_backup_size(std::optional<std::int64_t> minimum, std::int64_t size);
report::CheckLine judge_wal_age(std::optional<Micros> limit, std::optional<Micros> age);

// Settings that encryption needs; nullopt: fine.
std::optional<std::string> encryption_problem(const config::ServerConfig& config);
std::optional<std::string> compression_problem(const config::ServerConfig& config);

struct SystemIdentifiers {
  std::optional<std::string> regular, streaming, stored;
  std::string stored_in;  // identity.json
};
report::CheckLine judge_system_identifier(const SystemIdentifiers& ids, std::string_view name);

// A client program may be newer than the server, not older. `server` and `client` are "15.20".
bool client_fits(const std::optional<std::string>& server, const std::string& client);

// "duplicates: 2, unknown: 1" of the names in errors/, in the order of first occurrence; empty: none.
std::string summarize_errors(const std::vector<std::string>& names);

// "15.20" of 150020, "9.6.24" of 90624.
std::string version_of_number(int number);

}  // namespace barman::check
