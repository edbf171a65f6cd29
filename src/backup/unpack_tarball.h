#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace barman::backup {

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
