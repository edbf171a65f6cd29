#pragma once
#include <sys/stat.h>
#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "barman/core/unique_fd.h"

// Local files. Every failure is an Error naming the call and the path (throw_errno). Paths are plain strings: what the
// configuration says is what is opened.
namespace barman::fs {

inline constexpr mode_t default_file_mode = 0666;  // less the umask
inline constexpr mode_t default_directory_mode = 0777;

// Adds O_CLOEXEC. Whoever can put a file into a directory can put a pipe or a device there, at which a reader would
// wait or read for ever: to be read, it must be a regular file (or a directory, with O_DIRECTORY), else Error(corrupt).
UniqueFd open_file(const std::string& path, int flags, mode_t mode = default_file_mode);
std::optional<UniqueFd> open_if_exists(const std::string& path, int flags);
// The same of what is open already: throws unless it is a regular file.
void expect_regular_file(int fd, const std::string& path);
void write_all(int fd, std::string_view bytes, const std::string& path);
std::size_t read_some(int fd, std::span<char> buffer, const std::string& path);  // 0 at the end
// What is left of a file, block by block.
void read_blocks(int fd, const std::string& path, const std::function<void(std::string_view)>& take);
// Text that is held in memory as a whole: a file that is larger, or has no end, is Error(corrupt).
inline constexpr std::size_t largest_text = 64 * 1024 * 1024;
std::string read_file(const std::string& path, std::size_t limit = largest_text);
std::optional<std::string> read_file_if_exists(const std::string& path, std::size_t limit = largest_text);

// The only way a catalogue file is replaced: an unguessable temporary file beside it, fsync, rename, fsync of the
// directory. On any failure the old content is untouched and the temporary file removed. The temporary file is locked
// (flock) while its writer lives; what a killed one left is removed when the same file is replaced again.
void replace_file(const std::string& path, std::string_view bytes, mode_t mode = default_file_mode);

// The same in pieces, for content that does not fit in memory: write to fd(), then commit().
class FileReplacement {
 public:
  explicit FileReplacement(std::string path, mode_t mode = default_file_mode);
  FileReplacement(const FileReplacement&) = delete;
  FileReplacement& operator=(const FileReplacement&) = delete;
  ~FileReplacement();  // removes the temporary file unless committed
  int fd() const { return fd_.get(); }
  const std::string& temporary_path() const { return temporary_; }
  void write(std::string_view bytes);
  void commit();
  // Whole or not at all for whoever reads it, but not on disk yet: for what is asked for again after a power cut.
  void publish();

 private:
  std::string path_;
  std::string temporary_;
  UniqueFd fd_;
};

// Removes the temporary files of replacements whose process is gone: those of one file, or those in a directory of the
// files whose names are wanted.
void remove_abandoned_replacements(const std::string& path);
void remove_abandoned_replacements(const std::string& directory,
                                   const std::function<bool(std::string_view)>& is_wanted);

void sync_fd(int fd, const std::string& path);
void sync_file(const std::string& path);
void sync_directory(const std::string& path);
std::string parent_directory(const std::string& path);

std::optional<struct ::stat> stat_if_exists(const std::string& path);  // follows links; nullopt for ENOENT and ENOTDIR
std::optional<struct ::stat> lstat_if_exists(const std::string& path);
bool exists(const std::string& path);
bool is_directory(const std::string& path);
bool is_regular_file(const std::string& path);
double mtime_seconds(const struct ::stat& info);  // as Python's st_mtime: a double

void make_directories(const std::string& path, mode_t mode = default_directory_mode);  // like mkdir -p
void rename_file(const std::string& from, const std::string& to);
bool remove_file(const std::string& path);  // false when it was not there
// The same for a file that is replaced: what killed replacements of it left goes too, and its directory is synced.
void remove_durably(const std::string& path);
void remove_tree(const std::string& path);  // a missing tree is fine; does not follow links
void make_symlink(const std::string& target, const std::string& link);
std::string real_path(const std::string& path);    // like Python's os.path.realpath: missing parts are kept as they are
std::string expand_home(const std::string& path);  // leading ~ or ~user

// Names in a directory without "." and "..", in byte order. Throws when it cannot be read.
std::vector<std::string> list_directory(const std::string& path);
std::vector<std::string> list_directory_if_exists(const std::string& path);
std::vector<std::string> list_directory_as_stored(const std::string& path);  // in the order of the file system instead

// Visits every entry below `root` depth first, children of a directory in byte order, without following links, in
// memory bounded by the deepest path and its directories' names.
struct Entry {
  std::string path;  // root + relative
  std::string relative;
  struct ::stat info;
};
void walk(const std::string& root, const std::function<void(const Entry&)>& visit);

// Copies bytes (copy_file_range or read/write) and times and mode; target must not exist; not synced.
void copy_file(const std::string& from, const std::string& to);

// A fresh private directory below $TMPDIR (or /tmp), removed with everything in it at the end of the scope.
class TemporaryDirectory {
 public:
  explicit TemporaryDirectory(std::string_view prefix, const std::string& parent = {});
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory();
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// An unguessable name beside `path`, in the same directory.
std::string temporary_name_for(const std::string& path);
std::string in_directory(const std::string& directory, const std::string& name);

// Writes all of it to a descriptor that came without a name: a failure names the file that it is open for, or standard
// output.
void write_output(int fd, std::string_view bytes);

}  // namespace barman::fs
