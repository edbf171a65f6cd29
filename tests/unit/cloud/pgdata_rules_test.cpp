#include "pgdata_rules.h"

#include <gtest/gtest.h>

namespace barman::cloud {
namespace {

catalog::BackupInfo cluster() {
  catalog::BackupInfo info;
  info.pgdata = "/pg/data";
  info.version = 150018;
  info.tablespaces = {{"tbs1", 16386, "/ts1"}, {"inside", 16387, "/pg/data/ts2"}};
  return info;
}

struct RuleCase {
  const char* label;
  bool tablespace;
  const char* path;
  bool is_directory;
  Keep want;
};

class Judge : public testing::TestWithParam<RuleCase> {};

TEST_P(Judge, DecidesByTheName) {
  const TreeRules rules = GetParam().tablespace ? tablespace_rules(cluster()) : data_rules(cluster());
  EXPECT_EQ(judge(rules, GetParam().path, GetParam().is_directory), GetParam().want);
}

constexpr bool data = false, tablespace = true, file = false, directory = true;

INSTANTIATE_TEST_SUITE_P(
    Names, Judge,
    testing::Values(RuleCase{"relation", data, "base/1/2619", file, Keep::whole},
                    RuleCase{"version", data, "PG_VERSION", file, Keep::whole},
                    RuleCase{"wal_directory", data, "pg_wal", directory, Keep::empty},
                    RuleCase{"wal_link", data, "pg_wal", file, Keep::whole},
                    RuleCase{"old_wal_directory", data, "pg_xlog", directory, Keep::empty},
                    RuleCase{"log_directory", data, "log", directory, Keep::empty},
                    RuleCase{"log_elsewhere", data, "base/log", directory, Keep::whole},
                    RuleCase{"slots", data, "pg_replslot", directory, Keep::empty},
                    RuleCase{"stat_tmp", data, "pg_stat_tmp", directory, Keep::empty},
                    RuleCase{"stat", data, "pg_stat", directory, Keep::whole},
                    RuleCase{"subtrans", data, "pg_subtrans", directory, Keep::empty},
                    RuleCase{"xact", data, "pg_xact", directory, Keep::whole},
                    RuleCase{"control", data, "global/pg_control", file, Keep::nothing},
                    RuleCase{"global_map", data, "global/pg_filenode.map", file, Keep::whole},
                    RuleCase{"pid", data, "postmaster.pid", file, Keep::nothing},
                    RuleCase{"opts", data, "postmaster.opts", file, Keep::nothing},
                    RuleCase{"standby", data, "standby.signal", file, Keep::nothing},
                    RuleCase{"recovery_signal", data, "recovery.signal", file, Keep::whole},
                    RuleCase{"recovery_conf", data, "recovery.conf", file, Keep::nothing},
                    RuleCase{"auto_conf", data, "postgresql.auto.conf", file, Keep::whole},
                    RuleCase{"auto_conf_tmp", data, "postgresql.auto.conf.tmp", file, Keep::nothing},
                    RuleCase{"init_file", data, "base/5/pg_internal.init", file, Keep::nothing},
                    RuleCase{"tmp_directory", data, "base/pgsql_tmp", directory, Keep::nothing},
                    RuleCase{"tmp_file", data, "base/pgsql_tmp77.1", file, Keep::nothing},
                    RuleCase{"temporary", data, "base/5/t3_16384", file, Keep::nothing},
                    RuleCase{"temporary_fork", data, "base/5/t3_16384_fsm", file, Keep::nothing},
                    RuleCase{"temporary_segment", data, "base/5/t3_16384.12", file, Keep::nothing},
                    RuleCase{"temporary_fork_segment", data, "base/5/t3_16384_vm.1", file, Keep::nothing},
                    RuleCase{"not_temporary_at_top", data, "t3_16384", file, Keep::whole},
                    RuleCase{"not_temporary_name", data, "base/5/t3_x", file, Keep::whole},
                    RuleCase{"not_temporary_suffix", data, "base/5/t3_1.x", file, Keep::whole},
                    RuleCase{"tablespace_link", data, "pg_tblspc/16386", file, Keep::nothing},
                    RuleCase{"tablespace_of_others", data, "pg_tblspc/9", file, Keep::whole},
                    RuleCase{"tablespace_directory", data, "pg_tblspc", directory, Keep::whole},
                    RuleCase{"tablespace_inside", data, "ts2", directory, Keep::nothing},
                    RuleCase{"own_version", tablespace, "PG_15_202209061", directory, Keep::whole},
                    RuleCase{"other_version", tablespace, "PG_14_202107181", directory, Keep::nothing},
                    RuleCase{"longer_version", tablespace, "PG_150_1", directory, Keep::nothing},
                    RuleCase{"stranger", tablespace, "lost+found", directory, Keep::nothing},
                    RuleCase{"below", tablespace, "PG_15_202209061/5/16390", file, Keep::whole},
                    RuleCase{"below_temporary", tablespace, "PG_15_202209061/5/t4_16390", file, Keep::nothing},
                    RuleCase{"below_tmp", tablespace, "PG_15_202209061/pgsql_tmp", directory, Keep::nothing},
                    RuleCase{"name_of_log", tablespace, "PG_15_202209061/log", directory, Keep::whole}),
    [](const auto& row) { return std::string(row.param.label); });

}  // namespace
}  // namespace barman::cloud
