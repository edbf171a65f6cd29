#pragma once
#include <string>
#include <string_view>

#include "barman/fs/file.h"

namespace barman::fs {

// A new file that nobody meets before it is whole: it has no name until publish() gives it one, so that a crash leaves
// nothing of it. Where the file system knows no nameless files, or `named` asks for it (each open descriptor counts),
// it has a hidden and unguessable name. Only its owner can read it meanwhile (mode 0600).
//
// A hidden name is that of a replacement of `unpublished_file_name`: what killed writers left can be removed with
// remove_abandoned_replacements() where nobody has called finish().
inline constexpr std::string_view unpublished_file_name = "incoming";

class UnpublishedFile {
 public:
  explicit UnpublishedFile(std::string directory, bool named = false);
  UnpublishedFile(UnpublishedFile&& other) noexcept;
  UnpublishedFile& operator=(UnpublishedFile&&) = delete;
  ~UnpublishedFile();

  // For writing, until finish().
  int fd() const { return fd_.get(); }
  const std::string& path() const { return path_; }  // leads to it
  std::string place() const;                         // for messages: says where it is, whether it has a name or not

  // Gives it the mode of any new file and makes the content durable. Not needed where the caller does both.
  void finish();
  // Gives it a name in its directory; to be made durable by sync_directory(). False: the name is taken, nothing
  // changed. Where the file system knows no hard links, what gets the name is a copy.
  bool publish(const std::string& name);

 private:
  void create_hidden();
  void copy_to_hidden_name();
  std::string directory_, path_;
  UniqueFd fd_;
  mode_t mode_ = 0;  // when finished
  bool named_;
};

}  // namespace barman::fs
