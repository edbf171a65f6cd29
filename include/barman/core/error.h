#pragma once
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace barman {

// What a caller branches on. Everything else about a failure is in its text.
enum class Errc {
  usage,        // the command line is wrong
  config,       // the configuration is wrong
  lock_busy,    // another process holds the lock
  not_found,    // the named thing does not exist
  refused,      // the request is understood and declined
  corrupt,      // a file does not hold what its format promises
  remote,       // ssh, rsync or a remote command failed
  postgres,     // libpq, or a PostgreSQL client program, failed
  io,           // a system call failed
  timeout,      // a deadline passed
  unsupported,  // known to Barman, not to this build
};

// Thrown where a failure is noticed, reported once at the top. `message` says what failed, on which server or path,
// with the child's, libpq's or the system's own text; `hint` (may be empty) says what to do next.
class Error : public std::runtime_error {
 public:
  Error(Errc code, const std::string& message, std::string hint = {})
      : std::runtime_error(message), code_(code), hint_(std::move(hint)) {}
  // One that leaves nothing to be done, whatever the command: reported as FATAL.
  static Error fatal(Errc code, const std::string& message, std::string hint = {}) {
    Error error(code, message, std::move(hint));
    error.fatal_ = true;
    return error;
  }
  Errc code() const noexcept { return code_; }
  const std::string& hint() const noexcept { return hint_; }
  bool is_fatal() const noexcept { return fatal_; }

 private:
  Errc code_;
  std::string hint_;
  bool fatal_ = false;
};

// SIGINT or SIGTERM asked this process to stop, or another thread gave the work up. Not an Error: whoever handles
// failures and continues must not continue after this. Who has to finish something first catches it by name; a thread,
// a destructor and the code of C ones must not let it out.
class Interrupted : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// The text, and a line "HINT: ..." where there is a hint.
std::string with_hint(std::string_view text, std::string_view hint);
std::string with_hint(const Error& error);

// Throws Errc::io with "cannot {action} '{path}': {strerror(errno)}" and a hint for the errnos an operator can fix
// (ENOSPC, EDQUOT, EACCES, EROFS, EMFILE).
[[noreturn]] void throw_errno(std::string_view action, std::string_view path, int error_number);
[[noreturn]] void throw_errno(std::string_view action, std::string_view path);  // uses errno

}  // namespace barman
