#pragma once
#include <string>
#include <string_view>

namespace barman::cloud {

// Segments fetched before PostgreSQL asked for them: one file each, below a directory that belongs to one server in one
// place of one store. A file gets its name when it is complete; nobody else can put one there unnoticed, and what is
// handed over has been judged again.
class WalSpool {
 public:
  // `parent`: as the user names it. `place`: whatever tells one archive from all others.
  WalSpool(const std::string& parent, std::string_view server, std::string_view place);

  void create() const;  // with its parent
  bool holds(const std::string& wal) const;
  std::string path_of(const std::string& wal) const { return directory_ + "/" + wal; }
  // Moves the file to its destination; false: there is no such one.
  bool deliver(const std::string& wal, const std::string& destination) const;

 private:
  std::string directory_;
};

}  // namespace barman::cloud
