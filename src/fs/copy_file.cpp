#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "barman/core/error.h"
#include "barman/core/on_exit.h"
#include "barman/fs/file.h"

namespace barman::fs {
namespace {

constexpr std::size_t most_at_once = std::size_t{128} << 20;
constexpr std::size_t buffer_size = std::size_t{64} << 10;

// As far as the kernel does it by itself. True: up to the end; else what is left has to be read and written.
bool copy_in_kernel(int from, int to) {
  for (bool any = false;; any = true) {
    ssize_t copied = 0;
    do copied = ::copy_file_range(from, nullptr, to, nullptr, most_at_once, 0);
    while (copied < 0 && errno == EINTR);
    // Nothing at all is what file systems without it say, too.
    if (copied <= 0) return copied == 0 && any;
  }
}

void copy_rest(int from, const std::string& from_path, int to, const std::string& to_path) {
  char buffer[buffer_size];  // most files are small: to clear it would cost more than to copy them
  while (const std::size_t got = read_some(from, buffer, from_path)) write_all(to, {buffer, got}, to_path);
}

}  // namespace

void copy_file(const std::string& from, const std::string& to) {
  const UniqueFd source = open_file(from, O_RDONLY);
  struct ::stat info {};
  if (::fstat(source.get(), &info) != 0) throw_errno("examine", from);
  const UniqueFd target = open_file(to, O_WRONLY | O_CREAT | O_EXCL, 0600);
  OnExit discard([&] { ::unlink(to.c_str()); });
  if (!copy_in_kernel(source.get(), target.get())) copy_rest(source.get(), from, target.get(), to);
  if (::fchmod(target.get(), info.st_mode & 07777) != 0) throw_errno("set mode of", to);
  const timespec times[2] = {info.st_atim, info.st_mtim};
  if (::futimens(target.get(), times) != 0) throw_errno("set times of", to);
  discard.dismiss();
}

}  // namespace barman::fs
