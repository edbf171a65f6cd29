#include "barman/wal/backup_label.h"

#include <gtest/gtest.h>

#include "barman/core/error.h"

namespace barman {
namespace {

constexpr std::string_view postgres_15 =
    "START WAL LOCATION: 0/2000028 (file 000000010000000000000002)\n"
    "CHECKPOINT LOCATION: 0/2000060\n"
    "BACKUP METHOD: streamed\n"
    "BACKUP FROM: primary\n"
    "START TIME: 2026-11-21 07:26:35 UTC\n"
    "LABEL: Barman backup main 20261121T072635\n"
    "START TIMELINE: 3\n";

TEST(ParseBackupLabel, ReadsWhatTheBackupNeeds) {
  const BackupLabel label = parse_backup_label(postgres_15);
  EXPECT_EQ(label.start, Lsn{0x2000028});
  EXPECT_EQ(label.start_wal, "000000010000000000000002");
  ASSERT_TRUE(label.start_time);
  EXPECT_EQ(to_python(*label.start_time), "2026-11-21 07:26:35+00:00");
  EXPECT_EQ(label.start_timeline, 3U);
}

TEST(ParseBackupLabel, OlderServersWriteNoTimeline) {
  const BackupLabel label = parse_backup_label(
      "START WAL LOCATION: A/28 (file 000000010000000A00000000)\nSTART TIME: 2026-11-21 07:26:35 XYZT\n");
  EXPECT_EQ(label.start_timeline, std::nullopt);
  EXPECT_EQ(label.start_time, std::nullopt);
}

TEST(ParseBackupLabel, RefusesAnythingElse) {
  for (const char* bad :
       {"", "START TIMELINE: 1\n", "START WAL LOCATION: 0/2000028\n",
        "START WAL LOCATION: x (file 000000010000000000000002)\n", "START WAL LOCATION: 0/1 (file abc)\n",
        "START WAL LOCATION: 0/1 (file 000000010000000000000002)\nSTART TIMELINE: x\n"})
    EXPECT_THROW(parse_backup_label(bad), Error) << bad;
}

}  // namespace
}  // namespace barman
