#include "barman/fs/tree.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "barman/fs/file.h"

namespace barman::fs {
namespace {

TEST(MeasureTree, CountsFilesAndThoseNotShared) {
  const TemporaryDirectory directory("barman-test-");
  const std::string root = directory.path() + "/b";
  make_directories(root + "/data/base");
  replace_file(directory.path() + "/older", "12345");
  ASSERT_EQ(::link((directory.path() + "/older").c_str(), (root + "/data/base/1").c_str()), 0);
  replace_file(root + "/data/own", "123");
  make_symlink(root, root + "/data/link");
  const TreeSize size = measure_tree(root);
  EXPECT_EQ(size.all, 8);
  EXPECT_EQ(size.own, 3);
  EXPECT_EQ(measure_tree(root, "data/own").own, 0);
  EXPECT_NO_THROW(sync_tree(root));
}

struct ReleaseCase {
  const char* label;
  std::string_view release;
  bool want;
};

class SyncfsTellsFailures : public testing::TestWithParam<ReleaseCase> {};

TEST_P(SyncfsTellsFailures, SinceLinux58) { EXPECT_EQ(syncfs_reports_failures(GetParam().release), GetParam().want); }

INSTANTIATE_TEST_SUITE_P(Releases, SyncfsTellsFailures,
                         testing::Values(ReleaseCase{"debian12", "6.1.0-18-amd64", true},
                                         ReleaseCase{"first", "5.8.0", true}, ReleaseCase{"before", "5.7.19", false},
                                         ReleaseCase{"rhel8", "4.18.0-553.el8.x86_64", false},
                                         ReleaseCase{"two_digits", "5.10.0-9", true},
                                         ReleaseCase{"short_form", "6.1-rc1", true},
                                         ReleaseCase{"nonsense", "x", false}),
                         [](const auto& row) { return std::string(row.param.label); });

}  // namespace
}  // namespace barman::fs
