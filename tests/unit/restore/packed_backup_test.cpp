#include "packed_backup.h"

#include <gtest/gtest.h>

#include "barman/core/error.h"

namespace barman::restore {
namespace {

catalog::BackupInfo gzipped() {
  catalog::BackupInfo backup;
  backup.compression = "gzip";
  return backup;
}

TEST(PackedBackup, FindsItsArchives) {
  const PackedBackup packed("/b/data", gzipped(), {"16386.tar.gz", "backup_manifest", "base.tar.gz"});
  EXPECT_EQ(packed.base_archive(), "/b/data/base.tar.gz");
  EXPECT_EQ(packed.tablespace_archive(16386), "/b/data/16386.tar.gz");
  EXPECT_EQ(packed.manifest(), "/b/data/backup_manifest");
  EXPECT_THROW(packed.tablespace_archive(1), Error);
}

TEST(PackedBackup, RefusesADirectoryWithoutBase) {
  EXPECT_THROW(PackedBackup("/b/data", gzipped(), {"backup_manifest", "base.tar.gz.gpg"}), Error);
}

TEST(TarArgv, NamesTheProgramThatDecompresses) {
  EXPECT_EQ(tar_argv("gzip", "/a/base.tar.gz", "/d", {}),
            (std::vector<std::string>{"tar", "--extract", "--gzip", "--file=/a/base.tar.gz", "--directory=/d",
                                      "--force-local", "--anchored", "--checkpoint=1000", "--checkpoint-action=dot"}));
  EXPECT_EQ(tar_argv("zstd", "/a", "/d", {})[2], "--use-compress-program=zstd");
  EXPECT_EQ(tar_argv("none", "/a", "/d", {})[2], "--file=/a");
}

TEST(PackedBackup, FindsItsEncryptedArchivesOnly) {
  catalog::BackupInfo backup = gzipped();
  backup.encryption = "gpg";
  const PackedBackup packed("/b/data", backup, {"16386.tar.gz.gpg", "backup_manifest", "base.tar", "base.tar.gz.gpg"});
  EXPECT_EQ(packed.base_archive(), "/b/data/base.tar.gz.gpg");
  EXPECT_EQ(packed.tablespace_archive(16386), "/b/data/16386.tar.gz.gpg");
  EXPECT_THROW(PackedBackup("/b/data", backup, {"base.tar.gz"}), Error);
}

}  // namespace
}  // namespace barman::restore
