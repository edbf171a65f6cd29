#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// Where a server's objects lie in a bucket (docs/reference/cloud.md, section 2): all keys begin with PATH/SERVER/.
namespace barman::cloud {

struct Layout {
  std::string path;  // without a slash at either end; may be empty
  std::string server;

  std::string root() const;                            // "PATH/SERVER/"
  std::string base() const;                            // root() + "base/"
  std::string backup(std::string_view id) const;       // base() + "ID/"
  std::string backup_info(std::string_view id) const;  // … + "backup.info"
  std::string keep(std::string_view id) const;         // … + "annotations/keep"
  // "data" or an OID, the number of the archive of that name from 0, and the extension of its compression with its
  // dot, or none: "data.tar.gz", "data_0001.tar.gz".
  std::string archive(std::string_view id, std::string_view name, int number, std::string_view extension) const;
  std::string wals() const;                               // root() + "wals/"
  std::string wal_directory(std::string_view wal) const;  // wals() + "0000000100000000/"; of a history file wals()
  std::string wal(std::string_view wal, std::string_view extension = {}) const;
};

// The last part of an archive's key.
struct ArchiveName {
  std::string name;  // "data" or an OID
  int number = 0;
  std::string extension;  // ".gz", or ""
};
std::optional<ArchiveName> parse_archive_name(std::string_view text);

}  // namespace barman::cloud
