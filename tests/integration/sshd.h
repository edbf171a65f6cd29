#pragma once
// A real sshd on loopback, as whoever runs the test, for tests of what goes through ssh.
#include <arpa/inet.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "barman/core/unique_fd.h"
#include "barman/exec/command.h"
#include "barman/exec/local_runner.h"

namespace barman::exec {

inline Outcome run_here(std::vector<std::string> argv) {
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
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!answers()) {
      if (std::chrono::steady_clock::now() > limit || ::waitpid(pid_, nullptr, WNOHANG) != 0)
        throw std::runtime_error("sshd does not start: " + read("log"));
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
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

inline Sshd& sshd() {
  static Sshd server;
  return server;
}

}  // namespace barman::exec
