#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "destination.h"

namespace barman::clients {

// Segments fetched before PostgreSQL asked for them, one file each, under its own name. Several clusters may share the
// directory, and the reference writes its files in place: so a file is served only if it is whole and, as far as its
// first page can tell, the right one (segment_header.h), and if nobody else could have put it there.
class Spool {
 public:
  Spool(std::string directory, std::optional<std::uint64_t> system_id);

  void create();  // one level; throws Failure(2)
  bool holds(const std::string& wal) const;
  bool deliver(const std::string& wal, Destination& destination) const;  // false: not there. Throws Failure(2)
  std::optional<std::uint64_t> system_id() const { return system_id_; }
  std::string path_of(const std::string& wal) const { return directory_ + "/" + wal; }

 private:
  std::string directory_;
  std::optional<std::uint64_t> system_id_;
};

}  // namespace barman::clients
