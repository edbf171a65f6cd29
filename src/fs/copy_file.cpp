#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include "barman/core/error.h"
#include "barman/core/on_exit.h"
#include "barman/fs/file.h"

namespace barman::fs {
namespace {

constexpr std::size_t chunk = 1024 * 1024;

// As far as the kernel does it by itself; what is left is read and written.
void copy_in_kernel(int from, int to) {
  for (;;) {
    const ssize_t copied = ::copy_file_range(from, nullptr, to, nullptr, 128 * chunk, 0);
    if (copied < 0 && errno == EINTR) continue;
    if (copied <= 0) return;
  }
}

void copy_rest(int from, const std::string& from_path, int to, const std::string& to_path) {
  std::vector<char> buffer(chunk);
  while (const std::size_t got = read_some(from, buffer, from_path)) write_all(to, {buffer.data(), got}, to_path);
}

}  // namespace

void copy_file(const std::string& from, const std::string& to) {
  const UniqueFd source = open_file(from, O_RDONLY);
  struct ::stat info {};
  if (::fstat(source.get(), &info) != 0) throw_errno("examine", from);
  const UniqueFd target = open_file(to, O_WRONLY | O_CREAT | O_EXCL, 0600);
  OnExit discard([&] { ::unlink(to.c_str()); });
  copy_in_kernel(source.get(), target.get());
  copy_rest(source.get(), from, target.get(), to);
  if (::fchmod(target.get(), info.st_mode & 07777) != 0) throw_errno("set mode of", to);
  const timespec times[2] = {info.st_atim, info.st_mtim};
  if (::futimens(target.get(), times) != 0) throw_errno("set times of", to);
  discard.dismiss();
}

}  // namespace barman::fs
