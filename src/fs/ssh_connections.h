#pragma once
#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace barman::fs {

// Connections that several runs of OpenSSH's program share, one at a time each: its ControlMaster, kept as a child of
// this process, so that only the first run on a connection waits for a handshake. A short cut and no more: where there
// can be none (another program, a ControlPath of the user's own, a passphrase to be asked for, a path too long for a
// socket) each run connects by itself, as it does when the shared connection is lost. Safe for several threads.
class SshConnections {
 public:
  // What is waited for a connection: at most `patience` (0: its own limit).
  SshConnections(std::vector<std::string> ssh_words, std::string search_path, std::chrono::milliseconds patience);
  SshConnections(const SshConnections&) = delete;
  SshConnections& operator=(const SshConnections&) = delete;
  ~SshConnections();  // closes them

  // Words that run ssh over a connection that nobody else uses until `kept` is gone. Opens one where none is idle.
  // Throws Interrupted.
  struct Way {
    std::vector<std::string> ssh_words;
    std::shared_ptr<const void> kept;
  };
  Way borrow();

 private:
  class Connection;
  struct Idle;
  bool may_be_shared() const;
  std::unique_ptr<Connection> open();

  const std::vector<std::string> ssh_words_;
  const std::string search_path_;
  const std::chrono::milliseconds patience_;
  const std::shared_ptr<Idle> idle_;
};

}  // namespace barman::fs
