#pragma once
#include <string>

#include "barman/core/unique_fd.h"

namespace barman::fs {

std::string directory_for_temporary_files();  // $TMPDIR, or /tmp

// A file that has no name, so that nothing is left of it whatever ends its process.
UniqueFd open_nameless_file(const std::string& directory = directory_for_temporary_files());

// A fresh private directory in $TMPDIR (or /tmp) for files that only this process needs, removed with everything in it
// at the end of the scope. It is locked for as long as its process lives: what a killed one left is removed by the next
// process of the same user that makes one.
class ScratchDirectory {
 public:
  ScratchDirectory();
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;
  ~ScratchDirectory();
  const std::string& path() const { return path_; }  // "/tmp/barman-scratch-aB3xY9"

 private:
  std::string path_;
  UniqueFd held_;
};

// Removes those in `parent` that belong to this user and that no process holds. What cannot be removed is only logged.
void remove_abandoned_scratch(const std::string& parent);

}  // namespace barman::fs
