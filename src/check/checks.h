#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "barman/check/check.h"
#include "barman/config/server_config.h"
#include "barman/report/check.h"
#include "explain.h"

// The checks, one row each. A new one is a CheckId, its row in checks.cpp, and the function that looks.
namespace barman::check {

class Inspection;
using report::CheckId;
using Lines = std::vector<report::CheckLine>;

struct Check {
  CheckId id;
  const char* name;
  // Looks, and leaves lines of this check and of others whose rows have no function. What it throws is reported as the
  // failure of this check.
  Lines (*inspect)(Inspection&) = nullptr;
  bool blocks_backup = true;
  // Whether this line would be there if only it could have been looked at; nullptr: that it is not there means nothing.
  bool (*applies)(const config::ServerConfig&) = nullptr;
  CommandToTry command = &CommandsToTry::show_server;  // when it fails
  std::span<const CheckId> consequences = {};          // what cannot hold while it fails
  // Performance data of the same thing.
  std::optional<std::int64_t> report::CheckReport::*performance = nullptr;
  std::int64_t (*measure)(Inspection&) = nullptr;
};

std::span<const Check> all_checks();  // by id, which is the order in which they are made and printed
const Check& check_of(CheckId id);

// Those with consequences, in the order in which a problem is explained: no consequence comes before its cause.
std::span<const CheckId> from_cause_to_consequence();

report::CheckLine answer(CheckId id, bool ok, std::string hint);
report::CheckLine passed(CheckId id, std::string hint = {});
report::CheckLine line(CheckId id, bool ok, std::string hint_if_failed = {});

// The functions of the rows, by what they look at.
Lines check_wal_archive(Inspection&);
Lines check_incoming_directory(Inspection&);
Lines check_streaming_directory(Inspection&);
Lines check_postgres(Inspection&);
Lines check_wal_overrides(Inspection&);
Lines check_replication_slot(Inspection&);
Lines check_directories(Inspection&);
Lines check_retention_policy(Inspection&);
Lines check_backup_age(Inspection&);
Lines check_backup_size(Inspection&);
Lines check_encryption(Inspection&);
Lines check_cloud_storage(Inspection&);
Lines check_wal_age(Inspection&);
Lines check_wal_size(Inspection&);
Lines check_compression(Inspection&);
Lines check_failed_backups(Inspection&);
Lines check_redundancy(Inspection&);
Lines check_cloud_copy(Inspection&);
Lines check_ssh(Inspection&);
Lines check_local_copy(Inspection&);
Lines check_backup_strategy(Inspection&);
Lines check_pg_basebackup(Inspection&);
Lines check_configuration(Inspection&);
Lines check_system_identifier(Inspection&);
Lines check_receive_wal(Inspection&);
Lines check_archive_command(Inspection&);
Lines check_archiver_errors(Inspection&);
Lines check_monitoring_privileges(Inspection&);  // before streaming
Lines check_streaming_connection(Inspection&);
Lines check_wal_level(Inspection&);

std::int64_t last_backup_size(Inspection&);
std::int64_t wal_size_after_last_backup(Inspection&);

}  // namespace barman::check
