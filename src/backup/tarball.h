#pragma once
#include <sys/stat.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "barman/codec/codec.h"
#include "barman/core/unique_fd.h"
#include "barman/report/progress.h"
#include "barman/tar/reader.h"
#include "barman/tar/writer.h"
#include "checksum.h"

namespace barman::backup {

// A tarball being written: archived, compressed, digested and stored in one pass. The file is removed at the end unless
// it was committed.
class Tarball {
 public:
  // Reports the bytes of the files that are in it to `progress`.
  Tarball(std::string path, codec::Recipe recipe, Progress& progress);
  Tarball(const Tarball&) = delete;
  Tarball& operator=(const Tarball&) = delete;
  ~Tarball();

  // A regular file made of a text; without `like` it has no owner and no time.
  void add_text(const std::string& name, std::string_view text, const struct ::stat* like = nullptr);
  // A regular file, a directory or a symbolic link as it is on disk.
  void add(const std::string& name, const std::string& path, const struct ::stat& info);

  // Ends and syncs the file; returns its SHA256.
  std::string finish();
  void commit(const std::string& name);  // renames it, durably

 private:
  tar::Member describe(const std::string& name, const struct ::stat& info);
  void copy_content(const std::string& path, std::uint64_t size);
  const std::string& user(uid_t id);
  const std::string& group(gid_t id);

  std::string path_;
  Progress& progress_;
  std::int64_t done_ = 0;
  UniqueFd fd_;
  Checksum checksum_{ChecksumKind::sha256};
  codec::StreamEncoder encoder_;
  tar::Writer tar_;
  std::map<uid_t, std::string> users_;
  std::map<gid_t, std::string> groups_;
};

// A tar archive in a file, compressed or not.
class TarArchive {
 public:
  explicit TarArchive(const std::string& path);
  TarArchive(const TarArchive&) = delete;
  TarArchive& operator=(const TarArchive&) = delete;
  tar::Reader& members() { return members_; }

 private:
  UniqueFd fd_;
  codec::StreamDecoder content_;
  tar::Reader members_;
};

// The first regular file of that name in an archive, which is read no further than that. Error(corrupt) if there is
// none, if it is longer than `longest` bytes, or if what comes before it is damaged.
std::string read_member(const std::string& archive, std::string_view name, std::uint64_t longest);

// What an exported backup held. Its tree is in {directory}/backup, its WAL flat in {directory}/wals.
struct UnpackedTarball {
  std::optional<std::string> identity, info, index;  // identity.json, backup.info, xlog.db
  bool has_tree = false;
  bool has_wals = false;
  std::map<std::string, std::uint64_t> wals;  // size of each
  std::vector<std::string> tablespace_links;  // data/pg_tblspc/{oid}: not made yet
};

// False: not an archive, compressed or not.
bool is_tarball(const std::string& path);

// Unpacks into an empty private directory and nowhere else. Whatever is neither directory nor plain file, whatever has
// a name that leads out or stands there twice is Error(corrupt); so is a stream that ends too early. Times and
// permissions are restored, owners are not. Nothing is synced.
UnpackedTarball unpack_tarball(const std::string& path, const std::string& directory);

}  // namespace barman::backup
