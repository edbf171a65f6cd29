#include "checks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "barman/fs/file.h"

namespace barman::check {
namespace {

std::vector<std::string> names_where(bool (*wanted)(const Check&)) {
  std::vector<std::string> names;
  for (const Check& check : all_checks())
    if (wanted(check)) names.emplace_back(check.name);
  return names;
}

TEST(Checks, AreInTheOrderInWhichBarmanPrintsThem) {
  EXPECT_THAT(
      names_where([](const Check& check) { return check.id != CheckId::whole; }),
      testing::ElementsAre(
          "WAL archive", "empty incoming directory", "incoming WALs directory", "empty streaming directory",
          "streaming WALs directory", "PostgreSQL", "superuser or standard user with backup privileges",
          "no access to backup functions", "PostgreSQL streaming", "wal_level", "PostgreSQL server is standby",
          "Primary server is not a standby", "Primary and standby have same system ID", "has monitoring privileges",
          "has monitoring privileges (WAL streaming)", "no access to monitoring functions",
          "PostgreSQL streaming (WAL streaming)", "wal_level (WAL streaming)", "systemid coherence (WAL streaming)",
          "replication slot", "replication slot (WAL streaming)", "directories", "retention policy settings",
          "backup maximum age", "backup minimum size", "encryption", "decryption", "cloud storage configuration",
          "wal maximum age", "wal size", "compression settings", "failed backups", "minimum redundancy requirements",
          "cloud copy", "ssh", "ssh output clean", "backup_label", "local PGDATA", "postgres minimal version",
          "not in recovery", "exclusive backup supported", "pg_basebackup", "pg_basebackup compatible",
          "pg_basebackup supports tablespaces mapping", "configuration", "systemid coherence", "pg_receivexlog",
          "pg_receivexlog compatible", "receive-wal running", "archive_mode", "archive_command", "continuous archiving",
          "archiver errors", "check timeout"));
}

TEST(Checks, HaveANameEachAndACommandThatCanBeShown) {
  config::ServerConfig config;
  config.name = "main";
  std::set<std::string_view> names;
  for (const Check& check : all_checks()) {
    EXPECT_TRUE(names.insert(check.name).second) << check.name;
    EXPECT_NE((CommandsToTry(config).*check.command)(), "") << check.name;
    EXPECT_EQ(&check_of(check.id), &check) << check.name;
    EXPECT_EQ(check.performance == nullptr, check.measure == nullptr) << check.name;
  }
}

TEST(Checks, BlockABackupUnlessTheyConcernThePastOrWaitingWal) {
  EXPECT_THAT(names_where([](const Check& check) { return !check.blocks_backup; }),
              testing::UnorderedElementsAre("minimum redundancy requirements", "cloud copy", "backup maximum age",
                                            "backup minimum size", "failed backups", "archiver errors",
                                            "empty incoming directory", "empty streaming directory",
                                            "incoming WALs directory", "streaming WALs directory", "wal maximum age",
                                            "decryption", "PostgreSQL server is standby"));
  EXPECT_TRUE(blocks_backup(failed(CheckId::postgres)));
  EXPECT_FALSE(blocks_backup(passed(CheckId::postgres)));
  EXPECT_FALSE(blocks_backup(failed(CheckId::redundancy)));
}

TEST(Consequences, ComeAfterTheirCauses) {
  const auto causes = from_cause_to_consequence();
  for (const Check& check : all_checks())
    EXPECT_EQ(std::ranges::count(causes, check.id), check.consequences.empty() ? 0 : 1) << check.name;
  for (auto cause = causes.begin(); cause != causes.end(); ++cause)
    for (const CheckId consequence : check_of(*cause).consequences)
      EXPECT_EQ(std::find(causes.begin(), cause + 1, consequence), cause + 1)
          << check_of(consequence).name << " is explained before " << check_of(*cause).name;
}

// A name stands for those that only WAL streaming has, too.
std::vector<std::string> names_without(const std::string& page) {
  const std::string text = fs::read_file(BARMAN_TEST_DATA "/../../docs/" + page);
  std::vector<std::string> missing;
  for (const Check& check : all_checks()) {
    const std::string whole = check.name, name = whole.substr(0, whole.find(" (WAL streaming)"));
    if (check.id != CheckId::whole && text.find(name) == std::string::npos) missing.push_back(name);
  }
  return missing;
}

TEST(Checks, AreExplainedToOperators) {
  EXPECT_THAT(names_without("troubleshooting.md"), testing::IsEmpty());
  EXPECT_THAT(names_without("reference/commands.md"), testing::IsEmpty());
}

}  // namespace
}  // namespace barman::check
