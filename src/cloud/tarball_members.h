#pragma once
#include <map>
#include <optional>
#include <string>

#include "archive_upload.h"
#include "barman/cloud/backup.h"
#include "barman/tar/reader.h"
#include "pgdata_rules.h"
#include "pgdata_tree.h"

namespace barman::cloud {

// A tar stream that PostgreSQL has made, member by member, as if the tree in it were read from the disk: names are the
// same. What belongs to the end of an archive is held back: pg_control and, of a stream that is not on the disk,
// backup_label.
class TarMembers {
 public:
  enum class From { disk, server };
  // `rules`: what they leave out is left out. Without, all is taken but what is not of the tree itself: tablespace_map
  // and links to tablespaces.
  TarMembers(From from, std::optional<TreeRules> rules) : from_(from), rules_(std::move(rules)) {}

  void upload(tar::Reader& tar, ArchiveUpload& archive, const Counted& counted);
  bool holds(const std::string& name) const { return held_.contains(name); }
  // Throws Error(corrupt) if there is none.
  const std::string& held(const std::string& name) const;
  // Another member with the owner of one that is held, and for nobody else.
  void upload_like(const std::string& name, const AddedMember& added, ArchiveUpload& archive,
                   const Counted& counted) const;
  void upload_held(const std::string& name, ArchiveUpload& archive, const Counted& counted) const;

 private:
  struct Held {
    tar::Member member;
    std::string content;
  };
  bool is_held(const std::string& path) const;
  bool is_left_out(const std::string& path, const tar::Member& member) const;
  const Held& find(const std::string& name) const;

  From from_;
  std::optional<TreeRules> rules_;
  std::map<std::string, Held> held_;
};
inline constexpr const char* control_file = "global/pg_control";

// A tarball that pg_basebackup wrote, member by member, without what the rules leave out. Errors name the tarball.
class TarballUpload {
 public:
  TarballUpload(std::string path, TreeRules rules)
      : path_(std::move(path)), members_(TarMembers::From::disk, std::move(rules)) {}
  void upload(ArchiveUpload& archive, const Counted& counted);
  void upload_held_back(ArchiveUpload& archive, const Counted& counted) const;

 private:
  std::string path_;
  TarMembers members_;
};

// The one of that name ("base", or an OID), however it is compressed. Throws Error(corrupt) where there is none.
std::string find_tarball(const std::string& directory, const std::string& name);

}  // namespace barman::cloud
