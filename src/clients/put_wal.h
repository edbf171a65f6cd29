#pragma once
#include <sys/stat.h>

#include <compare>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>

#include "barman/codec/codec.h"
#include "barman/exec/command.h"
#include "remote.h"

namespace barman::clients {

struct PutWalSettings {
  Remote remote;
  std::string server;
  bool md5 = false;  // instead of SHA256, for a Barman that knows no other
  std::optional<codec::Algorithm> compression;
  std::string level = "medium";
};

// Whether a path still holds the very file, with the very content, that was sent.
struct FileIdentity {
  std::uint64_t device = 0, inode = 0, size = 0;
  std::int64_t mtime_ns = 0, ctime_ns = 0;
  auto operator<=>(const FileIdentity&) const = default;
};
FileIdentity identity_of(const struct ::stat& info);

// The file did not get into Barman's hands. what() is the reason; the program ends with `status` and `message`.
class TransferFailed : public std::runtime_error {
 public:
  TransferFailed(const std::string& reason, int status, std::string message)
      : std::runtime_error(reason), status_(status), message_(std::move(message)) {}
  int status() const { return status_; }
  const std::string& message() const { return message_; }

 private:
  int status_;
  std::string message_;
};

// Sends one file to put-wal over there, compressed first if so asked, and returns what was sent. Memory does not grow
// with the size of the file. Throws Failure when the file cannot be read at all, TransferFailed afterwards.
FileIdentity put_wal(exec::Runner& runner, const PutWalSettings& settings, const std::string& path);

}  // namespace barman::clients
