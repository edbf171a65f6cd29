// Against a running server: skipped unless BARMAN_TEST_CONNINFO names one (tests/integration/test_postgres.sh does).
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>

#include "barman/core/error.h"
#include "barman/postgres/server.h"
#include "barman/wal/segment.h"
#include "unit/failure_of.h"

namespace barman::postgres {
namespace {

using Clock = std::chrono::steady_clock;

const char* variable(const char* name) { return std::getenv(name); }

class Live : public testing::Test {
 protected:
  void SetUp() override {
    if (variable("BARMAN_TEST_CONNINFO") == nullptr) GTEST_SKIP() << "BARMAN_TEST_CONNINFO is not set";
  }
  Server server{variable("BARMAN_TEST_CONNINFO") ? variable("BARMAN_TEST_CONNINFO") : ""};
  Server superuser{variable("BARMAN_TEST_SUPERUSER_CONNINFO") ? variable("BARMAN_TEST_SUPERUSER_CONNINFO") : ""};
  Streaming streaming{variable("BARMAN_TEST_STREAMING_CONNINFO") ? variable("BARMAN_TEST_STREAMING_CONNINFO") : ""};
};

TEST_F(Live, TellsAboutItself) {
  EXPECT_GE(server.version(), 100000);
  EXPECT_EQ(server.version_text(),
            std::to_string(server.version() / 10000) + "." + std::to_string(server.version() % 10000));
  EXPECT_FALSE(server.is_in_recovery());
  EXPECT_FALSE(server.is_superuser());
  EXPECT_TRUE(server.has_backup_privileges());
  EXPECT_TRUE(server.has_monitoring_privileges());
  EXPECT_EQ(server.setting("wal_level"), "replica");
  EXPECT_EQ(server.setting("no_such_setting"), std::nullopt);
  EXPECT_TRUE(server.setting("data_directory")->starts_with('/'));
  EXPECT_EQ(server.segment_size(), 16u * 1024 * 1024);
  EXPECT_GT(server.cluster_size().value(), 1024 * 1024);
  EXPECT_EQ(server.synchronous_standby_names(), std::vector<std::string>{""});
  EXPECT_EQ(server.timeline(), 1u);
  const ConfigurationFiles files = server.configuration_files();
  EXPECT_TRUE(files.config_file && files.hba_file && files.ident_file);
}

TEST_F(Live, KnowsWhereItWrites) {
  const WalPosition position = server.current_position();
  EXPECT_TRUE(is_wal_segment(position.file.value()));
  const Lsn inside{position.lsn.value -
                   (*position.offset == 0 ? 1 : 0)};  // a boundary belongs to the segment before it
  EXPECT_EQ(*position.file, to_string(segment_at(inside, 1, server.segment_size())));
  EXPECT_EQ(*position.offset, offset_in_segment(position.lsn, server.segment_size()));
  const StreamingIdentity identity = streaming.identify();
  EXPECT_EQ(identity.systemid, server.system_identifier());
  EXPECT_EQ(identity.timeline, 1u);
  EXPECT_GE(identity.position, position.lsn);
}

TEST_F(Live, SwitchesOnlyWhenThereIsSomethingToClose) {
  std::string closed = "never asked";  // now and then the server writes something of its own in between
  for (int attempt = 0; attempt < 20 && !closed.empty(); ++attempt) closed = server.switch_wal();
  EXPECT_EQ(closed, "");
  superuser.create_restore_point("something");
  EXPECT_TRUE(is_wal_segment(server.switch_wal()));
}

TEST_F(Live, TakesABackupsStartAndStop) {
  const BackupStart start = server.start_backup("live test", true);
  EXPECT_EQ(start.file, to_string(segment_at(start.lsn, start.timeline, server.segment_size())));
  EXPECT_TRUE(server.keepalive());
  const BackupStop stop = server.stop_backup();
  EXPECT_GT(stop.lsn, start.lsn);
  EXPECT_NE(stop.label.find("LABEL: live test"), std::string::npos);
  EXPECT_NE(stop.label.find("START WAL LOCATION: " + to_string(start.lsn)), std::string::npos);
}

TEST_F(Live, ALostConnectionEndsABackupAndNothingElse) {
  const auto lose = [&] {
    superuser.connect();
    const std::string own = variable("BARMAN_TEST_SUPERUSER_CONNINFO");
    const auto killer = connect(own, "killer");
    killer->query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'barman' AND application_name = "
        "'barman'");
  };
  server.connect();
  lose();
  EXPECT_FALSE(server.is_in_recovery());
  server.start_backup("lost", true);
  lose();
  EXPECT_FALSE(server.keepalive());
  EXPECT_STREQ(failure_of([&] { server.stop_backup(); }).what(),
               "Connection to the Postgres server was lost during the backup.");
  server.close();
  EXPECT_FALSE(server.is_in_recovery());
}

TEST_F(Live, MakesAndDropsSlots) {
  streaming.create_physical_slot("live_test");
  EXPECT_EQ(server.slot("live_test")->restart_lsn, std::nullopt);
  EXPECT_FALSE(server.slot("live_test")->active);
  const auto why = [&](auto action) {
    try {
      action();
    } catch (const SlotError& error) {
      return error.why();
    }
    throw std::logic_error("nothing was thrown");
  };
  EXPECT_EQ(why([&] { streaming.create_physical_slot("live_test"); }), SlotError::Why::exists);
  streaming.drop_slot("live_test");
  EXPECT_EQ(why([&] { streaming.drop_slot("live_test"); }), SlotError::Why::missing);
  EXPECT_EQ(server.slot("live_test"), std::nullopt);
}

TEST_F(Live, RefusalsCarryTheServersWords) {
  const auto connection = connect(variable("BARMAN_TEST_CONNINFO"), "barman");
  EXPECT_EQ(connection->query("SELECT $1::int + $2", {"1", "2"}).rows[0][0], "3");
  EXPECT_EQ(connection->query("SELECT null").rows[0][0], std::nullopt);
  try {
    connection->query("SELECT * FROM no_such_table");
    FAIL();
  } catch (const QueryError& error) {
    EXPECT_EQ(error.sqlstate(), "42P01");
    EXPECT_STREQ(error.what(), "relation \"no_such_table\" does not exist");
  }
  EXPECT_TRUE(connection->alive());
  const Error refused = failure_of([] { connect("host=127.0.0.1 port=1 user=x dbname=x password=secret", "barman"); });
  EXPECT_EQ(refused.code(), Errc::postgres);
  EXPECT_NE(
      std::string(refused.what()).find("connection to server at \"127.0.0.1\", port 1 failed: Connection refused"),
      std::string::npos);
  EXPECT_EQ(std::string(refused.what()).find("secret"), std::string::npos);
}

TEST_F(Live, ADeadlineEndsAQueryAndLeavesTheConnectionUsable) {
  const auto connection = connect(variable("BARMAN_TEST_CONNINFO"), "barman");
  const auto begin = Clock::now();
  connection->set_deadline(begin + std::chrono::milliseconds(100));
  EXPECT_EQ(failure_of([&] { connection->query("SELECT pg_sleep(20)"); }).code(), Errc::timeout);
  EXPECT_LT(Clock::now() - begin, std::chrono::seconds(5));
  connection->set_deadline({});
  EXPECT_TRUE(connection->alive());
}

// A listening socket on loopback that nobody reads from.
class Mute {
 public:
  explicit Mute(int backlog) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    address_.sin_family = AF_INET;
    address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address_;
    EXPECT_EQ(::bind(socket_, reinterpret_cast<sockaddr*>(&address_), size), 0);
    EXPECT_EQ(::listen(socket_, backlog), 0);
    ::getsockname(socket_, reinterpret_cast<sockaddr*>(&address_), &size);
  }
  ~Mute() {
    ::close(socket_);
    for (const int client : clients_) ::close(client);
  }
  // Takes up the queue, so that the next connection is not even accepted by the kernel.
  void fill() {
    for (int i = 0; i < 4; ++i) {
      clients_.push_back(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
      ::connect(clients_.back(), reinterpret_cast<const sockaddr*>(&address_), sizeof address_);
    }
  }
  std::string port() const { return std::to_string(ntohs(address_.sin_port)); }

 private:
  int socket_;
  sockaddr_in address_{};
  std::vector<int> clients_;
};

TEST_F(Live, ConnectTimeoutIsHonoured) {
  const Mute mute(5);
  const std::string conninfo = "host=127.0.0.1 user=x dbname=x connect_timeout=2 port=" + mute.port();
  const auto begin = Clock::now();
  const Error error = failure_of([&] { connect(conninfo, "barman"); });
  EXPECT_EQ(error.code(), Errc::postgres);
  EXPECT_NE(std::string(error.what()).find("timeout expired"), std::string::npos) << error.what();
  EXPECT_LT(Clock::now() - begin, std::chrono::seconds(4));
  EXPECT_EQ(failure_of([&] { connect(conninfo, "barman", Clock::now() + std::chrono::milliseconds(50)); }).code(),
            Errc::timeout);
}

TEST_F(Live, TheNextHostIsTriedAfterATimeout) {
  Mute mute(0);
  mute.fill();
  const std::string ports = mute.port() + "," + variable("BARMAN_TEST_PORT");
  const auto connection =
      connect("host=127.0.0.1,127.0.0.1 port=" + ports + " user=barman dbname=postgres connect_timeout=2", "barman");
  EXPECT_TRUE(connection->alive());
}

}  // namespace
}  // namespace barman::postgres
