#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "barman/config/server_config.h"

namespace barman::archive {

// streaming_wals_directory (pg_receivewal), incoming_wals_directory, and a directory of PostgreSQL's own
enum class Origin { streaming, file, pg_wal };
std::string_view to_string(Origin origin);  // "streaming", "file archival": the words of the messages

struct Waiting {
  std::string name;
  bool regular = true;
  std::optional<std::string> problem{};  // why it is not fit to be archived, now at least
};

// One of the directories in which WAL waits to be archived. Others write into them at any time.
class WalQueue {
 public:
  WalQueue(const config::ServerConfig& config, Origin origin);  // streaming or file
  explicit WalQueue(std::string pg_wal) : origin_(Origin::pg_wal), directory_(std::move(pg_wal)) {}

  Origin origin() const { return origin_; }
  const std::string& directory() const { return directory_; }
  std::string location(std::string_view name) const;
  bool holds(std::string_view name) const;  // whatever it is, a link as well
  std::vector<std::string> names() const;   // all, in byte order; none where the directory is missing

  // What waits, each judged by its first bytes: a copy that is under way, or was cut short, is not fit to be archived
  // (yet). Links are never WAL, wherever they lead.
  std::vector<Waiting> list() const;
  // Why `name` must not be archived now; std::nullopt: it may be. Also when it is gone.
  std::optional<std::string> unfit(const std::string& name) const;

 private:
  Origin origin_;
  std::string directory_;
};

}  // namespace barman::archive
