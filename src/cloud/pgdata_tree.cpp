#include "pgdata_tree.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <map>
#include <span>
#include <vector>

#include "backup_logger.h"
#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/core/signals.h"
#include "barman/core/unique_fd.h"
#include "barman/fs/file.h"

namespace barman::cloud {
namespace {

constexpr std::size_t buffer_size = 256 * 1024;
constexpr std::size_t name_buffer_size = 16 * 1024;
constexpr mode_t permissions = 07777;
constexpr std::uint32_t owner_only = 0600, private_directory = 0700;

std::string user_name(uid_t id) {
  passwd entry{}, *found = nullptr;
  std::vector<char> buffer(name_buffer_size);
  ::getpwuid_r(id, &entry, buffer.data(), buffer.size(), &found);
  return found == nullptr ? "" : entry.pw_name;
}

std::string group_name(gid_t id) {
  ::group entry{}, *found = nullptr;
  std::vector<char> buffer(name_buffer_size);
  ::getgrgid_r(id, &entry, buffer.data(), buffer.size(), &found);
  return found == nullptr ? "" : entry.gr_name;
}

// What `info` says, with the names of the owners, which are looked up once for each.
class Members {
 public:
  tar::Member of(std::string name, char type, const struct ::stat& info) {
    tar::Member member;
    member.name = std::move(name);
    member.type = type;
    member.mode = info.st_mode & permissions;
    member.mtime = info.st_mtim;
    member.uid = info.st_uid;
    member.gid = info.st_gid;
    member.user = once(users_, info.st_uid, user_name);
    member.group = once(groups_, info.st_gid, group_name);
    return member;
  }

 private:
  template <typename Id>
  static const std::string& once(std::map<Id, std::string>& known, Id id, std::string (*look_up)(Id)) {
    const auto found = known.find(id);
    return found != known.end() ? found->second : known.emplace(id, look_up(id)).first->second;
  }
  std::map<uid_t, std::string> users_;
  std::map<gid_t, std::string> groups_;
};

// nullopt: it is gone, or has been replaced by a link since it was looked at.
std::optional<UniqueFd> open_if_there(const std::string& path) {
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (fd) return fd;
  if (errno == ENOENT || errno == ELOOP || errno == ENOTDIR) return std::nullopt;
  throw_errno("open", path);
}

class TreeUpload {
 public:
  TreeUpload(ArchiveUpload& archive, const Counted& counted)
      : archive_(archive), counted_(counted), buffer_(buffer_size) {}

  void tree(const std::string& root, const TreeRules& rules) {
    rules_ = &rules;
    root_ = root;
    struct ::stat info {};
    if (::stat(root.c_str(), &info) != 0) throw_errno("examine", root);
    put_empty(members_.of("./", tar::directory, info));
    content("");
  }

  bool file(const std::string& path, const std::string& name) {
    const auto fd = open_if_there(path);
    if (!fd) return false;
    struct ::stat info {};
    if (::fstat(fd->get(), &info) != 0) throw_errno("examine", path);
    if (!S_ISREG(info.st_mode)) return false;
    tar::Member member = members_.of(name, tar::regular_file, info);
    member.size = static_cast<std::uint64_t>(info.st_size);
    if (!archive_.begin(member)) {
      counted_(member.size);
      return true;
    }
    read(fd->get(), path, member.size);
    archive_.end_member();
    return true;
  }

  void text(std::string_view text, const std::string& name, const std::string& directory) {
    struct ::stat info {};
    if (::stat(directory.c_str(), &info) != 0) throw_errno("examine", directory);
    tar::Member member = members_.of(name, tar::regular_file, info);
    member.mode = owner_only;
    member.size = text.size();
    ::clock_gettime(CLOCK_REALTIME, &member.mtime);
    archive_.begin(member);
    archive_.data(text);
    archive_.end_member();
  }

 private:
  struct Found {
    std::string path;  // below the root
    struct ::stat info;
  };

  std::string full(const std::string& path) const { return path.empty() ? root_ : root_ + "/" + path; }

  // What is directly below the root has "./" in front, as the reference writes it.
  static std::string name_of(const std::string& path) {
    return path.find('/') == std::string::npos ? "./" + path : path;
  }

