#include "tar_archive.h"

#include <fcntl.h>
#include <fmt/core.h>

#include "barman/core/error.h"
#include "barman/fs/file.h"

namespace barman::backup {

TarArchive::TarArchive(const std::string& path)
    : fd_(fs::open_file(path, O_RDONLY)),
      content_(fd_.get(), codec::stored_as(codec::detect_file(path)), path),
      members_([this](std::span<char> buffer) { return content_.read(buffer); }) {}

std::string read_member(const std::string& archive, std::string_view name, std::uint64_t longest) {
  try {
    TarArchive tar(archive);
    while (const auto member = tar.members().next()) {
      if (member->name != name || member->type != tar::regular_file) continue;
      if (member->size > longest) throw Error(Errc::corrupt, fmt::format("'{}' has {} bytes", name, member->size));
      std::string content(member->size, '\0');
      std::size_t filled = 0;
      while (const std::size_t got = tar.members().read(std::span(content).subspan(filled))) filled += got;
      return content;
    }
  } catch (const Error& error) {
    if (error.code() != Errc::corrupt) throw;
    throw Error(Errc::corrupt, fmt::format("cannot find {} in '{}': {}", name, archive, error.what()));
  }
  throw Error(Errc::corrupt, fmt::format("no {} in '{}'", name, archive));
}

}  // namespace barman::backup
