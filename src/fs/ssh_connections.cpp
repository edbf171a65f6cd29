#include "ssh_connections.h"

#include <fmt/core.h>
#include <sys/un.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>
#include <utility>

#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/core/parallel.h"
#include "barman/core/signals.h"
#include "barman/core/text.h"
#include "barman/exec/local_runner.h"
#include "barman/exec/ssh.h"
#include "barman/fs/file.h"
#include "barman/fs/scratch.h"

namespace barman::fs {
namespace {

constexpr std::string_view logger = "barman.command_wrappers";
constexpr std::chrono::milliseconds longest_handshake{10'000};
constexpr std::chrono::seconds configuration_limit{10};
constexpr int step_ms = 2;
// ssh binds a name with a random part behind it first.
constexpr std::size_t longest_control_path = sizeof(sockaddr_un::sun_path) - 18;

std::vector<std::string> with_options(std::vector<std::string> words, const std::vector<std::string>& options) {
  for (const std::string& option : options) words.insert(words.end(), {"-o", option});
  return words;
}

}  // namespace

// One ssh that does nothing but keep a connection for others, for as long as this object lives.
class SshConnections::Connection {
 public:
  Connection(const std::vector<std::string>& ssh_words, const std::string& search_path, std::string control_path)
      : control_path_(std::move(control_path)) {
    // Whoever has to ask something lets the others ask.
    exec::Command command(with_options(ssh_words, {"ControlMaster=yes", "ControlPath=" + control_path_,
                                                   "ControlPersist=no", "BatchMode=yes"}),
                          exec::Limits::none());
    command.argv.insert(command.argv.begin() + 1, "-N");
    command.cancellation = &end_;
    command.own_signals = true;
    command.log_output = false;
    running_ = thread_.start([this, command, search_path] { keep(command, search_path); });
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() {
    end_.cancel();
    thread_.join();
  }

  const std::string& control_path() const { return control_path_; }
  bool running() const { return running_; }
  bool wait_until_open(std::chrono::milliseconds patience) const {
    const auto limit = std::chrono::steady_clock::now() + patience;
    while (running_ && std::chrono::steady_clock::now() < limit) {
      if (exists(control_path_)) return true;
      if (!signals::sleep_ms(step_ms)) signals::throw_if_pending();
    }
    return false;
  }

 private:
  void keep(const exec::Command& command, const std::string& search_path) {
    try {
      const exec::Outcome outcome = exec::LocalRunner(search_path).run(command);
      if (!outcome.cancelled) log::debug(logger, "A shared ssh connection ended: {}", exec::describe(command, outcome));
    } catch (const std::exception& error) {
      log::debug(logger, "No shared ssh connection: {}", error.what());
    }
    running_ = false;
  }

  const std::string control_path_;
  exec::Cancellation end_;
  std::atomic<bool> running_ = false;
  ThreadGroup thread_;
};

struct SshConnections::Idle {
  std::mutex mutex;
  std::optional<ScratchDirectory> directory;  // of the sockets; there is one once something was opened
  std::vector<std::unique_ptr<Connection>> connections;
  int opened = 0;
  bool given_up = false;
};

SshConnections::SshConnections(std::vector<std::string> ssh_words, std::string search_path,
                               std::chrono::milliseconds patience)
    : ssh_words_(std::move(ssh_words)),
      search_path_(std::move(search_path)),
      patience_(patience.count() > 0 ? std::min(patience, longest_handshake) : longest_handshake),
      idle_(std::make_shared<Idle>()) {}

SshConnections::~SshConnections() {
  const std::lock_guard lock(idle_->mutex);
  idle_->given_up = true;
  idle_->connections.clear();
}

SshConnections::Way SshConnections::borrow() {
  std::unique_ptr<Connection> connection;
  {
    const std::lock_guard lock(idle_->mutex);
    while (!connection && !idle_->connections.empty()) {
      connection = std::move(idle_->connections.back());
      idle_->connections.pop_back();
      if (!connection->running()) connection.reset();
    }
  }
  if (!connection) connection = open();
  if (!connection) return {ssh_words_, nullptr};
  Way way{with_options(ssh_words_, {"ControlMaster=no", "ControlPath=" + connection->control_path()}), nullptr};
  const auto give_back = [idle = idle_](Connection* used) {
    std::unique_ptr<Connection> returned(used);
    const std::lock_guard lock(idle->mutex);
    if (!idle->given_up) idle->connections.push_back(std::move(returned));
  };
  way.kept = std::shared_ptr<Connection>(connection.release(), give_back);
  return way;
}

// Null where that is of no use; then it is not tried again.
std::unique_ptr<SshConnections::Connection> SshConnections::open() {
  std::string control_path;
  {
    const std::lock_guard lock(idle_->mutex);
    if (idle_->given_up) return nullptr;
    if (!idle_->directory) {
      if (!may_be_shared()) {
        idle_->given_up = true;
        return nullptr;
      }
      idle_->directory.emplace();
    }
    control_path = fmt::format("{}/ssh{}", idle_->directory->path(), ++idle_->opened);
  }
  if (control_path.size() <= longest_control_path) {
    auto connection = std::make_unique<Connection>(ssh_words_, search_path_, control_path);
    if (connection->wait_until_open(patience_)) return connection;
  }
  const std::lock_guard lock(idle_->mutex);
  idle_->given_up = true;
  return nullptr;
}

// Whoever has arranged for shared connections has them already.
bool SshConnections::may_be_shared() const {
  if (!exec::is_openssh(ssh_words_, search_path_)) return false;
  exec::Command command(ssh_words_, exec::Limits::within(configuration_limit));
  command.argv.insert(command.argv.begin() + 1, "-G");
  command.log_output = false;
  const exec::Outcome outcome = exec::LocalRunner(search_path_).run(command);
  if (!outcome.ok()) return false;
  const std::vector<std::string> lines = split_lines(outcome.out);
  return std::ranges::none_of(
      lines, [](const std::string& line) { return line.starts_with("controlpath ") && line != "controlpath none"; });
}

}  // namespace barman::fs
