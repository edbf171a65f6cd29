#pragma once
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "barman/wal/segment.h"

namespace barman::cloud_copy {

// Names of WAL files, by millions: in 12 bytes each, and looked up by halving.
class WalNames {
 public:
  void add(std::string_view name);
  bool holds(std::string_view name) const;
  std::size_t size() const { return segments_.size() + others_.size(); }
  bool holds_all(const Segment& first, const Segment& last, std::uint64_t segment_size, Segment* missing) const;

 private:
  std::vector<Segment> segments_;  // ascending
  std::set<std::string, std::less<>> others_;
};

// Those that are in the copy, as a file of lines that grows. A line that was cut off by a crash is none: its file is
// looked at once more.
class WalList {
 public:
  explicit WalList(std::string path);
  WalList(std::string path, WalNames names) : path_(std::move(path)), names_(std::move(names)) {}
  const WalNames& names() const { return names_; }
  void add(const std::vector<std::string>& names);  // durable
  // Writes it anew with those that stay.
  void keep(const std::function<bool(std::string_view name)>& stays);

 private:
  void for_each_line(const std::function<void(std::string_view)>& take) const;
  std::string path_;
  WalNames names_;
};

}  // namespace barman::cloud_copy
