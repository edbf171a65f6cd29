#include "barman/exec/pg_tools.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "barman/exec/local_runner.h"
#include "scratch.h"

namespace barman::exec {
namespace {

std::string answering(const std::string& text) { return "#!/bin/sh\ntest \"$1\" = --version && echo '" + text + "'\n"; }

TEST(PgTools, ReadsTheVersionWord) {
  const Scratch scratch;
  const std::vector<std::pair<std::string, std::pair<std::string, int>>> table = {
      {"pg_basebackup (PostgreSQL) 15.20 (Debian 15.20-1.pgdg120+1)", {"15.20", 15}},
      {"pg_basebackup (PostgreSQL) 9.6.24", {"9.6.24", 9}},
      {"pg_basebackup (PostgreSQL) 18beta1", {"18beta1", 18}},
      {"pg_basebackup", {"", 0}},
  };
  for (const auto& [text, want] : table) {
    scratch.write("pg_basebackup", answering(text), 0755);
    const auto tool = find_pg_basebackup(scratch.path());
    ASSERT_TRUE(tool);
    EXPECT_EQ(tool->path, scratch.path("pg_basebackup"));
    EXPECT_EQ(tool->version, want.first) << text;
    EXPECT_EQ(tool->major(), want.second) << text;
  }
}

TEST(PgTools, IsAskedOnceAsLongAsItIsTheSameFile) {
  const Scratch scratch;
  const auto write = [&](const std::string& version) {
    scratch.write("pg_basebackup",
                  "#!/bin/sh\necho asked >>" + scratch.path("log") + "\necho 'x (y) " + version + "'\n", 0755);
  };
  write("15.1");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(find_pg_basebackup(scratch.path())->version, "15.1");
  EXPECT_EQ(scratch.read("log"), "asked\n");
  write("15.22");
  EXPECT_EQ(find_pg_basebackup(scratch.path())->version, "15.22");
}

TEST(PgTools, AToolThatFailsHasNoVersion) {
  const Scratch scratch;
  scratch.write("pg_verifybackup", "#!/bin/sh\necho 'x (y) 15.1'\nexit 1\n", 0755);
  EXPECT_EQ(find_pg_verifybackup(scratch.path())->version, "");
  scratch.write("pg_verifybackup", "not executable by the kernel", 0755);
  EXPECT_EQ(find_pg_verifybackup(scratch.path())->version, "");
}

TEST(PgTools, TakesTheFirstAlternativeOfTheFirstDirectory) {
  const Scratch first, second;
  first.write("pg_receivexlog", answering("pg_receivexlog (PostgreSQL) 9.6.1"), 0755);
  second.write("pg_receivewal", answering("pg_receivewal (PostgreSQL) 15.1"), 0755);
  const std::string both = first.path() + ":" + second.path();
  EXPECT_EQ(find_pg_receivewal(both)->path, first.path("pg_receivexlog"));
  first.write("pg_receivewal", answering("pg_receivewal (PostgreSQL) 14.1"), 0755);
  EXPECT_EQ(find_pg_receivewal(both)->version, "14.1");
  EXPECT_FALSE(find_pg_tool({"barman-no-such-tool"}, both));
}

TEST(PgTools, LooksWhereDebianKeepsEachVersion) {
  const Scratch scratch, path;
  const std::string root = scratch.path();
  const std::vector<std::string> names = {"barman-no-such-tool"};
  const auto install = [&](const std::string& version) {
    ASSERT_TRUE(std::filesystem::create_directories(root + "/" + version + "/bin"));
    scratch.write(version + "/bin/barman-no-such-tool", answering("x (PostgreSQL) " + version), 0755);
  };
  EXPECT_FALSE(find_pg_tool(names, path.path(), root + "/missing"));
  EXPECT_FALSE(find_pg_tool(names, path.path(), root));
  for (const char* version : {"9.6", "9", "15", "not-a-version"}) install(version);
  ASSERT_TRUE(std::filesystem::create_directories(root + "/17/bin"));  // has no such tool
  EXPECT_EQ(find_pg_tool(names, path.path(), root)->path, root + "/15/bin/barman-no-such-tool");
  install("100");
  EXPECT_EQ(find_pg_tool(names, path.path(), root)->version, "100");
  path.write("barman-no-such-tool", answering("x (PostgreSQL) 14.1"), 0755);
  EXPECT_EQ(find_pg_tool(names, path.path(), root)->version, "14.1");
}

TEST(PgTools, AreListedInTheOrderOfThePath) {
  const Scratch first, second;
  first.write("pg_combinebackup", answering("pg_combinebackup (PostgreSQL) 17.2"), 0755);
  first.write("other", answering("x"), 0755);
  second.write("pg_combinebackup", "#!/bin/sh\nexit 1\n", 0755);
  LocalRunner runner(first.path() + ":" + second.path());
  const auto found = list_pg_tools(runner, "pg_combinebackup", std::chrono::seconds(60));
  ASSERT_GE(found.size(), 2U);  // and whatever this machine has
  EXPECT_EQ(found[0].path, first.path("pg_combinebackup"));
  EXPECT_EQ(found[0].major(), 17);
  EXPECT_EQ(found[1].path, second.path("pg_combinebackup"));
  EXPECT_EQ(found[1].version, "");
}

}  // namespace
}  // namespace barman::exec
