#pragma once
#include <chrono>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "barman/core/secret.h"

// Encryption by gpg, as a stage of a Recipe. gpg is a child on descriptors: nothing clear is written to a disk, and
// what it writes and reads is what `gpg --encrypt` and `gpg --decrypt` do (GNUPGHOME and HOME are inherited).
namespace barman::codec {

// The passphrase that a shell command of the operator prints (encryption_passphrase_command). Safe for several threads.
class Passphrase {
 public:
  // One command, one Passphrase in a process: it is run once.
  static std::shared_ptr<Passphrase> from(const std::string& command, const std::string& search_path = {});

  Passphrase(std::string command, std::string search_path);
  // Runs the command when it is called for the first time; later calls get the same, be it the failure. Throws
  // Error(config) with the command's own words; neither they nor the passphrase get into the log.
  static constexpr std::chrono::seconds deadline{60};  // of the command
  const Secret& get();

 private:
  std::unique_ptr<Secret> ask() const;

  const std::string command_, search_path_;
  std::mutex mutex_;
  std::unique_ptr<Secret> secret_;
  std::exception_ptr failure_;
};

// Who can read what is encrypted, and what decrypting needs. gpg's failures are Errors with its own words: Errc::config
// where a key or a passphrase is not the right one or cannot be used, or gpg is not there, Errc::corrupt only for what
// gpg could decrypt and found damaged.
struct Gpg {
  std::string recipient{};                   // for encoding: a key id, a fingerprint or an address
  std::shared_ptr<Passphrase> passphrase{};  // for decoding; without one gpg asks its agent alone
  std::string search_path{};                 // where gpg is looked for before PATH
  std::chrono::milliseconds patience{};      // until a gpg that does nothing is ended; 0: never
};

}  // namespace barman::codec
