#include "outside_files.h"

#include <gmock/gmock.h>

namespace barman::backup {
namespace {

TEST(OutsideFiles, HaveAPlaceOnlyBelowOurDirectory) {
  EXPECT_TRUE(can_be_kept("/etc/postgresql/15/main/pg_hba.conf"));
  EXPECT_TRUE(can_be_kept("/etc/..data/pg_hba.conf"));
  EXPECT_FALSE(can_be_kept("pg_hba.conf"));
  EXPECT_FALSE(can_be_kept(""));
  EXPECT_FALSE(can_be_kept("/etc/../../root/.ssh/authorized_keys"));
  EXPECT_FALSE(can_be_kept("/etc/.."));
  EXPECT_FALSE(can_be_kept("/etc/postgresql/"));
}

}  // namespace
}  // namespace barman::backup
