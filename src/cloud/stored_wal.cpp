#include "barman/cloud/stored_wal.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>

#include "barman/cloud/wal_objects.h"
#include "barman/cloud/wal_upload.h"
#include "barman/core/digest.h"
#include "barman/core/error.h"
#include "barman/fs/file.h"
#include "object_content.h"
#include "scratch_file.h"

namespace barman::cloud {
namespace {

codec::Recipe recipe_of_file(const StoredWal& wal) {
  return wal.compression ? codec::Recipe{*wal.compression} : codec::Recipe{};
}

bool is_readable_anywhere(const StoredWal& wal) {
  return !wal.compression || !codec::extension(wal.compression->algorithm).empty();
}

std::string content_digest(int fd, const codec::Recipe& recipe, const std::string& what) {
  Digest digest(DigestKind::sha256);
  const auto take = [&](std::string_view piece) { digest.update(piece); };
  if (recipe.empty())
    fs::read_blocks(fd, what, take);
  else
    codec::inspect(fd, recipe, what, take);
  return digest.hex();
}

std::string content_digest(store::ObjectStore& store, const WalObject& object) {
  ScratchFile received(object.object.size);
  store.get(object.object.key, [&](std::string_view piece) { received.write(piece); });
  received.rewind();
  return content_digest(received.fd(), recipe_of(object.extension), object.object.key);
}

// False: the file is not there at all.
bool is_there_already(store::ObjectStore& store, const Layout& layout, const StoredWal& wal) {
  std::string own;
  for (const WalObject& stored : find_wal(store, layout, wal.name)) {
    if (stored.name != wal.name) continue;
    if (own.empty()) own = content_digest(fs::open_file(wal.path, O_RDONLY).get(), recipe_of_file(wal), wal.path);
    if (content_digest(store, stored) != own)
      throw WalConflict(
          Errc::refused,
          fmt::format("'{}' of {} has other content than '{}'", stored.object.key, store.name(), wal.path),
          "another cluster may write there under this server name; give each cluster a place of its own, or move the "
          "stored object away if it is known to be wrong");
  }
  return !own.empty();
}

void put(store::ObjectStore& store, const Layout& layout, const StoredWal& wal) {
  const UniqueFd fd = fs::open_file(wal.path, O_RDONLY);
  const auto put_content = [&](int content, const std::string& extension) {
    struct ::stat info {};
    if (::fstat(content, &info) != 0) throw_errno("examine", wal.path);
    store.put(layout.wal(wal.name, extension),
              store::Body::of_file(content, 0, static_cast<std::uint64_t>(info.st_size), wal.path),
              {.tags = {}, .if_absent = true});
  };
  if (is_readable_anywhere(wal)) {
    put_content(fd.get(), wal.compression ? std::string(codec::extension(wal.compression->algorithm)) : "");
  } else {
    ScratchFile decoded(ScratchFile::small);
    codec::decode(fd.get(), decoded.fd(), recipe_of_file(wal), wal.path);
    put_content(decoded.fd(), "");
  }
}

}  // namespace

bool upload_stored_wal(store::ObjectStore& store, const Layout& layout, const StoredWal& wal) {
  if (is_there_already(store, layout, wal)) return false;
  try {
    put(store, layout, wal);
    return true;
  } catch (const store::StoreError& error) {
    // Somebody else was faster, or the answer to an attempt of ours was lost.
    if (error.refusal() != store::Refusal::exists || !is_there_already(store, layout, wal)) throw;
    return false;
  }
}

}  // namespace barman::cloud
