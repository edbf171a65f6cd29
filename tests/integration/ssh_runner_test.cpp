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
#include "barman/core/text.h"
#include "barman/core/unique_fd.h"
#include "barman/exec/cancellation.h"
#include "barman/exec/local_runner.h"
#include "barman/exec/ssh.h"

namespace barman::exec {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

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
                             "yes\nMaxSessions 100\nMaxStartups 100\n");
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

Command remote(std::vector<std::string> argv) {
  Command command(std::move(argv), Limits::within(std::chrono::minutes(1)));
  command.log_output = false;
  return command;
}
Command script(const std::string& text) { return remote({"sh", "-c", text}); }

std::size_t open_descriptors() {
  std::size_t count = 0;
  DIR* directory = ::opendir("/proc/self/fd");
  while (::readdir(directory) != nullptr) ++count;
  ::closedir(directory);
  return count;
}

enum class Way { libssh, program };

class BothWays : public testing::TestWithParam<Way> {
 protected:
  void SetUp() override {
    signals::install();
    if (GetParam() == Way::program) {
      runner_ = std::make_unique<SshProgramRunner>(words(), "");
      return;
    }
    auto runner = std::make_unique<SshRunner>(words(), "");
    short_cut_ = runner.get();
    runner_ = std::move(runner);
    ASSERT_TRUE(runner_->run(remote({"true"})).ok());
    ASSERT_TRUE(short_cut_->has_session()) << sshd().read("log");
  }
  void TearDown() override {
    EXPECT_TRUE(short_cut_ == nullptr || short_cut_->has_session()) << "the session was lost on the way";
    signals::clear();
  }
  Outcome run(const Command& command) { return runner_->run(command); }

  std::unique_ptr<Runner> runner_;
  SshRunner* short_cut_ = nullptr;
};

TEST_P(BothWays, StatusAndStreams) {
  for (const int status : {0, 1, 12, 127, 254}) {
    const Outcome outcome = run(script("echo out; echo err >&2; exit " + std::to_string(status)));
    EXPECT_EQ(outcome.status, status);
    EXPECT_EQ(outcome.out, "out\n");
    EXPECT_EQ(outcome.err, "err\n");
  }
  EXPECT_EQ(run(remote({"barman-no-such-program"})).status, 127);
}

TEST_P(BothWays, ArgumentsGoThroughUnharmed) {
  const std::vector<std::string> nasty = {"",   " ",  "it's", "\"",   "$HOME", "`id`", "\\", "*",
                                          "-n", "--", "~",    "a\nb", "#x",    "a;b",  "!x", "\xff"};
  std::vector<std::string> argv = {"printf", "%s|"};
  argv.insert(argv.end(), nasty.begin(), nasty.end());
  EXPECT_EQ(run(remote(argv)).out, join(nasty, "|") + "|");
}

TEST_P(BothWays, MuchOnBothStreams) {
  const Outcome outcome = run(script("head -c 5000000 /dev/zero & head -c 3000000 /dev/zero >&2; wait"));
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.out.size(), 5'000'000U);
  EXPECT_EQ(outcome.err.size(), 3'000'000U);
}

TEST_P(BothWays, MuchInput) {
  Command command = remote({"cat"});
  command.input = std::string(6'000'000, '\0');
  for (std::size_t i = 0; i < command.input->size(); ++i) (*command.input)[i] = static_cast<char>(i * 31 >> 3);
  const Outcome outcome = run(command);
  EXPECT_EQ(outcome.status, 0);
  EXPECT_TRUE(outcome.out == *command.input);
}

TEST_P(BothWays, TheCommandMayCloseItsInputEarly) {
  Command command = script("exec <&-; echo fine; exit 3");
  command.input = std::string(6'000'000, 'x');
  const Outcome outcome = run(command);
  EXPECT_EQ(outcome.status, 3);
  EXPECT_EQ(outcome.out, "fine\n");
}

