#include "object_content.h"

#include <fmt/core.h>
#include <sys/mman.h>
#include <unistd.h>

#include "barman/core/error.h"
#include "barman/core/unique_fd.h"
#include "barman/fs/file.h"

namespace barman::cloud {

codec::Recipe recipe_of(std::string_view extension) {
  using codec::Algorithm;
  if (extension.empty()) return {};
  for (const Algorithm algorithm :
       {Algorithm::gzip, Algorithm::bzip2, Algorithm::xz, Algorithm::zstd, Algorithm::lz4, Algorithm::snappy})
    if (codec::extension(algorithm) == extension) return codec::stored_as(algorithm);
  throw Error(Errc::corrupt, fmt::format("'{}' is the extension of no compression that is known here", extension));
}

std::string read_decoded(store::ObjectStore& store, const std::string& key, std::string_view extension,
                         std::size_t limit) {
  const std::string stored = store::read_object(store, key, limit);
  if (extension.empty()) return stored;
  const UniqueFd memory(::memfd_create("barman", MFD_CLOEXEC));
  if (!memory) throw_errno("make", "a file in memory");
  fs::write_all(memory.get(), stored, key);
  if (::lseek(memory.get(), 0, SEEK_SET) != 0) throw_errno("rewind", "a file in memory");
  std::string content;
  codec::inspect(memory.get(), recipe_of(extension), key, [&](std::string_view piece) {
    if (content.size() + piece.size() > limit)
      throw Error(Errc::corrupt, fmt::format("'{}' holds more than {} bytes", key, limit));
    content += piece;
  });
  return content;
}

}  // namespace barman::cloud
