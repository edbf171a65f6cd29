#pragma once
#include <string>

#include "archive_upload.h"
#include "pgdata_rules.h"
#include "pgdata_tree.h"

namespace barman::cloud {

// A tarball that pg_basebackup wrote, member by member, as if the tree in it were read from the disk: what the rules
// leave out is left out, names are the same. pg_control, which belongs to the end of an archive, is held back. Errors
// name the tarball.
class TarballUpload {
 public:
  TarballUpload(std::string path, TreeRules rules) : path_(std::move(path)), rules_(std::move(rules)) {}
  void upload(ArchiveUpload& archive, const Counted& counted);
  void upload_held_back(ArchiveUpload& archive, const Counted& counted) const;

 private:
  std::string path_;
  TreeRules rules_;
  tar::Member pg_control_;
  std::string pg_control_content_;
};

// The one of that name ("base", or an OID), however it is compressed. Throws Error(corrupt) where there is none.
std::string find_tarball(const std::string& directory, const std::string& name);

}  // namespace barman::cloud
