#include "basebackup_phase.h"

#include <gtest/gtest.h>

namespace barman::backup {
namespace {

TEST(BasebackupPhase, IsToldByTheLinesOfPgBasebackup) {
  EXPECT_EQ(phase_begun_by("pg_basebackup: initiating base backup, waiting for checkpoint to complete"),
            BasebackupPhase::checkpoint);
  EXPECT_EQ(phase_begun_by("pg_basebackup: checkpoint completed"), BasebackupPhase::copying);
  EXPECT_EQ(phase_begun_by("NOTICE:  base backup done, waiting for required WAL segments to be archived"),
            BasebackupPhase::archiving);
  EXPECT_EQ(phase_begun_by("pg_basebackup: syncing data to disk ..."), BasebackupPhase::syncing);
}

TEST(BasebackupPhase, OtherLinesBeginNone) {
  EXPECT_EQ(phase_begun_by("pg_basebackup: write-ahead log start point: 0/2000028 on timeline 1"), std::nullopt);
  EXPECT_EQ(phase_begun_by("pg_basebackup: base backup completed"), std::nullopt);
  EXPECT_EQ(phase_begun_by(""), std::nullopt);
}

}  // namespace
}  // namespace barman::backup
