#include "queries.h"

#include <gtest/gtest.h>

namespace barman::postgres {
namespace {

struct QueryCase {
  const char* label;
  std::string (*statement)(int);
  int first;  // the versions that get it
  int last;
  std::vector<const char*> holds;
  std::vector<const char*> lacks;
};

class VersionedQuery : public testing::TestWithParam<QueryCase> {};
TEST_P(VersionedQuery, SpeaksTheServersNames) {
  for (const int version : {90600, 90624, 100000, 110022, 120000, 130004, 140011, 150020, 160001, 170000, 180000}) {
    if (version < GetParam().first || version > GetParam().last) continue;
    const std::string sql = GetParam().statement(version);
    for (const char* part : GetParam().holds) EXPECT_NE(sql.find(part), std::string::npos) << version << ": " << sql;
    for (const char* part : GetParam().lacks) EXPECT_EQ(sql.find(part), std::string::npos) << version << ": " << sql;
  }
}

constexpr int newest = 189999;
INSTANTIATE_TEST_SUITE_P(
    Versions, VersionedQuery,
    testing::Values(
        QueryCase{"position_9",
                  queries::primary_position,
                  0,
                  99999,
                  {"pg_current_xlog_location(", "pg_xlogfile_name_offset("},
                  {"wal"}},
        QueryCase{"position_10",
                  queries::primary_position,
                  100000,
                  newest,
                  {"pg_current_wal_lsn()", "pg_walfile_name_offset("},
                  {"xlog"}},
        QueryCase{"standby_9", queries::standby_position, 0, 99999, {"pg_last_xlog_replay_location("}, {}},
        QueryCase{"standby_10", queries::standby_position, 100000, newest, {"pg_last_wal_replay_lsn("}, {}},
        QueryCase{"insert_9",
                  queries::insert_file,
                  0,
                  99999,
                  {"pg_xlogfile_name_offset(pg_current_xlog_insert_location())"},
                  {}},
        QueryCase{"insert_10",
                  queries::insert_file,
                  100000,
                  newest,
                  {"pg_walfile_name_offset(pg_current_wal_insert_lsn())"},
                  {}},
        QueryCase{"switch_9", queries::switch_wal, 0, 99999, {"pg_switch_xlog()"}, {}},
        QueryCase{"switch_10", queries::switch_wal, 100000, newest, {"pg_switch_wal()"}, {}},
        QueryCase{"clients_9", queries::streaming_clients, 0, 99999, {"r.replay_location"}, {"_lsn"}},
        QueryCase{"clients_10", queries::streaming_clients, 100000, newest, {"r.replay_lsn"}, {"_location"}},
        QueryCase{"start_14", queries::start_backup, 0, 149999, {"pg_start_backup($1, $2, FALSE)"}, {}},
        QueryCase{"start_15", queries::start_backup, 150000, newest, {"pg_backup_start($1, $2)"}, {}},
        QueryCase{"stop_9", queries::stop_backup, 0, 99999, {"FROM pg_stop_backup(FALSE)"}, {}},
        QueryCase{"stop_14", queries::stop_backup, 100000, 149999, {"FROM pg_stop_backup(FALSE, $1)"}, {}},
        QueryCase{"stop_15", queries::stop_backup, 150000, newest, {"FROM pg_backup_stop($1)"}, {}},
        QueryCase{"backup_privileges_9", queries::backup_privileges, 0, 99999, {"usesuper"}, {"pg_monitor"}},
        QueryCase{"backup_privileges_10",
                  queries::backup_privileges,
                  100000,
                  149999,
                  {"usesuper", "pg_monitor", "pg_start_backup(text,boolean,boolean)", "pg_stop_backup()",
                   "pg_stop_backup(boolean,boolean)", "pg_switch_wal()", "pg_create_restore_point(text)"},
                  {"pg_backup_start"}},
        QueryCase{"backup_privileges_15",
                  queries::backup_privileges,
                  150000,
                  newest,
                  {"pg_backup_start(text,boolean)", "pg_backup_stop(boolean)", "pg_switch_wal()"},
                  {"pg_start_backup"}},
        QueryCase{"monitoring_9", queries::monitoring_privileges, 0, 99999, {"usesuper"}, {"pg_monitor"}},
        QueryCase{
            "monitoring_10", queries::monitoring_privileges, 100000, newest, {"pg_monitor", "pg_read_all_stats"}, {}},
        QueryCase{"checkpoint_14", queries::checkpoint_privileges, 0, 149999, {"usesuper"}, {"pg_checkpoint"}},
        QueryCase{"checkpoint_15", queries::checkpoint_privileges, 150000, newest, {"usesuper", "pg_checkpoint"}, {}}),
    [](const auto& row) { return std::string(row.param.label); });

}  // namespace
}  // namespace barman::postgres
