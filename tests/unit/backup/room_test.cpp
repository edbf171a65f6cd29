#include "barman/backup/room.h"

#include <gtest/gtest.h>

namespace barman::backup {
namespace {

TEST(LackOfRoom, IsReadFromTheWordsOfWhoeverFailed) {
  EXPECT_TRUE(names_lack_of_room("cannot write '/srv/barman/x': No space left on device"));
  EXPECT_TRUE(
      names_lack_of_room("data transfer failure\nrsync error:\nrsync: [receiver] write failed on \"/b/1\": No "
                         "space left on device (28)\nrsync error: error in file IO (code 11)"));
  EXPECT_TRUE(names_lack_of_room("pg_basebackup: error: could not write to file \"base/1\": Disk quota exceeded"));
}

TEST(LackOfRoom, IsNotReadFromAnythingElse) {
  EXPECT_FALSE(names_lack_of_room(""));
  EXPECT_FALSE(names_lack_of_room("cannot write '/srv/barman/x': Input/output error"));
  EXPECT_FALSE(names_lack_of_room("rsync error: some files could not be transferred (code 23)"));
}

}  // namespace
}  // namespace barman::backup
