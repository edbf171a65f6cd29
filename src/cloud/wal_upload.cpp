#include "barman/cloud/wal_upload.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "barman/cloud/wal_objects.h"
#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/core/text.h"
#include "barman/fs/file.h"
#include "object_content.h"
#include "scratch_file.h"

namespace barman::cloud {
namespace {

constexpr std::string_view logger = "barman.cloud";

struct LocalWal {
  explicit LocalWal(const WalUpload& upload)
      : path(upload.path), fd(fs::open_file(path, O_RDONLY | (upload.follow_link ? 0 : O_NOFOLLOW))) {
    struct ::stat info {};
    if (::fstat(fd.get(), &info) != 0) throw_errno("examine", path);
    size = static_cast<std::uint64_t>(info.st_size);
  }
  store::Body content() const { return store::Body::of_file(fd.get(), 0, size, path); }

  std::string path;
  UniqueFd fd;
  std::uint64_t size = 0;
};

// Compares what comes piece by piece with a file.
class Comparison {
 public:
  explicit Comparison(const LocalWal& wal) : wal_(wal) {}
  void add(std::string_view piece) {
    while (same_ && !piece.empty()) {
      const std::size_t wanted = std::min(piece.size(), block_.size());
      const std::span<char> room(block_.data(), wanted);
      const std::size_t got = at_ < wal_.size ? wal_.content().read(at_, room) : 0;
      same_ = got > 0 && piece.substr(0, got) == std::string_view(room.data(), got);
      at_ += got;
      piece.remove_prefix(got);
    }
  }
  bool differs() const { return !same_; }
  bool is_same() const { return same_ && at_ == wal_.size; }

 private:
  const LocalWal& wal_;
  std::uint64_t at_ = 0;
  bool same_ = true;
  std::string block_ = std::string(64 * 1024, '\0');
};

struct Different {};  // ends a transfer whose rest says no more

bool has_content_of(store::ObjectStore& store, const WalObject& stored, const LocalWal& wal) {
  if (stored.extension.empty() && stored.object.size != wal.size) return false;
  Comparison comparison(wal);
  const auto compare = [&](std::string_view piece) {
    comparison.add(piece);
    if (comparison.differs()) throw Different();
  };
  try {
    if (stored.extension.empty()) {
      store.get(stored.object.key, compare);
    } else {
      ScratchFile received(stored.object.size);
      store.get(stored.object.key, [&](std::string_view piece) { received.write(piece); });
      received.rewind();
      codec::inspect(received.fd(), recipe_of(stored.extension), stored.object.key, compare);
    }
  } catch (const Different&) {
    return false;
  }
  return comparison.is_same();
}

// False: the file is not there at all.
bool is_there_already(store::ObjectStore& store, const Layout& layout, const std::string& name, const LocalWal& wal) {
  bool there = false;
  for (const WalObject& stored : find_wal(store, layout, name)) {
    if (stored.name != name) continue;
    if (!has_content_of(store, stored, wal))
      throw WalConflict(
          Errc::refused,
          fmt::format("WAL file {} is archived already with other content: '{}' is not what is in '{}' of {}", name,
                      wal.path, stored.object.key, store.name()),
          "another cluster may archive under this server name; give each cluster a name or path of its own, or move the "
          "stored object away if it is known to be wrong");
    there = true;
  }
  return there;
}

WalObject put(store::ObjectStore& store, const Layout& layout, const WalUpload& upload, const LocalWal& wal,
              const store::Body& content, bool if_absent) {
  const std::string name(base_name(upload.path));
  const store::PutOptions options{.tags = upload.tags, .if_absent = if_absent};
  const auto send = [&](std::optional<codec::Algorithm> compression, const store::Body& body, std::uint64_t size) {
    const std::string extension(compression ? codec::extension(*compression) : std::string_view());
    const std::string key = layout.wal(name, extension);
    store.put(key, body, options);
    return WalObject{name, extension, {.key = key, .size = size, .etag = {}, .modified = {}}};
  };
  if (!upload.compression) return send(upload.delivered, content, wal.size);
  ScratchFile encoded(wal.size);
  codec::encode(wal.fd.get(), encoded.fd(), {*upload.compression}, wal.path, upload.watch);
  struct ::stat info {};
  if (::fstat(encoded.fd(), &info) != 0) throw_errno("examine", "the compressed WAL file");
  const auto size = static_cast<std::uint64_t>(info.st_size);
  return send(upload.compression->algorithm, store::Body::of_file(encoded.fd(), 0, size, "the compressed WAL file"),
              size);
}

}  // namespace

WalObject put_wal(store::ObjectStore& store, const Layout& layout, const WalUpload& upload, Present present) {
  const LocalWal wal(upload);
  return put(store, layout, upload, wal, wal.content(), present == Present::keep);
}

WalUploaded upload_wal(store::ObjectStore& store, const Layout& layout, const WalUpload& upload) {
  const std::string name(base_name(upload.path));
  const LocalWal wal(upload);
  const auto was_there = [&] {
    log::info(logger, "WAL file {} is archived already, with the same content", name);
    return WalUploaded::was_there;
  };
  store::Body content = wal.content();
  if (!upload.compression) content.begin_checksums(store.abilities().put_checksums);  // while the store is asked
  if (is_there_already(store, layout, name, wal)) return was_there();
  try {
    put(store, layout, upload, wal, content, true);
  } catch (const store::StoreError& error) {
    // Somebody else was faster, or the answer to an attempt of ours was lost.
    if (error.refusal() != store::Refusal::exists || !is_there_already(store, layout, name, wal)) throw;
    return was_there();
  }
  return WalUploaded::stored;
}

}  // namespace barman::cloud
