#include "local_copy.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/core/parallel.h"
#include "barman/core/signals.h"
#include "barman/fs/file.h"

namespace barman::copy {

namespace {

constexpr std::string_view logger = "barman.copy_controller";
constexpr std::size_t most_waiting = 16;  // batches listed ahead of those being copied
// What a thread takes at a time: two that make files in one directory wait for each other.
constexpr std::size_t files_of_a_batch = 4096;
constexpr std::int64_t bytes_of_a_batch = std::int64_t{64} << 20;
constexpr mode_t permission_bits = 07777;

// "/pg_wal/*" (what is in it) or "/postmaster.pid" (itself): anchored, and a wildcard only for a whole directory.
bool is_plain(std::string_view pattern) {
  if (pattern.ends_with("/*")) pattern.remove_suffix(2);
  return pattern.size() > 1 && pattern.starts_with('/') && pattern.find_first_of("*?[\\") == std::string_view::npos &&
         !pattern.ends_with('/');
}

// What stays out of the copy.
class Exclusions {
 public:
  explicit Exclusions(const Item& item)
      : patterns_(item.exclude.begin(), item.exclude.end()),
        paths_(item.exclude_and_protect.begin(), item.exclude_and_protect.end()) {}
  // `path` begins with a slash, below the item.
  bool has(const std::string& path) const {
    return paths_.contains(path) || patterns_.contains(path) ||
           patterns_.contains(path.substr(0, path.rfind('/')) + "/*");
  }

 private:
  std::set<std::string> patterns_, paths_;
};

struct File {
  std::string name;
  std::int64_t size = 0;
};

// Files of one directory.
struct Batch {
  std::string from, to;  // the directory, here and there
  std::vector<File> files = {};
  std::int64_t bytes = 0;
  bool full() const { return files.size() >= files_of_a_batch || bytes >= bytes_of_a_batch; }
};

using Batches = WorkQueue<Batch>;

class TreeCopy {
 public:
  TreeCopy(const Item& item, Batches& batches) : item_(item), excluded_(item), batches_(batches) {}

  void run() {
    struct ::stat info {};
    if (::stat(item_.source.c_str(), &info) != 0) throw_errno("examine", item_.source);
    if (::mkdir(item_.destination.c_str(), 0700) != 0 && errno != EEXIST)
      throw_errno("create directory", item_.destination);
    content_of("", info);
  }
  // A directory gets its date when nothing is added to it any more; children come before their parents here.
  void finish_directories() const {
    for (const Directory& directory : directories_) {
      const std::string path = item_.destination + directory.path;
      if (::chmod(path.c_str(), directory.mode) != 0) throw_errno("set mode of", path);
      if (::utimensat(AT_FDCWD, path.c_str(), directory.times, 0) != 0) throw_errno("set times of", path);
    }
  }

 private:
  struct Directory {
    std::string path;
    mode_t mode;
    timespec times[2];
  };

  void content_of(const std::string& path, const struct ::stat& info) {
    const Batch none{item_.source + path, item_.destination + path};
    Batch batch = none;
    for (const std::string& name : fs::list_directory(batch.from)) {
      signals::throw_if_pending();
      if (!excluded_.has(path + "/" + name)) entry(path, name, batch);
      if (batch.full()) batches_.add(std::exchange(batch, none));
    }
    if (!batch.files.empty()) batches_.add(std::move(batch));
    directories_.push_back({path, static_cast<mode_t>(info.st_mode & permission_bits), {info.st_atim, info.st_mtim}});
  }

  // A file is added to `batch`, that of its directory.
  void entry(const std::string& path, const std::string& name, Batch& batch) {
    const std::string from = batch.from + "/" + name;
    struct ::stat info {};
    if (::stat(from.c_str(), &info) != 0) throw_errno("examine", from);
    if (S_ISREG(info.st_mode)) {
      batch.files.push_back({name, info.st_size});
      batch.bytes += info.st_size;
    } else if (S_ISDIR(info.st_mode)) {
      const std::string to = batch.to + "/" + name;
      if (::mkdir(to.c_str(), 0700) != 0) throw_errno("create directory", to);
      content_of(path + "/" + name, info);
    } else {
      log::info(logger, "skipping non-regular file '{}'", from);
    }
  }

  const Item& item_;
  const Exclusions excluded_;
  Batches& batches_;
  std::vector<Directory> directories_;
};

constexpr mode_t private_mode = 0700;

// The name comes from the other end.
bool stays_below(const std::string& name) {
  return !name.starts_with('/') && ("/" + name + "/").find("/../") == std::string::npos;
}

bool link_file(const std::string& from, const std::string& to) { return ::link(from.c_str(), to.c_str()) == 0; }

}  // namespace

bool can_copy_here(const Request& request, const Item& item, fs::Host& remote_end) {
  const auto is_protected = [&](const std::string& name) {
    return std::ranges::find(item.exclude_and_protect, "/" + name) != item.exclude_and_protect.end();
  };
  return !remote_end.is_remote() && !request.source_is_remote_end && request.reuse == ReuseMode::none &&
         item.directory && item.include.empty() && item.bandwidth_limit == 0 && !request.network_compression &&
         std::ranges::all_of(item.exclude, is_plain) &&
         std::ranges::all_of(remote_end.list(item.destination), is_protected);
}

void copy_directory_here(const Item& item, std::size_t workers, exec::Cancellation& cancellation,
                         const std::function<void(std::int64_t bytes)>& copied) {
  Batches batches(workers, most_waiting, [&](const Batch& batch) {
    for (const File& file : batch.files) {
      signals::throw_if_pending();
      if (cancellation.cancelled()) throw Interrupted("the copy was given up");
      fs::copy_file(batch.from + "/" + file.name, batch.to + "/" + file.name);
      copied(file.size);
    }
  });
  TreeCopy tree(item, batches);
  tree.run();
  batches.finish();
  tree.finish_directories();
}

bool link_from_reuse_directory(const Item& item, const std::string& name) {
  if (!stays_below(name)) return false;
  const std::string from = *item.reuse_directory + "/" + name, to = item.destination + "/" + name;
  if (link_file(from, to)) return true;
  if (errno != ENOENT) return false;
  fs::make_directories(fs::parent_directory(to), private_mode);
  return link_file(from, to);
}

}  // namespace barman::copy
