#include "encryption.h"

#include <gtest/gtest.h>

namespace barman::backup {
namespace {

TEST(ClearTarball, IsWhatWouldShowTheBackup) {
  for (const char* name : {"base.tar", "base.tar.gz", "16386.tar.zst", "16386.tar.lz4"})
    EXPECT_TRUE(is_clear_tarball(name)) << name;
  for (const char* name :
       {"base.tar.gpg", "base.tar.gz.gpg", "16386.tar.gpg", "backup_manifest", ".base.tar.gpg.tmp", "tar", "x.target"})
    EXPECT_FALSE(is_clear_tarball(name)) << name;
}

}  // namespace
}  // namespace barman::backup