TEST_P(BothWays, WithoutInputStdinIsEmpty) { EXPECT_EQ(run(script("cat; echo done")).out, "done\n"); }

TEST_P(BothWays, TakesAndGivesDescriptors) {
  sshd().write("in", std::string(200'000, 'i'));
  const UniqueFd input(::open(sshd().path("in").c_str(), O_RDONLY | O_CLOEXEC));
  const UniqueFd output(::open(sshd().path("out").c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  Command command = script("cat; echo note >&2");
  command.input_fd = input.get();
  command.output_fd = output.get();
  const Outcome outcome = run(command);
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.out, "");
  EXPECT_EQ(outcome.err, "note\n");
  EXPECT_EQ(sshd().read("out"), sshd().read("in"));
}

TEST_P(BothWays, InputFromAPipeThatIsSlow) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  const UniqueFd reading(ends[0]);
  UniqueFd writing(ends[1]);
  std::thread writer([&] {
    for (const char* piece : {"one ", "two ", "three"}) {
      std::this_thread::sleep_for(20ms);
      EXPECT_GT(::write(writing.get(), piece, std::char_traits<char>::length(piece)), 0);
    }
    writing.reset();
  });
  Command command = remote({"cat"});
  command.input_fd = reading.get();
  EXPECT_EQ(run(command).out, "one two three");
  writer.join();
}

TEST_P(BothWays, OutputThatNobodyTakes) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  const UniqueFd writing(ends[1]);
  ::close(ends[0]);
  Command command = script("head -c 5000000 /dev/zero");
  command.output_fd = writing.get();
  EXPECT_FALSE(run(command).ok());
}

TEST_P(BothWays, LinesComeOneByOne) {
  std::vector<std::string> out, err;
  Command command = script("printf 'a\\n\\nlast'; printf 'x\\ny' >&2");
  command.on_output_line = [&](std::string_view line) { out.emplace_back(line); };
  command.on_error_line = [&](std::string_view line) { err.emplace_back(line); };
  const Outcome outcome = run(command);
  EXPECT_EQ(out, (std::vector<std::string>{"a", "", "last"}));
  EXPECT_EQ(err, (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(outcome.out, "");
  EXPECT_EQ(outcome.err, "x\ny");
}

TEST_P(BothWays, AnExceptionOfACallbackLeavesTheRunnerUsable) {
  Command command = script("echo one; sleep 20");
  command.on_output_line = [](std::string_view) { throw std::runtime_error("enough"); };
  EXPECT_THROW(run(command), std::runtime_error);
  EXPECT_EQ(run(remote({"echo", "still here"})).out, "still here\n");
}

TEST_P(BothWays, Deadline) {
  Command command = script("sleep 30");
  command.limits = Limits::within(600ms);
  const auto start = Clock::now();
  const Outcome outcome = run(command);
  EXPECT_TRUE(outcome.timed_out);
  EXPECT_EQ(outcome.status, 128 + SIGTERM);
  EXPECT_LT(Clock::now() - start, 10s);
}

TEST_P(BothWays, WhoSaysNothingIsGivenUpAndWhoSaysSomethingIsNot) {
  Command silent = script("echo one; sleep 30");
  silent.limits = Limits::unless_silent(4s);  // to connect is silent, too
  const auto start = Clock::now();
  const Outcome outcome = run(silent);
  EXPECT_TRUE(outcome.timed_out && outcome.inactive);
  EXPECT_EQ(outcome.out, "one\n");
  EXPECT_LT(Clock::now() - start, 25s);
  Command busy = script("for i in 1 2 3 4 5 6 7 8; do printf .; sleep 0.3; done");
  busy.limits = Limits::unless_silent(10s);
  EXPECT_TRUE(run(busy).ok());
}

TEST_P(BothWays, AnotherThreadMayCancel) {
  Cancellation cancellation;
  Command command = script("echo ready; exec sleep 30");
  command.cancellation = &cancellation;
  command.on_output_line = [&](std::string_view) { cancellation.cancel(); };
  const auto start = Clock::now();
  const Outcome outcome = run(command);
  EXPECT_TRUE(outcome.cancelled);
  EXPECT_EQ(outcome.status, 128 + SIGTERM);
  EXPECT_LT(Clock::now() - start, 10s);
}

TEST_P(BothWays, ASignalOfOurOwnEndsTheCommand) {
  Command command = script("echo ready; exec sleep 30");
  command.own_signals = true;
  command.on_output_line = [](std::string_view) { ::kill(::getpid(), SIGTERM); };
  EXPECT_EQ(run(command).status, 128 + SIGTERM);
}

TEST_P(BothWays, AnInterruptedCommandIsAnErrorOtherwise) {
  Command command = script("echo ready; exec sleep 30");
  command.on_output_line = [](std::string_view) { ::kill(::getpid(), SIGINT); };
  EXPECT_THROW(run(command), Interrupted);
}

TEST_P(BothWays, ManyCommandsOneAfterTheOther) {
  const std::size_t before = open_descriptors();
  for (int i = 0; i < (GetParam() == Way::libssh ? 50 : 3); ++i)
    EXPECT_EQ(run(remote({"echo", std::to_string(i)})).out, std::to_string(i) + "\n");
  EXPECT_EQ(open_descriptors(), before);
}

TEST_P(BothWays, SeveralThreads) {
  std::array<std::string, 6> results;
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < results.size(); ++i)
    threads.emplace_back([&, i] { results[i] = run(remote({"echo", std::to_string(i)})).out; });
  for (std::thread& thread : threads) thread.join();
  for (std::size_t i = 0; i < results.size(); ++i) EXPECT_EQ(results[i], std::to_string(i) + "\n");
}

INSTANTIATE_TEST_SUITE_P(Ssh, BothWays, testing::Values(Way::libssh, Way::program),
                         [](const auto& row) { return row.param == Way::libssh ? "libssh" : "program"; });

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
  for (int i = 0; i < commands; ++i) tried.outcome = runner.run(remote({"echo", "answer"}));
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
  EXPECT_EQ(runner->run(remote({"echo", "x"})).out, "x\n");
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
  EXPECT_EQ(runner.run(remote({"true"})).status, 255);
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
  const Outcome outcome = runner.run(remote({"true"}));
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
  EXPECT_EQ(runner.run(remote({"echo", "answer"})).out, "answer\n");
  EXPECT_TRUE(runner.has_session());
  ::unsetenv("SSH_AUTH_SOCK");
  ::kill(agent, SIGTERM);
}

TEST(SshShortCut, ALostConnectionIsMadeAgain) {
  signals::install();
  SshRunner runner(words(), "");
  ASSERT_TRUE(runner.run(remote({"true"})).ok());
  ASSERT_TRUE(runner.has_session());
  // The process of this connection, with or without a login shell in between.
  const Outcome lost = runner.run(
      script("p=$PPID; case $(cat /proc/$p/comm) in sshd*) ;; *) p=$(ps -o ppid= -p $p) ;; esac; kill -9 $p; sleep 5"));
  EXPECT_EQ(lost.status, 255);
  EXPECT_NE(lost.err, "");
  EXPECT_EQ(runner.run(remote({"echo", "again"})).out, "again\n");
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
    first.run(remote({"true"}));
  }
  const std::size_t before = open_descriptors();
  for (int i = 0; i < 3; ++i) {
    SshRunner runner(words(), "");
    EXPECT_TRUE(runner.run(remote({"true"})).ok());
    EXPECT_TRUE(runner.has_session());
  }
  EXPECT_EQ(open_descriptors(), before);
}

TEST(SshShortCut, LibsshIsNotLinked) {
  EXPECT_EQ(run_here({"ldd", own_executable()}).out.find("libssh"), std::string::npos);
}

}  // namespace
}  // namespace barman::exec