  // Files of a directory before what is below it, as they belong together in an archive.
  void content(const std::string& directory) {
    std::vector<Found> directories;
    for (const std::string& name : fs::list_directory_if_exists(full(directory))) {
      signals::throw_if_pending();
      const std::string path = directory.empty() ? name : directory + "/" + name;
      const auto info = fs::lstat_if_exists(full(path));
      if (!info || judge(*rules_, path, S_ISDIR(info->st_mode)) == Keep::nothing) continue;
      if (S_ISDIR(info->st_mode))
        directories.push_back({path, *info});
      else
        entry(path, *info);
    }
    for (const Found& found : directories) {
      put_empty(members_.of(found.path + "/", tar::directory, found.info));
      if (judge(*rules_, found.path, true) == Keep::whole) content(found.path);
    }
  }

  void entry(const std::string& path, const struct ::stat& info) {
    if (S_ISREG(info.st_mode)) {
      if (!file(full(path), name_of(path))) log::debug(logger, "'{}' has vanished", full(path));
    } else if (S_ISLNK(info.st_mode)) {
      link(path, info);
    } else {
      log::debug(logger, "'{}' is neither file nor directory nor link, and is left out", full(path));
    }
  }

  // Whoever restores a link to the WAL directory, on this machine, gets two clusters that write the same WAL.
  bool is_wal_directory(const std::string& path) const {
    return rules_->version_directory.empty() && (path == "pg_wal" || path == "pg_xlog");
  }

  void link(const std::string& path, const struct ::stat& info) {
    if (is_wal_directory(path)) {
      tar::Member directory = members_.of(path + "/", tar::directory, info);
      directory.mode = private_directory;
      return put_empty(directory);
    }
    std::string target(static_cast<std::size_t>(info.st_size) + 1, '\0');
    const ssize_t got = ::readlink(full(path).c_str(), target.data(), target.size());
    if (got < 0 && (errno == ENOENT || errno == EINVAL)) return;
    if (got < 0) throw_errno("read symbolic link", full(path));
    tar::Member member = members_.of(name_of(path), tar::symbolic_link, info);
    member.link = target.substr(0, static_cast<std::size_t>(got));
    put_empty(member);
  }

  void put_empty(const tar::Member& member) {
    archive_.begin(member);
    archive_.end_member();
  }

  // Exactly `size` bytes, which stand in the header already.
  void read(int fd, const std::string& path, std::uint64_t size) {
    std::uint64_t left = size;
    while (left > 0) {
      signals::throw_if_pending();
      const std::span<char> room = archive_.room(buffer_);
      const std::span<char> piece = room.first(std::min<std::uint64_t>(left, room.size()));
      const std::size_t got = fs::read_some(fd, piece, path);
      if (got == 0) break;
      pass_on({piece.data(), got}, left);
    }
    if (left == 0) return;
    log::info(logger, "'{}' has become shorter by {} bytes while it was read", path, left);
    std::ranges::fill(buffer_, '\0');
    while (left > 0) pass_on({buffer_.data(), std::min<std::uint64_t>(left, buffer_.size())}, left);
  }

  void pass_on(std::string_view bytes, std::uint64_t& left) {
    archive_.data(bytes);
    counted_(bytes.size());
    left -= bytes.size();
  }

  ArchiveUpload& archive_;
  const Counted& counted_;
  Members members_;
  const TreeRules* rules_ = nullptr;
  std::string root_;
  std::vector<char> buffer_;
};

}  // namespace

void upload_tree(ArchiveUpload& archive, const std::string& root, const TreeRules& rules, const Counted& counted) {
  TreeUpload(archive, counted).tree(root, rules);
}

bool upload_file(ArchiveUpload& archive, const std::string& path, const std::string& name, const Counted& counted) {
  return TreeUpload(archive, counted).file(path, name);
}

void upload_text(ArchiveUpload& archive, std::string_view text, const std::string& name, const std::string& directory) {
  TreeUpload(archive, [](std::uint64_t) {}).text(text, name, directory);
}

}  // namespace barman::cloud
