#include "rsync_backup.h"

#include <gmock/gmock.h>

namespace barman::backup {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

catalog::BackupInfo cluster() {
  catalog::BackupInfo info;
  info.backup_id = "20261121T072740";
  info.pgdata = "/srv/pg";
  info.version = 150020;
  info.config_file = "/srv/pg/postgresql.conf";
  info.hba_file = "/etc/pg/pg_hba.conf";
  info.ident_file = "/etc/pg/pg_ident.conf";
  info.tablespaces = {{"ts1", 16384, "/srv/ts1"}, {"inside", 16390, "/srv/pg/inside"}};
  return info;
}

RsyncPlan first_backup() {
  RsyncPlan plan;
  plan.base_directory = "/b/B";
  plan.bandwidth_limit = 100;
  plan.tablespace_limits = {{"ts1", 50}};
  return plan;
}

std::vector<std::string> labels(const std::vector<copy::Item>& items) {
  std::vector<std::string> out;
  for (const copy::Item& item : items) out.push_back(item.label);
  return out;
}

TEST(RsyncItems, AreTablespacesDataControlFileAndFilesOutside) {
  const auto items = rsync_items(cluster(), first_backup());
  EXPECT_THAT(labels(items), ElementsAre("ts1", "inside", "pgdata", "pg_control", "hba_file", "ident_file"));

  EXPECT_EQ(items[0].source, "/srv/ts1");
  EXPECT_EQ(items[0].destination, "/b/B/16384");
  EXPECT_THAT(items[0].include, ElementsAre("/PG_15_*"));
  EXPECT_EQ(items[0].exclude.front(), "/*");
  EXPECT_EQ(items[0].exclude.size(), 17U);
  EXPECT_EQ(items[0].bandwidth_limit, 50);
  EXPECT_EQ(items[1].bandwidth_limit, 100);

  EXPECT_EQ(items[2].source, "/srv/pg");
  EXPECT_EQ(items[2].destination, "/b/B/data");
  EXPECT_THAT(items[2].include, IsEmpty());
  EXPECT_THAT(items[2].exclude, Contains("/pg_wal/*"));
  EXPECT_THAT(items[2].exclude, Contains("/global/pg_control"));
  EXPECT_THAT(items[2].exclude_and_protect, ElementsAre("/pg_tblspc/16384", "/inside", "/pg_tblspc/16390"));

  EXPECT_TRUE(items[3].last);
  EXPECT_FALSE(items[3].directory);
  EXPECT_EQ(items[3].source, "/srv/pg/global/pg_control");
  EXPECT_EQ(items[3].destination, "/b/B/data/global/pg_control");

  EXPECT_EQ(items[4].source, "/etc/pg/pg_hba.conf");
  EXPECT_EQ(items[4].destination, "/b/B/data/pg_hba.conf");
  EXPECT_FALSE(items[4].optional);
  EXPECT_TRUE(items[5].optional);
}

TEST(RsyncItems, ReuseWhatThePreviousBackupHad) {
  catalog::BackupInfo previous = cluster();
  previous.tablespaces = {{"ts1", 16384, "/srv/ts1"}};
  RsyncPlan plan = first_backup();
  plan.previous = &previous;
  plan.previous_data = "/b/A/data";
  plan.previous_tablespace = [](std::int64_t oid) { return "/b/A/" + std::to_string(oid); };
  const auto items = rsync_items(cluster(), plan);
  EXPECT_EQ(items[0].reuse_directory, "/b/A/16384");
  EXPECT_EQ(items[1].reuse_directory, std::nullopt);
  EXPECT_EQ(items[2].reuse_directory, "/b/A/data");
  EXPECT_EQ(items[3].reuse_directory, std::nullopt);
}

TEST(RsyncItems, NameTheVersionAsPostgresDoes) {
  catalog::BackupInfo info = cluster();
  info.version = 90624;
  EXPECT_THAT(rsync_items(info, first_backup())[0].include, ElementsAre("/PG_9.6_*"));
  info.tablespaces.reset();
  info.hba_file = info.ident_file = std::nullopt;
  EXPECT_THAT(labels(rsync_items(info, first_backup())), ElementsAre("pgdata", "pg_control"));
}

}  // namespace
}  // namespace barman::backup
