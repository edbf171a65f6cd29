#include "content_mark.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <xxhash.h>

#include <cerrno>
#include <cstring>
#include <functional>
#include <new>

#include "barman/core/digest.h"
#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/fs/file.h"

namespace barman::archive {
namespace {

constexpr const char* attribute = "user.barman_native.content";
constexpr std::string_view old_kind = "sha256:";

std::string mark_of(const std::string& digest, off_t stored_size) { return fmt::format("{} {}", digest, stored_size); }

void read_all(const std::string& source, const std::function<void(std::string_view)>& add) {
  const UniqueFd fd = fs::open_file(source, O_RDONLY | O_NOFOLLOW);
  fs::read_blocks(fd.get(), source, add);
}

std::string digest_like(std::string_view mark, const std::string& source) {
  if (mark.starts_with(old_kind)) {
    Digest digest(DigestKind::sha256);
    read_all(source, [&](std::string_view block) { digest.update(block); });
    return std::string(old_kind) + digest.hex();
  }
  ContentDigest digest;
  read_all(source, [&](std::string_view block) { digest.add(block); });
  return digest.text();
}

}  // namespace

void ContentDigest::Free::operator()(XXH3_state_s* state) const { ::XXH3_freeState(state); }

ContentDigest::ContentDigest() : state_(::XXH3_createState()) {
  if (!state_) throw std::bad_alloc();
  ::XXH3_128bits_reset(state_.get());
}

void ContentDigest::add(std::string_view piece) { ::XXH3_128bits_update(state_.get(), piece.data(), piece.size()); }

std::string ContentDigest::text() const {
  const XXH128_hash_t value = ::XXH3_128bits_digest(state_.get());
  return fmt::format("xxh3-128:{:016x}{:016x}", value.high64, value.low64);
}

void mark_content(int fd, const std::string& path, const ContentDigest& content) {
  struct ::stat info {};
  if (::fstat(fd, &info) != 0) throw_errno("examine", path);
  const std::string mark = mark_of(content.text(), info.st_size);
  if (::fsetxattr(fd, attribute, mark.data(), mark.size(), 0) != 0)
    log::debug("barman.wal_archiver", "No digest is kept with {}: {}", path, std::strerror(errno));
}

bool is_marked_with(const std::string& path, const std::string& source) {
  char found[256];
  const ssize_t size = ::getxattr(path.c_str(), attribute, found, sizeof found);
  const auto info = fs::stat_if_exists(path);
  if (size <= 0 || !info) return false;
  const std::string_view mark(found, static_cast<std::size_t>(size));
  return mark == mark_of(digest_like(mark, source), info->st_size);
}

}  // namespace barman::archive
