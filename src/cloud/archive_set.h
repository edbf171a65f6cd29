#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "archive_parts.h"
#include "archive_plan.h"
#include "archive_upload.h"
#include "barman/catalog/backup_info.h"
#include "pgdata_rules.h"
#include "pgdata_tree.h"

namespace barman::cloud {

// A directory that becomes the archives of one name.
struct Tree {
  std::string name;   // "data", or the OID of a tablespace
  std::string label;  // "pgdata", or the name of the tablespace
  std::string root;
  TreeRules rules;
  // Where it comes from something else than a directory.
  std::function<void(ArchiveUpload& archive, const Counted& counted)> upload{};
};

// All archives of one backup. As many at once as threads, memory and `jobs` allow.
class ArchiveSet {
 public:
  struct Setup {
    std::string prefix;  // of the backup's keys
    ArchiveWishes wishes;
    std::optional<codec::Algorithm> compression;
    store::PutOptions options;
    ArchiveJournal* journal = nullptr;
    bool one_by_one = false;          // in the order of the trees
    bool takes_back_complete = true;  // archives that have appeared, when others cannot
  };
  ArchiveSet(store::ObjectStore& store, Setup setup);
  ArchiveSet(const ArchiveSet&) = delete;
  ArchiveSet& operator=(const ArchiveSet&) = delete;
  // What was not completed is taken back, in spite of a signal.
  ~ArchiveSet();

  PartUploads& parts() { return parts_; }  // to make it fail

  // `counted` is called by several threads. Every tree but "data" is closed then, which must be among them.
  void upload(const std::vector<Tree>& trees, const Counted& counted);
  ArchiveUpload& data() { return *data_; }  // open for more, after upload()
  // Closes what is open, and returns once all archives can be seen.
  void complete();

  std::uint64_t size() const;             // of all archives, as they are stored; after complete()
  catalog::CopyStats statistics() const;  // without total_time; after complete()

 private:
  void take_back(const std::vector<std::string>& keys) const noexcept;
  void upload_one(const Tree& tree, ArchiveUpload& archive, const Counted& counted);

  store::ObjectStore& store_;
  const Setup setup_;
  const ArchivePlan plan_;
  PartUploads parts_;
  ArchiveFormat format_;
  std::vector<std::unique_ptr<ArchiveUpload>> archives_;
  ArchiveUpload* data_ = nullptr;
  bool complete_ = false;
};

// The trees of a cluster: tablespaces first.
std::vector<Tree> trees_of(const catalog::BackupInfo& info);

}  // namespace barman::cloud
