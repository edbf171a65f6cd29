#pragma once
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "barman/archive/publisher.h"
#include "barman/archive/wal_notes.h"

namespace barman::archive {

// Notes segments while they are archived. What cannot be noted is read again when it is asked for: nothing here keeps a
// file from the archive.
class NoteTaker {
 public:
  explicit NoteTaker(const config::ServerConfig& config) : notes_(config), server_(config.name) {}

  // Files in the order in which they were archived, whose lines the index has got; holding its lock.
  void take(std::span<const PreparedWal> wals);

 private:
  std::optional<WalCarry> carry_before(const WalNote& note) const;
  WalNotes notes_;
  std::string server_;
  std::optional<WalCarry> carry_;  // of the last one
  bool has_failed_ = false;        // which has been reported
};

// Reads a file for its note while something else is done with its bytes; nothing for what is no segment.
std::unique_ptr<WalNoter> noter_of(const std::string& name);

}  // namespace barman::archive
