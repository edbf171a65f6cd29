#include "scratch_file.h"

#include <sys/mman.h>
#include <unistd.h>

#include "barman/core/error.h"
#include "barman/fs/file.h"
#include "barman/fs/scratch.h"

namespace barman::cloud {

ScratchFile::ScratchFile(std::uint64_t expected_size, std::string directory) : place_("a file in memory") {
  if (expected_size <= small) {
    fd_ = UniqueFd(::memfd_create("barman-cloud", MFD_CLOEXEC));
    if (fd_) return;
  }
  place_ = directory.empty() ? fs::directory_for_temporary_files() : std::move(directory);
  fd_ = fs::open_nameless_file(place_);
}

void ScratchFile::write(std::string_view bytes) {
  fs::write_all(fd_.get(), bytes, place_);
  size_ += bytes.size();
}

void ScratchFile::rewind() {
  if (::lseek(fd_.get(), 0, SEEK_SET) != 0) throw_errno("rewind", place_);
}

}  // namespace barman::cloud
