#include "barman/fs/unpublished_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

namespace barman::fs {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class UnpublishedFiles : public testing::TestWithParam<bool> {
 protected:
  std::vector<std::string> names() const { return list_directory(directory.path()); }
  TemporaryDirectory directory{"unpublished-test-"};
};

TEST_P(UnpublishedFiles, AppearWholeAndWithTheirMode) {
  UnpublishedFile file(directory.path(), GetParam());
  write_all(file.fd(), "content", file.path());
  EXPECT_EQ(stat_if_exists(file.path())->st_mode & 07777, 0600U);
  for (const std::string& name : names()) EXPECT_THAT(name, testing::MatchesRegex("\\.incoming\\.[0-9a-f]{16}\\.tmp"));
  file.finish();
  EXPECT_EQ(read_file(file.path()), "content");
  EXPECT_TRUE(file.publish("name"));
  EXPECT_THAT(names(), ElementsAre("name"));
  EXPECT_EQ(read_file(directory.path() + "/name"), "content");
  replace_file(directory.path() + "/other", "x");
  EXPECT_EQ(stat_if_exists(directory.path() + "/name")->st_mode, stat_if_exists(directory.path() + "/other")->st_mode);
}

TEST_P(UnpublishedFiles, ReplaceNothing) {
  replace_file(directory.path() + "/name", "first");
  {
    UnpublishedFile file(directory.path(), GetParam());
    write_all(file.fd(), "second", file.path());
    file.finish();
    EXPECT_FALSE(file.publish("name"));
    EXPECT_EQ(read_file(file.path()), "second");
  }
  EXPECT_THAT(names(), ElementsAre("name"));
  EXPECT_EQ(read_file(directory.path() + "/name"), "first");
}

TEST_P(UnpublishedFiles, LeaveNothing) {
  {
    UnpublishedFile file(directory.path(), GetParam());
    write_all(file.fd(), "content", file.path());
    UnpublishedFile moved(std::move(file));
  }
  EXPECT_THAT(names(), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Names, UnpublishedFiles, testing::Bool(),
                         [](const auto& row) { return row.param ? "hidden" : "none"; });

TEST(UnpublishedFileErrors, SayWhichDirectoryIsMissing) {
  EXPECT_THROW(UnpublishedFile("/nonexistent/directory"), std::exception);
}

}  // namespace
}  // namespace barman::fs
