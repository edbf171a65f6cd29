#include "remote.h"

#include <gtest/gtest.h>

namespace barman::clients {
namespace {

using Words = std::vector<std::string>;

TEST(PutWalArgv, IsTheReferences) {
  EXPECT_EQ(put_wal_argv({"h", "barman", {}, {}}, "main", false),
            (Words{"ssh", "-q", "-T", "barman@h", "barman", "put-wal", "main"}));
  EXPECT_EQ(
      put_wal_argv({"h", "u", "22", "/a b/c.conf"}, "main", true),
      (Words{"ssh", "-p", "22", "-q", "-T", "u@h", "barman", "--config='/a b/c.conf'", "put-wal", "main", "--test"}));
}

TEST(PutWalArgv, QuotesWhatAShellWouldSplit) {
  EXPECT_EQ(put_wal_argv({"h", "u", {}, "/c'd"}, "my server", false),
            (Words{"ssh", "-q", "-T", "u@h", "barman", R"(--config='/c'\''d')", "put-wal", "'my server'"}));
}

TEST(GetWalArgv, IsTheReferences) {
  const Remote plain = {"h", "barman", {}, {}};
  EXPECT_EQ(get_wal_argv(plain, {"main", "W"}), (Words{"ssh", "-q", "-T", "barman@h", "barman", "get-wal 'main' 'W'"}));
  GetWalRequest every = {"main", "W"};
  every.peek = 3;
  every.gzip = every.bzip2 = every.keep_compression = every.partial = true;
  EXPECT_EQ(get_wal_argv({"h", "u", "22", "/c.conf"}, every),
            (Words{"ssh", "-p", "22", "-q", "-T", "u@h", "barman", "--config /c.conf",
                   "get-wal --peek '3' --gzip --bzip2 --keep-compression --partial 'main' 'W'"}));
  GetWalRequest test = {"main", "ignored"};
  test.test = test.partial = true;
  EXPECT_EQ(get_wal_argv(plain, test).back(), "get-wal --test --partial 'main' 'dummy_wal_name'");
}

TEST(GetWalArgv, QuotesWhatAShellWouldSplit) {
  const auto argv = get_wal_argv({"h", "u", {}, "/a b"}, {"it's", "W x"});
  EXPECT_EQ(argv[5], "--config '/a b'");
  EXPECT_EQ(argv[6], R"(get-wal 'it'\''s' 'W x')");
}

}  // namespace
}  // namespace barman::clients
