// Both ways of running remote commands against a real sshd on loopback, as whoever runs the test.
#include "ssh_runner.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
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
#include "unit/exec/runner_contract.h"

namespace barman::exec {
namespace {

Outcome run_here(std::vector<std::string> argv) {
  Command command(std::move(argv), Limits::within(std::chrono::minutes(1)));
  command.log_output = false;
  Outcome outcome = LocalRunner("/usr/sbin:/sbin").run(command);
  if (!outcome.ok()) throw std::runtime_error(describe(command, outcome));
  return outcome;
}

// One sshd for all tests, with its keys and a client configuration that leaves the user's own alone.
class Sshd {
 public:
  Sshd() {
    std::string pattern = std::filesystem::temp_directory_path() / "barman-sshd-XXXXXX";
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp");
    directory_ = pattern;
    port_ = free_port();
    for (const char* name : {"host_key", "other_host_key", "client_key", "stranger_key"})
      run_here({"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "test", "-f", path(name)});
    run_here({"ssh-keygen", "-q", "-t", "ed25519", "-N", "secret", "-C", "test", "-f", path("locked_key")});
    write("authorized_keys", read("client_key.pub") + read("locked_key.pub"));
    write("known_hosts", known_as("host_key.pub"));
    write("sshd_config", "ListenAddress 127.0.0.1\nPort " + std::to_string(port_) + "\nHostKey " + path("host_key") +
                             "\nAuthorizedKeysFile " + path("authorized_keys") +
                             "\nPidFile none\nStrictModes no\nUsePAM no\nPasswordAuthentication no\n"
                             "KbdInteractiveAuthentication no\nKexAlgorithms curve25519-sha256\nPermitRootLogin "
                             "yes\nMaxSessions 100\nMaxStartups 100\n"
                             // What the user's shell starts with may take long, or wait for a lock of its own.
                             "SetEnv HOME=" +
                             directory_ + "\n");
    write("config", config("pg", {}));
    start();
  }
  Sshd(const Sshd&) = delete;
  Sshd& operator=(const Sshd&) = delete;
  ~Sshd() {
    ::kill(pid_, SIGTERM);
    ::waitpid(pid_, nullptr, 0);
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }

  std::string path(const std::string& name) const { return directory_ + "/" + name; }
  void write(const std::string& name, const std::string& text) const { std::ofstream(path(name)) << text; }
  std::string read(const std::string& name) const {
    std::ifstream file(path(name));
    return {std::istreambuf_iterator<char>(file), {}};
  }
  std::string known_as(const std::string& public_key) const {
    return "[127.0.0.1]:" + std::to_string(port_) + " " + read(public_key);
  }

  // A client configuration; `changes` replace or add settings.
  std::string config(const std::string& alias, const std::vector<std::pair<std::string, std::string>>& changes) const {
    std::string text = "Host " + alias + "\n";
    for (const auto& [key, value] : changes) text += key + " " + value + "\n";  // the first value counts
    return text + "HostName 127.0.0.1\nPort " + std::to_string(port_) + "\nUser " + user() + "\nIdentityFile " +
           path("client_key") + "\nUserKnownHostsFile " + path("known_hosts") +
           "\nGlobalKnownHostsFile none\nBatchMode yes\nStrictHostKeyChecking yes\nIdentityAgent none\n";
  }

  static std::string user() { return ::getpwuid(::geteuid())->pw_name; }

 private:
  static int free_port() {
    const UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        ::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0)
      throw std::runtime_error("no free port");
    return ntohs(address.sin_port);
  }

  void start() {
    if (::geteuid() == 0) ::mkdir("/run/sshd", 0755);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGTERM);  // also when the test is killed
      ::execl("/usr/sbin/sshd", "/usr/sbin/sshd", "-D", "-f", path("sshd_config").c_str(), "-E", path("log").c_str(),
              nullptr);
      ::_exit(127);
    }
    const auto limit = Clock::now() + 10s;
    while (!answers()) {
      if (Clock::now() > limit || ::waitpid(pid_, nullptr, WNOHANG) != 0)
        throw std::runtime_error("sshd does not start: " + read("log"));
      std::this_thread::sleep_for(10ms);
    }
  }

  bool answers() const {
    const UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port_));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return ::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }

  std::string directory_;
  int port_ = 0;
  pid_t pid_ = -1;
};

Sshd& sshd() {
  static Sshd server;
  return server;
}

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
