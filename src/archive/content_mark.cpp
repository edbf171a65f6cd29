#include "content_mark.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include <cerrno>
#include <cstring>

#include "barman/core/digest.h"
#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/fs/file.h"

namespace barman::archive {
namespace {

constexpr const char* attribute = "user.barman_native.content";

std::string mark_of(const std::string& source, off_t stored_size) {
  const UniqueFd fd = fs::open_file(source, O_RDONLY | O_NOFOLLOW);
  Digest digest(DigestKind::sha256);
  fs::read_blocks(fd.get(), source, [&](std::string_view block) { digest.update(block); });
  return fmt::format("sha256:{} {}", digest.hex(), stored_size);
}

}  // namespace

void mark_content(int fd, const std::string& path, const std::string& source) {
  struct ::stat info {};
  if (::fstat(fd, &info) != 0) throw_errno("examine", path);
  const std::string mark = mark_of(source, info.st_size);
  if (::fsetxattr(fd, attribute, mark.data(), mark.size(), 0) != 0)
    log::debug("barman.wal_archiver", "No digest is kept with {}: {}", path, std::strerror(errno));
}

bool is_marked_with(const std::string& path, const std::string& source) {
  char found[256];
  const ssize_t size = ::getxattr(path.c_str(), attribute, found, sizeof found);
  const auto info = fs::stat_if_exists(path);
  if (size <= 0 || !info) return false;
  return std::string_view(found, static_cast<std::size_t>(size)) == mark_of(source, info->st_size);
}

}  // namespace barman::archive
