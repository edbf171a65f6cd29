#include "barman/core/secret.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "barman/core/error.h"
#include "barman/core/log.h"

namespace barman {

Secret::Secret() : size_(static_cast<std::size_t>(::sysconf(_SC_PAGESIZE))) {
  void* page = ::mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) throw_errno("get memory for", "a secret");
  page_ = static_cast<char*>(page);
  if (::madvise(page, size_, MADV_DONTDUMP) != 0 || ::madvise(page, size_, MADV_DONTFORK) != 0) {
    const int reason = errno;
    ::munmap(page, size_);
    throw_errno("keep out of core dumps", "a secret", reason);
  }
  if (::mlock(page, size_) != 0)
    log::warning("barman.secret", "A passphrase may be swapped to disk: cannot lock its memory: {} (ulimit -l)",
                 std::strerror(errno));
}

Secret::~Secret() {
  ::explicit_bzero(page_, size_);
  ::munmap(page_, size_);
}

void Secret::keep(std::string_view part) {
  const std::size_t length = part.size();
  std::memmove(page_, part.data(), length);
  ::explicit_bzero(page_ + length, size_ - length);
  kept_ = {page_, length};
}

}  // namespace barman
