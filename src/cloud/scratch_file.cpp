#include "scratch_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>

#include "barman/core/error.h"
#include "barman/fs/file.h"

namespace barman::cloud {
namespace {

std::string temporary_directory() {
  const char* chosen = std::getenv("TMPDIR");
  return chosen == nullptr || *chosen == '\0' ? "/tmp" : chosen;
}

// For file systems that know no nameless files.
UniqueFd open_and_unlink(const std::string& directory) {
  std::string path = directory + "/barman-cloud-XXXXXX";
  UniqueFd fd(::mkostemp(path.data(), O_CLOEXEC));
  if (!fd) throw_errno("create", path);
  if (::unlink(path.c_str()) != 0) throw_errno("remove", path);
  return fd;
}

}  // namespace

ScratchFile::ScratchFile(std::uint64_t expected_size, std::string directory) : place_("a file in memory") {
  if (expected_size <= small) {
    fd_ = UniqueFd(::memfd_create("barman-cloud", MFD_CLOEXEC));
    if (fd_) return;
  }
  place_ = directory.empty() ? temporary_directory() : std::move(directory);
  fd_ = UniqueFd(::open(place_.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (!fd_) fd_ = open_and_unlink(place_);
}

void ScratchFile::write(std::string_view bytes) {
  fs::write_all(fd_.get(), bytes, place_);
  size_ += bytes.size();
}

void ScratchFile::rewind() {
  if (::lseek(fd_.get(), 0, SEEK_SET) != 0) throw_errno("rewind", place_);
}

}  // namespace barman::cloud
