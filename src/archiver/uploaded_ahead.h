#pragma once
#include <string>
#include <vector>

#include "barman/archive/publisher.h"
#include "barman/config/server_config.h"

namespace barman::archiver {

// Which files of pg_wal were archived before PostgreSQL asked for them, by what tells each from any other file of its
// name, and as what they were stored. A file of our own in meta/, which only saves work: without it what is in the
// store is compared.
class UploadedAhead {
 public:
  explicit UploadedAhead(const config::ServerConfig& config);

  // Whether the file that waits is one of these, and `stored` (what the store has now) the object that it became.
  bool covers(const archive::PreparedWal& wal, const catalog::WalEntry& stored) const;
  void remember(const std::vector<archive::PreparedWal>& wals) const;  // and nothing else

 private:
  std::string path_;
};

}  // namespace barman::archiver
