#include "barman/server/server_context.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "barman/archive/wal_archive.h"
#include "barman/catalog/annotations.h"
#include "barman/catalog/backup_catalog.h"
#include "barman/core/error.h"
#include "barman/fs/host.h"
#include "barman/fs/lock_file.h"
#include "barman/hooks/hooks.h"
#include "barman/postgres/server.h"
#include "fakes/notifier.h"
#include "fakes/postgres.h"
#include "fakes/runner.h"
#include "fakes/server_on_disk.h"

namespace barman {
namespace {

class OneServer : public testing::Test, protected fakes::ServerOnDisk {
 protected:
  OneServer() {
    config.conninfo = "host=pg";
    global.barman_home = directory.path();
    global.barman_lock_directory = path("locks");
  }

  ServerContext context() { return {global, config, notifier, postgres_server.connect()}; }

  config::GlobalConfig global;
  fakes::RecordingNotifier notifier;
  fakes::FakePostgres postgres_server;
};

TEST_F(OneServer, BuildsEachPartOnce) {
  ServerContext server = context();
  EXPECT_EQ(&server.backups(), &server.backups());
  EXPECT_EQ(&server.annotations(), &server.annotations());
  EXPECT_EQ(&server.archive(), &server.archive());
  EXPECT_EQ(&server.hooks(), &server.hooks());
  EXPECT_EQ(&server.local(), &server.local());
  EXPECT_EQ(&server.local_host(), &server.local_host());
  EXPECT_EQ(&server.postgres(), &server.postgres());
  EXPECT_EQ(&server.streaming(), &server.streaming());
}

TEST_F(OneServer, ConnectsOnlyWhenPostgresqlIsAsked) {
  ServerContext server = context();
  server.postgres();
  server.wal_postgres();
  EXPECT_EQ(postgres_server.connections, 0);
  server.postgres().system_identifier();
  EXPECT_EQ(postgres_server.connections, 1);
}

TEST_F(OneServer, NamesTheOptionThatIsMissing) {
  config.conninfo.reset();
  ServerContext server = context();
  try {
    server.postgres();
    FAIL() << "there is nothing to connect to";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Errc::config);
    EXPECT_STREQ(error.what(), "Missing 'conninfo' parameter for server 'main'");
    EXPECT_THAT(error.hint(), testing::HasSubstr("[main]"));
  }
}

TEST_F(OneServer, StreamsWithConninfoUnlessThereIsOneForIt) {
  EXPECT_THAT(context().streaming().conninfo(), testing::HasSubstr("pg"));
  config.streaming_conninfo = "host=stream";
  EXPECT_THAT(context().streaming().conninfo(), testing::HasSubstr("stream"));
}

TEST_F(OneServer, AsksForWalWhereTheConfigurationSays) {
  ServerContext same = context();
  EXPECT_EQ(&same.wal_postgres(), &same.postgres());
  EXPECT_EQ(&same.wal_streaming(), &same.streaming());
  config.wal_conninfo = "host=wal";
  config.wal_streaming_conninfo = "host=walstream";
  ServerContext other = context();
  EXPECT_NE(&other.wal_postgres(), &other.postgres());
  EXPECT_NE(&other.wal_streaming(), &other.streaming());
}

TEST_F(OneServer, HasNoPrimaryOfItsOwnAccord) {
  EXPECT_EQ(context().primary_postgres(), nullptr);
  config.primary_conninfo = "host=primary";
  EXPECT_NE(context().primary_postgres(), nullptr);
}

TEST_F(OneServer, UsesTheMachinesThatItIsGiven) {
  fakes::FakeRunner runner;
  const auto host = fs::make_local_host({}, {});
  ServerContext server(global, config, notifier,
                       ServerContext::Given{.local = &runner, .local_host = host.get(), .postgres_host = host.get()});
  EXPECT_EQ(&server.local(), &runner);
  EXPECT_EQ(&server.local_host(), host.get());
  EXPECT_EQ(&server.postgres_host(), host.get());
}

TEST_F(OneServer, SaysWhetherPostgresqlRunsHere) {
  config.ssh_command.reset();
  EXPECT_FALSE(context().postgres_host().is_remote());
  config.ssh_command = "ssh postgres@pg";
  EXPECT_TRUE(context().postgres_host().is_remote());
}

}  // namespace
}  // namespace barman
