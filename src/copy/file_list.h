#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "barman/core/unique_fd.h"

namespace barman::copy {

// A file of NUL-separated names for rsync's --from0 --files-from. Memory does not grow with the number of names.
class FileList {
 public:
  explicit FileList(std::string path);  // starts empty, whatever was there
  void add(std::string_view name);
  void finish();  // writes the rest and closes the file; nothing is added after that
  bool empty() const { return count_ == 0; }
  std::uint64_t count() const { return count_; }
  const std::string& path() const { return path_; }

 private:
  void write_out();
  std::string path_;
  UniqueFd fd_;
  std::string buffer_;
  std::uint64_t count_ = 0;
};

// The files of an item dealt out to several rsync processes: each goes to the one with the least to do so far. There
// are no more of them than are worth a connection of their own. What a bucket may hold is limited: a repetition shall
// not repeat too much, and rsync keeps the names that it is given in memory.
class Buckets {
 public:
  struct Bucket {
    FileList quick;      // size and date decide
    FileList compare;    // content decides
    bool trees = false;  // `quick` names directories, too, which stand for all that is in them
    std::int64_t weight = 0;
  };

  struct Limits {
    std::int64_t worth_a_job = std::int64_t{32} << 20;  // bytes
    std::int64_t largest = std::int64_t{10} << 30;
    std::uint64_t most_names = 100'000;
  };

  // Lists are made in `directory`, their names start with `prefix`. `at_once`: how many are filled at the same time.
  Buckets(std::string directory, std::string prefix, std::size_t at_once, const Limits& limits);
  // `weight`: what it costs, in bytes moved.
  void add(std::string_view name, bool compare, std::int64_t weight);
  void add_tree(std::string_view directory, std::int64_t weight);
  std::vector<Bucket> take();  // those that are not empty, finished

 private:
  Bucket& least();
  void start();
  void grow(Bucket& bucket, std::int64_t weight);
  void close(Bucket& bucket);
  std::string directory_, prefix_;
  std::size_t at_once_;
  Limits limits_;
  std::size_t started_ = 0;
  std::vector<Bucket> open_, full_;
};

}  // namespace barman::copy
