#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "barman/core/unique_fd.h"
#include "file_list.h"

namespace barman::copy {

// What an item still needs, in the order in which rsync told of it: file after file, those of one directory together.
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
  void finish();  // before the first Cursor; nothing is added after that

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
  void write_out();
  std::string path_;
  UniqueFd fd_;
  std::string buffer_;
  std::int64_t weight_ = 0;
  std::set<std::string, std::less<>> parents_;  // directories that have directories in them
};

// Deals the files out for `jobs` rsync processes at a time. A directory that needs all of its many small files is given
// away as one name, with everything in it: rsync takes longer over a name that it is given than over one that it finds.
void deal_out(const Listing& listing, std::size_t jobs, Buckets& buckets);

}  // namespace barman::copy
