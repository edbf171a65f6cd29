#pragma once
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "barman/archive/wal_archive.h"
#include "barman/cloud/place.h"

namespace barman::archive {

// Removes the objects of lines that leave the index. Lines are taken in portions, so that one request removes many
// objects and memory does not depend on their number; what lies in a directory is listed once for all lines in it that
// come together.
class StoreRemoval {
 public:
  StoreRemoval(const cloud::Place& place, const Removal& removal, std::size_t batch)
      : place_(place), removal_(removal), batch_(batch) {}
  void add(const catalog::WalEntryView& view);
  void flush();  // after the last one

 private:
  struct Line {
    std::string text, address;
    bool found = false;
  };
  std::vector<std::string> copies_of(std::string_view name);
  void list(const std::string& directory);

  const cloud::Place& place_;
  const Removal& removal_;
  const std::size_t batch_;
  std::vector<Line> lines_;
  std::vector<std::string> keys_;
  std::string listed_;
  std::multimap<std::string, std::string, std::less<>> copies_;  // keys, by the name of the file
};

}  // namespace barman::archive
