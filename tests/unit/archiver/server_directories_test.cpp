#include "barman/archiver/server_directories.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "archiver_fixture.h"
#include "barman/core/error.h"

namespace barman::archiver {
namespace {

class Home : public ArchiverFixture {
 protected:
  std::string refusal() {
    try {
      HomeGuard(config, directory.path()).require_home();
      return {};
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), Errc::refused);
      return error.what();
    }
  }
  void is_not_mounted() {
    fs::remove_tree(path("main"));
    fs::make_directories(path("main/incoming"));  // as check makes it
  }
};

TEST_F(Home, ANewServerIsWelcome) {
  EXPECT_EQ(refusal(), "");
  is_not_mounted();
  EXPECT_EQ(refusal(), "");
}

TEST_F(Home, WhereTheServerHadItsIdentityItMustBe) {
  HomeGuard guard(config, directory.path());
  guard.note_home();
  is_not_mounted();
  EXPECT_EQ(refusal(), "") << "it had none";
  put("identity.json", "{}");
  guard.note_home();
  EXPECT_EQ(refusal(), "");
  is_not_mounted();
  EXPECT_THAT(refusal(), testing::HasSubstr("is its file system mounted?"));
  put("identity.json", "{}");
  EXPECT_EQ(refusal(), "");
}

TEST_F(Home, AServerThatWasWipedBeforeItsFirstBackupIsANewOne) {
  put("wals/main-xlog.db", "");
  HomeGuard(config, directory.path()).note_home();
  is_not_mounted();
  EXPECT_EQ(refusal(), "");
}

}  // namespace
}  // namespace barman::archiver
