#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "barman/core/unique_fd.h"
#include "barman/fs/spool_file.h"

namespace barman::copy {

// A file of NUL-separated names for rsync's --from0 --files-from. Memory does not grow with the number of names.
class FileList {
 public:
  explicit FileList(std::string path);  // starts empty, whatever was there
  void add(std::string_view name);
  void finish() { names_.finish(); }  // nothing is added after that
  bool empty() const { return count_ == 0; }
  std::uint64_t count() const { return count_; }
  const std::string& path() const { return names_.path(); }

 private:
  fs::SpoolFile names_;
  std::uint64_t count_ = 0;
};

// The files of an item dealt out to several rsync processes: each goes to the one with the least to do so far. There
// are no more of them than are worth a separate connection. What a bucket may hold is limited: a retry must not
// repeat too much, and rsync keeps the names that it is given in memory.
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

// What an item still needs, in the order in which rsync listed it: file after file, those of one directory together.
// Kept in a file, so that memory grows with the directories that hold others, not with the files.
class Listing {
 public:
  struct File {
    std::string name;  // below the item
    bool compare = false;
    std::int64_t weight = 0;  // what it costs, in bytes moved
  };

  explicit Listing(std::string path);         // starts empty, whatever was there
  void add_directory(std::string_view name);  // "a/b/"
  // `bytes`: how much has to be read or moved for it.
  void add(std::string_view name, bool compare, std::int64_t bytes);
  void finish() { files_.finish(); }  // before the first Cursor; nothing is added after that

  std::int64_t weight() const { return weight_; }
  bool has_directories_in(const std::string& directory) const { return parents_.contains(directory); }

  // Reads the files again, from the first one on.
  class Cursor {
   public:
    explicit Cursor(const Listing& listing);
    std::optional<File> next();

   private:
    bool read(void* target, std::size_t size);
    std::string path_;
    UniqueFd fd_;
    std::string buffer_;
    std::size_t taken_ = 0;  // of the buffer
  };

 private:
  fs::SpoolFile files_;
  std::int64_t weight_ = 0;
  std::set<std::string, std::less<>> parents_;  // directories that have directories in them
};

// Deals the files out for `jobs` rsync processes at a time. A directory that needs all of its many small files is given
// away as one name, with everything in it: rsync takes longer over a name that it is given than over one that it finds.
void deal_out(const Listing& listing, std::size_t jobs, Buckets& buckets);

}  // namespace barman::copy
