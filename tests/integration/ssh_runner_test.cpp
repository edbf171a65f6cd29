// Both ways of running remote commands against a real sshd on loopback, as whoever runs the test.
#include "ssh_runner.h"

#include <dirent.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

#include "barman/core/error.h"
#include "barman/core/signals.h"
#include "barman/core/unique_fd.h"
#include "barman/exec/command.h"
#include "barman/exec/local_runner.h"
#include "barman/exec/programs.h"
#include "barman/exec/ssh.h"
#include "integration/sshd.h"
#include "unit/exec/runner_contract.h"

namespace barman::exec {
namespace {

std::vector<std::string> words(const std::string& config = "config") {
  return {"ssh", "-F", sshd().path(config), "pg"};
}

std::unique_ptr<Runner> connected_session() {
  auto runner = std::make_unique<SshRunner>(words(), "");
  EXPECT_TRUE(runner->run(command_of({"true"})).ok());
  EXPECT_TRUE(runner->has_session()) << sshd().read("log");
  return runner;
}
void keeps_its_session(Runner& runner) {
  EXPECT_TRUE(dynamic_cast<SshRunner&>(runner).has_session()) << "the session was lost on the way";
}
std::unique_ptr<Runner> ssh_program() { return std::make_unique<SshProgramRunner>(words(), ""); }

INSTANTIATE_TEST_SUITE_P(Ssh, RunnerContract,
                         testing::Values(RunnerKind{"libssh", connected_session, 50, 4s, keeps_its_session},
                                         RunnerKind{"program", ssh_program, 3, 4s}),
                         label_of);

TEST(Ssh, AProgramThatIsMissingOverThereIsAnOutcome) {
  EXPECT_EQ(connected_session()->run(command_of({"barman-no-such-program"})).status, 127);
  EXPECT_EQ(ssh_program()->run(command_of({"barman-no-such-program"})).status, 127);
}

// What a configuration leads to: with a session, or through the program with its outcome.
struct Tried {
  bool session = false;
  Outcome outcome;
};

Tried try_config(const std::vector<std::pair<std::string, std::string>>& changes, int commands = 1) {
  signals::install();
  sshd().write("tried_config", sshd().config("pg", changes));
  SshRunner runner(words("tried_config"), "");
  Tried tried;
  for (int i = 0; i < commands; ++i) tried.outcome = runner.run(command_of({"echo", "answer"}));
  tried.session = runner.has_session();
  return tried;
}

TEST(SshShortCut, HonoursTheConfigurationFile) {
  const Tried tried = try_config({});
  EXPECT_TRUE(tried.session);
  EXPECT_EQ(tried.outcome.out, "answer\n");
}

TEST(SshShortCut, IsWhatMakeSshRunnerGives) {
  const auto runner = make_ssh_runner(words());
  EXPECT_NE(dynamic_cast<SshRunner*>(runner.get()), nullptr);
  EXPECT_EQ(runner->run(command_of({"echo", "x"})).out, "x\n");
}

TEST(SshShortCut, AnUnknownHostKeyIsForTheProgram) {
  const Tried tried = try_config({{"UserKnownHostsFile", sshd().path("empty")}}, 2);
  EXPECT_FALSE(tried.session);
  EXPECT_EQ(tried.outcome.status, 255);
  EXPECT_NE(tried.outcome.err.find("Host key verification failed"), std::string::npos) << tried.outcome.err;
}

TEST(SshShortCut, StandsInOnceTheProgramHasAddedANewHostKey) {
  const std::string file = sshd().path("new_known_hosts");
  std::filesystem::remove(file);
  const Tried first = try_config({{"UserKnownHostsFile", file}, {"StrictHostKeyChecking", "no"}}, 1);
  EXPECT_FALSE(first.session);
  EXPECT_EQ(first.outcome.out, "answer\n");
  std::filesystem::remove(file);
  const Tried second = try_config({{"UserKnownHostsFile", file}, {"StrictHostKeyChecking", "no"}}, 2);
  EXPECT_TRUE(second.session);
  EXPECT_EQ(second.outcome.out, "answer\n");
}

TEST(SshShortCut, AChangedHostKeyIsNotAccepted) {
  sshd().write("changed", sshd().known_as("other_host_key.pub"));
  const Tried tried = try_config({{"UserKnownHostsFile", sshd().path("changed")}});
  EXPECT_FALSE(tried.session);
  EXPECT_EQ(tried.outcome.status, 255);
  EXPECT_NE(tried.outcome.err.find("IDENTIFICATION HAS CHANGED"), std::string::npos) << tried.outcome.err;
}

TEST(SshShortCut, ARevokedHostKeyIsNotAccepted) {
  sshd().write("revoked", sshd().known_as("host_key.pub") + "@revoked * " + sshd().read("host_key.pub"));
  const Tried tried = try_config({{"UserKnownHostsFile", sshd().path("revoked")}});
  EXPECT_FALSE(tried.session);
  EXPECT_EQ(tried.outcome.status, 255);
  EXPECT_NE(tried.outcome.err.find("REVOKED"), std::string::npos) << tried.outcome.err;
}

TEST(SshShortCut, AHashedKnownHostsFileWillDo) {
  sshd().write("hashed", sshd().read("known_hosts"));
  run_here({"ssh-keygen", "-q", "-H", "-f", sshd().path("hashed")});
  EXPECT_TRUE(try_config({{"UserKnownHostsFile", sshd().path("hashed")}}).session);
}

TEST(SshShortCut, ARefusedKeyGivesTheProgramsText) {
  const Tried tried = try_config({{"IdentityFile", sshd().path("stranger_key")}, {"User", "nobody"}});
  EXPECT_FALSE(tried.session);
  EXPECT_EQ(tried.outcome.status, 255);
  EXPECT_NE(tried.outcome.err.find("Permission denied"), std::string::npos) << tried.outcome.err;
}

TEST(SshShortCut, ALockedKeyAsksNobody) {
  sshd().write("tried_config", sshd().config("pg", {}));
  std::string text = sshd().read("tried_config");
  text.replace(text.find("client_key"), 10, "locked_key");
  sshd().write("tried_config", text);
  SshRunner runner(words("tried_config"), "");
  EXPECT_EQ(runner.run(command_of({"true"})).status, 255);
  EXPECT_FALSE(runner.has_session());
}

TEST(SshShortCut, AProxyIsForTheProgram) {
  const Tried tried = try_config({{"ProxyCommand", "/usr/sbin/sshd -i -f " + sshd().path("sshd_config")}});
  EXPECT_FALSE(tried.session);
  EXPECT_EQ(tried.outcome.out, "answer\n") << tried.outcome.err;
}

TEST(SshShortCut, AKeyThatOthersMayReadIsNotUsed) {
  const std::string key = sshd().path("open_key");
  std::filesystem::copy_file(sshd().path("client_key"), key, std::filesystem::copy_options::overwrite_existing);
  ::chmod(key.c_str(), 0644);
  std::string text = sshd().config("pg", {});
  text.replace(text.find("client_key"), 10, "open_key");
  sshd().write("tried_config", text);
  SshRunner runner(words("tried_config"), "");
  const Outcome outcome = runner.run(command_of({"true"}));
  EXPECT_EQ(outcome.status, 255);
  EXPECT_NE(outcome.err.find("UNPROTECTED PRIVATE KEY"), std::string::npos) << outcome.err;
  EXPECT_FALSE(runner.has_session());
}

TEST(SshShortCut, AgentKeysWillDo) {
  const std::string socket = sshd().path("agent");
  const std::string started = run_here({"ssh-agent", "-s", "-a", socket}).out;
  const std::size_t at = started.find("SSH_AGENT_PID=") + 14;
  const pid_t agent = std::stoi(started.substr(at));
  ::setenv("SSH_AUTH_SOCK", socket.c_str(), 1);
  run_here({"ssh-add", "-q", sshd().path("client_key")});
  std::string text = sshd().config("pg", {{"IdentityAgent", "SSH_AUTH_SOCK"}});
  text.replace(text.find("client_key"), 10, "no_such_key");
  sshd().write("tried_config", text);
  SshRunner runner(words("tried_config"), "");
  EXPECT_EQ(runner.run(command_of({"echo", "answer"})).out, "answer\n");
  EXPECT_TRUE(runner.has_session());
  ::unsetenv("SSH_AUTH_SOCK");
  ::kill(agent, SIGTERM);
}

TEST(SshShortCut, ALostConnectionIsMadeAgain) {
  signals::install();
  SshRunner runner(words(), "");
  ASSERT_TRUE(runner.run(command_of({"true"})).ok());
  ASSERT_TRUE(runner.has_session());
  // The process of this connection, with or without a login shell in between.
  const Outcome lost = runner.run(
      script("p=$PPID; case $(cat /proc/$p/comm) in sshd*) ;; *) p=$(ps -o ppid= -p $p) ;; esac; kill -9 $p; sleep 5"));
  EXPECT_EQ(lost.status, 255);
  EXPECT_NE(lost.err, "");
  EXPECT_EQ(runner.run(command_of({"echo", "again"})).out, "again\n");
  EXPECT_TRUE(runner.has_session());
}

// ssh itself says 255 and nothing more.
TEST(SshShortCut, KnowsTheSignalThatEndedTheCommand) {
  SshRunner runner(words(), "");
  EXPECT_EQ(runner.run(script("kill -KILL $$")).status, 128 + SIGKILL);
  EXPECT_TRUE(runner.has_session());
}

TEST(SshShortCut, LeavesNothingOpen) {
  signals::install();
  {
    SshRunner first(words(), "");  // loads the library
    first.run(command_of({"true"}));
  }
  const std::size_t before = open_descriptors();
  for (int i = 0; i < 3; ++i) {
    SshRunner runner(words(), "");
    EXPECT_TRUE(runner.run(command_of({"true"})).ok());
    EXPECT_TRUE(runner.has_session());
  }
  EXPECT_EQ(open_descriptors(), before);
}

TEST(SshShortCut, LibsshIsNotLinked) {
  EXPECT_EQ(run_here({"ldd", own_executable()}).out.find("libssh"), std::string::npos);
}

}  // namespace
}  // namespace barman::exec
