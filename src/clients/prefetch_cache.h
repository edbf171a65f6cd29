#pragma once
#include <map>
#include <optional>
#include <string>

#include "put_wal.h"

namespace barman::clients {

// The segments that were sent before PostgreSQL asked for them. A segment counts as sent only as long as its path holds
// the same file with the same times, and only to the same Barman server: a cluster that was created anew reuses names.
class PrefetchCache {
 public:
  using Entries = std::map<std::string, FileIdentity>;

  // Creates the directory (0700). Says on standard error why it cannot be trusted, and gives std::nullopt.
  static std::optional<PrefetchCache> open(const std::string& directory, const std::string& destination);

  bool holds(const std::string& wal, const FileIdentity& identity) const;
  // Remembers `sent` besides what was sent before and comes after `requested`.
  void add(const std::string& requested, const Entries& sent);

 private:
  PrefetchCache(std::string directory, std::string destination);
  void load();

  std::string directory_, destination_;
  Entries entries_;
};

// "/tmp/barman-{server}-{16 hex}"
std::string default_cache_directory(const Remote& remote, const std::string& server);

}  // namespace barman::clients
