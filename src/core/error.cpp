#include "barman/core/error.h"

#include <fmt/core.h>

#include <cerrno>
#include <cstring>
#include <string_view>

namespace barman {

namespace {

std::string_view advice(int error_number) {
  switch (error_number) {
    case ENOSPC:
      return "free some space on that file system";
    case EDQUOT:
      return "raise the quota of the user on that file system, or free some space";
    case EACCES:
    case EPERM:
      return "check the owner and the permissions of the path and of its parent directories";
    case EROFS:
      return "the file system is mounted read-only: mount it read-write";
    case EMFILE:
    case ENFILE:
      return "raise the limit of open files (ulimit -n)";
    default:
      return {};
  }
}

}  // namespace

std::string with_hint(std::string_view text, std::string_view hint) {
  return hint.empty() ? std::string(text) : fmt::format("{}\nHINT: {}", text, hint);
}

std::string with_hint(const Error& error) { return with_hint(error.what(), error.hint()); }

void throw_errno(std::string_view action, std::string_view path, int error_number) {
  throw Error(Errc::io, fmt::format("cannot {} '{}': {}", action, path, std::strerror(error_number)),
              std::string(advice(error_number)));
}

void throw_errno(std::string_view action, std::string_view path) { throw_errno(action, path, errno); }

}  // namespace barman
