#pragma once
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace barman::archive {

// Takes what does not belong into the archive, never over something that is there: each gets the name
// {name}.{UTC stamp}.{suffix}, the stamp moved on where it is taken. Across file systems files are copied and synced.
class ErrorsDirectory {
 public:
  explicit ErrorsDirectory(std::string path);
  // Returns the new path. Not durable before settle().
  std::string take(const std::string& path, std::string_view name, std::string_view suffix);
  // Makes durable what was taken, with one sync of each directory, however much that is.
  void settle();

 private:
  std::string path_;
  std::set<std::string> sources_;    // directories
  std::vector<std::string> copied_;  // from other file systems, to be removed
};

// The same for one.
std::string move_to_errors(const std::string& path, const std::string& errors_directory, std::string_view name,
                           std::string_view suffix);

// Keeps the file `path` there too, durably, under a name made in the same way, and returns that name. Where it is kept
// already under such a name (the caller was stopped before), that one.
std::string keep_in_errors(const std::string& path, const std::string& errors_directory, std::string_view name,
                           std::string_view suffix);

// Gives `from` the name `to` unless something has it: false then. Error(io) otherwise; `crossed` (if given) is set
// instead of throwing when the two are on different file systems.
bool rename_to_free_name(const std::string& from, const std::string& to, bool* crossed = nullptr);

// Makes `to` a second name of the file `from`. False when something has that name. `unable` is set when this file
// system or its permissions do not allow links.
bool link_to_free_name(const std::string& from, const std::string& to, bool& unable);

}  // namespace barman::archive
