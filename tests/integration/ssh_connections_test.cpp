// Runs of the ssh program that share connections, against a real sshd on loopback.
#include "ssh_connections.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "barman/core/text.h"
#include "barman/exec/local_runner.h"
#include "integration/sshd.h"

namespace barman::fs {
namespace {

using exec::sshd;
using testing::Each;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::chrono::seconds patience{20};

std::vector<std::string> words(const std::string& config = "config") {
  return {"ssh", "-F", sshd().path(config), "pg"};
}

exec::Outcome run(const std::vector<std::string>& ssh_words, const std::string& remote) {
  std::vector<std::string> argv = ssh_words;
  argv.push_back(remote);
  return exec::LocalRunner().run(exec::Command(std::move(argv), exec::Limits::within(patience)));
}

// Connections are told by the port at our end.
std::string client_of(const SshConnections::Way& way) {
  const exec::Outcome outcome = run(way.ssh_words, "echo $SSH_CLIENT");
  EXPECT_TRUE(outcome.ok()) << outcome.err;
  return std::string(trim(outcome.out));
}

std::string control_path(const SshConnections::Way& way) {
  return way.ssh_words.back().substr(std::string_view("ControlPath=").size());
}

std::vector<std::string> masters() {
  std::vector<std::string> found;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    std::ifstream file(entry.path() / "cmdline");
    const std::string line(std::istreambuf_iterator<char>(file), {});
    if (line.find("ControlMaster=yes") != std::string::npos && line.find(sshd().path("")) != std::string::npos)
      found.push_back(line);
  }
  return found;
}

TEST(SshConnections, AreUsedAgainByOneAfterTheOther) {
  SshConnections connections(words(), "", patience);
  const std::string first = client_of(connections.borrow());
  EXPECT_EQ(client_of(connections.borrow()), first);
  EXPECT_THAT(masters(), SizeIs(1));
}

TEST(SshConnections, AreAsManyAsAreUsedAtOnce) {
  SshConnections connections(words(), "", patience);
  {
    const auto one = connections.borrow(), two = connections.borrow();
    EXPECT_NE(client_of(one), client_of(two));
    EXPECT_EQ(client_of(one), client_of(one));
  }
  connections.borrow();
  EXPECT_THAT(masters(), SizeIs(2));
}

TEST(SshConnections, EndWithTheirOwner) {
  std::optional<SshConnections> connections(std::in_place, words(), "", patience);
  std::optional<SshConnections::Way> kept = connections->borrow();
  connections->borrow();
  const std::string socket = control_path(*kept);
  connections.reset();
  EXPECT_EQ(client_of(*kept), client_of(*kept)) << "what is in use goes on";
  kept.reset();
  EXPECT_THAT(masters(), IsEmpty());
  EXPECT_FALSE(std::filesystem::exists(std::filesystem::path(socket).parent_path())) << "nothing is left of it";
}

TEST(SshConnections, ThatAreLostAreOpenedAgain) {
  SshConnections connections(words(), "", patience);
  auto way = connections.borrow();
  const std::string first = client_of(way);
  run({"ssh", "-F", sshd().path("config"), "-O", "exit", "-o", "ControlPath=" + control_path(way)}, "pg");
  EXPECT_NE(client_of(way), first) << "whoever has it connects by itself";
  way.kept.reset();
  const auto next = connections.borrow();
  EXPECT_NE(next.kept, nullptr);
  EXPECT_EQ(client_of(next), client_of(next));
}

struct NotShared {
  const char* label;
  std::vector<std::pair<std::string, std::string>> settings;
};
class SshConnectionsOf : public testing::TestWithParam<NotShared> {};

// The words are as they were, and ssh does with them what it would have done.
TEST_P(SshConnectionsOf, AreNone) {
  sshd().write("not_shared", sshd().config("pg", GetParam().settings));
  SshConnections connections(words("not_shared"), "", patience);
  for (int i = 0; i < 2; ++i) {
    const auto way = connections.borrow();
    EXPECT_EQ(way.ssh_words, words("not_shared"));
    EXPECT_EQ(way.kept, nullptr);
  }
}

INSTANTIATE_TEST_SUITE_P(Settings, SshConnectionsOf,
                         testing::Values(NotShared{"users_own", {{"ControlPath", "/tmp/barman-%C"}}},
                                         NotShared{"unknown_host", {{"UserKnownHostsFile", "/nowhere/known_hosts"}}},
                                         NotShared{"passphrase",
                                                   {{"IdentityFile", "/nowhere/key"},
                                                    {"IdentitiesOnly", "yes"},
                                                    {"PubkeyAuthentication", "no"}}},
                                         NotShared{"nobody_there", {{"Port", "1"}}}),
                         [](const auto& each) { return each.param.label; });

TEST(SshConnections, AreNoneOfAnotherProgram) {
  SshConnections connections({"/bin/true", "pg"}, "", patience);
  EXPECT_EQ(connections.borrow().ssh_words, (std::vector<std::string>{"/bin/true", "pg"}));
}

TEST(SshConnections, AreNoneWhereASocketCannotBeNamed) {
  const std::string deep = sshd().path(std::string(80, 'd'));
  std::filesystem::create_directories(deep);
  ::setenv("TMPDIR", deep.c_str(), 1);
  SshConnections connections(words(), "", patience);
  EXPECT_EQ(connections.borrow().kept, nullptr);
  ::unsetenv("TMPDIR");
}

}  // namespace
}  // namespace barman::fs
