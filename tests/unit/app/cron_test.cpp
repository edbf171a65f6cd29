#include <gtest/gtest.h>

#include "barman/app/processes.h"
#include "barman/app/status.h"

namespace barman::app {
namespace {

TEST(Children, AreCalledAsOperatorsSeeThem) {
  const std::vector<std::string> want = {"/usr/bin/barman", "-c",   "/etc/barman.conf", "-q",
                                         "check-backup",    "main", "20260101T000000"};
  EXPECT_EQ(child_command("/usr/bin/barman", "/etc/barman.conf", {"check-backup", "main", "20260101T000000"}), want);
}

TEST(ReceiverUnit, ExistsForPlainNames) {
  EXPECT_EQ(receive_wal_unit_name("main"), "barman-receive-wal@main.service");
  EXPECT_EQ(receive_wal_unit_name("9.a_b-c"), "barman-receive-wal@9.a_b-c.service");
  for (const char* name : {"", "-a", "a b", "a/b", "a@b", "\xc3\xa9"})
    EXPECT_EQ(receive_wal_unit_name(name), std::nullopt) << name;
}

TEST(WalOverrides, AreToldWithTheConnectionsTheyReplace) {
  config::ServerConfig config;
  EXPECT_EQ(wal_overrides_text(config), "");
  config.wal_conninfo = "host=w";
  EXPECT_EQ(wal_overrides_text(config), "Configuration overrides applied: 'conninfo' overridden with 'host=w'");
  config.wal_streaming_conninfo = "host=s";
  EXPECT_EQ(wal_overrides_text(config),
            "Configuration overrides applied: 'streaming_conninfo' overridden with 'host=s' and 'conninfo' overridden "
            "with 'host=w'");
  config.wal_conninfo.reset();
  EXPECT_EQ(wal_overrides_text(config),
            "Configuration overrides applied: 'streaming_conninfo' overridden with 'host=s' and 'conninfo' overridden "
            "with 'host=s'");
}

}  // namespace
}  // namespace barman::app
