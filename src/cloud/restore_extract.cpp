#include "restore_extract.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "backup_logger.h"
#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/core/signals.h"
#include "barman/core/text.h"
#include "barman/fs/file.h"

namespace barman::cloud {
namespace {

constexpr std::size_t buffer_size = 256 * 1024;
constexpr std::size_t name_buffer_size = 16 * 1024;
constexpr mode_t permission_bits = 0777;  // and not those that lend the owner's rights
constexpr mode_t private_directory = 0700;
constexpr mode_t private_file = 0600;

[[noreturn]] void unsafe(const std::string& name, const char* why) {
  throw Error(Errc::corrupt, fmt::format("'{}' {}", name, why), "the archive was not made by a base backup");
}

// Makes room for a member that comes again: a file or a link, never a directory.
void remove_earlier(int parent, const std::string& last, const std::string& path) {
  if (::unlinkat(parent, last.c_str(), 0) != 0 && errno != ENOENT) throw_errno("replace", path);
}

template <typename Id, typename LookUp>
Id known(std::map<std::string, Id>& ids, const std::string& name, std::uint64_t number, const LookUp& look_up) {
  if (name.empty()) return static_cast<Id>(number);
  const auto found = ids.find(name);
  if (found != ids.end()) return found->second;
  return ids.emplace(name, look_up(name, static_cast<Id>(number))).first->second;
}

uid_t user_id(const std::string& name, uid_t otherwise) {
  passwd entry{}, *found = nullptr;
  std::vector<char> buffer(name_buffer_size);
  ::getpwnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found);
  return found == nullptr ? otherwise : entry.pw_uid;
}

gid_t group_id(const std::string& name, gid_t otherwise) {
  ::group entry{}, *found = nullptr;
  std::vector<char> buffer(name_buffer_size);
  ::getgrnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found);
  return found == nullptr ? otherwise : entry.gr_gid;
}

// A link there would lead the restored cluster to the WAL of the one that was backed up.
bool is_wal_directory(const std::vector<std::string>& parts) {
  return parts.size() == 1 && (parts[0] == "pg_wal" || parts[0] == "pg_xlog");
}

}  // namespace

std::vector<std::string> parts_of_member(const std::string& name) {
  if (name.empty() || name.starts_with('/')) unsafe(name, "is no path below the destination");
  if (name.find('\0') != std::string::npos) unsafe(name, "has a NUL in it");
  std::vector<std::string> parts = split(name, '/');
  std::erase_if(parts, [](const std::string& part) { return part.empty() || part == "."; });
  if (std::ranges::find(parts, "..") != parts.end()) unsafe(name, "leads out of the destination");
  return parts;
}

Extraction::Extraction(std::string directory)
    : directory_(std::move(directory)),
      as_root_(::geteuid() == 0),
      root_(fs::open_file(directory_, O_RDONLY | O_DIRECTORY)),
      buffer_(buffer_size) {}

std::string Extraction::path_of(const std::vector<std::string>& parts) const {
  return directory_ + "/" + join(parts, "/");
}

void Extraction::extract(tar::Reader& archive, const std::string& what, Download* download) {
  try {
    BlockWriter writer;
    std::optional<LargeFiles> apart;
    if (download != nullptr) apart.emplace(*download);
    while (const auto member = archive.next()) {
      signals::throw_if_pending();
      writer.check();
      if (apart) apart->check();
      place({archive, writer, apart ? &*apart : nullptr}, *member);
    }
    writer.finish();
    if (apart) apart->finish();
    if (!archive.saw_end()) throw Error(Errc::corrupt, "unexpected end of data");
  } catch (const Error& error) {
    if (error.code() != Errc::corrupt) throw;
    throw Error(Errc::corrupt, fmt::format("cannot extract '{}': {}", what, error.what()), error.hint());
  }
}

void Extraction::place(const From& from, const tar::Member& member) {
  const std::vector<std::string> parts = parts_of_member(member.name);
  if (member.type == tar::directory) return place_directory(member, parts);
  if (parts.empty()) unsafe(member.name, "stands for the destination, and is no directory");
  switch (member.type) {
    case tar::regular_file:
      return place_file(from, member, parts);
    case tar::symbolic_link:
      return place_link(member, parts);
    case tar::hard_link:
      return place_hard_link(member, parts);
    default:
      unsafe(member.name, "is neither file nor directory nor link");
  }
}

// The first `count` parts, made where they are missing.
UniqueFd Extraction::open_directory(const std::vector<std::string>& parts, std::size_t count,
                                    const std::string& name) const {
  UniqueFd at(::fcntl(root_.get(), F_DUPFD_CLOEXEC, 0));
  if (!at) throw_errno("open", directory_);
  for (std::size_t i = 0; i < count; ++i) {
    const char* part = parts[i].c_str();
    if (::mkdirat(at.get(), part, private_directory) != 0 && errno != EEXIST) throw_errno("create directory", name);
    UniqueFd next(::openat(at.get(), part, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!next && (errno == ELOOP || errno == ENOTDIR)) unsafe(name, "would be written through a link or a file");
    if (!next) throw_errno("open directory", name);
    at = std::move(next);
  }
  return at;
}

int Extraction::parent_of(const std::vector<std::string>& parts, const std::string& name) {
  const std::vector<std::string> parent(parts.begin(), parts.end() - 1);
  if (parent.empty()) return root_.get();
  if (!parent_ || parent != parent_parts_) {
    parent_ = open_directory(parts, parent.size(), name);
    parent_parts_ = parent;
  }
  return parent_.get();
}

void Extraction::place_directory(const tar::Member& member, const std::vector<std::string>& parts) {
  const UniqueFd fd = open_directory(parts, parts.size(), member.name);
  own(fd.get(), member, path_of(parts));
  directories_[parts] = {static_cast<mode_t>(member.mode & permission_bits), member.mtime};
}

void Extraction::place_file(const From& from, const tar::Member& member, const std::vector<std::string>& parts) {
  const int parent = parent_of(parts, member.name);
  const std::string path = path_of(parts);
  remove_earlier(parent, parts.back(), path);
  UniqueFd fd(
      ::openat(parent, parts.back().c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, private_file));
  if (!fd) throw_errno("create", path);
  const auto file = std::make_shared<RestoredFile>(std::move(fd), path, member.mtime);
  write_content(from, member.size, file, path);
  own(file->fd(), member, path);
  if (::fchmod(file->fd(), member.mode & permission_bits) != 0) throw_errno("set the permissions of", path);
  file->done();
}

void Extraction::write_content(const From& from, std::uint64_t size, const std::shared_ptr<RestoredFile>& file,
                               const std::string& path) {
  if (size < fs::DirectBlock::size) {
    while (const std::size_t got = from.archive.read(buffer_)) fs::write_all(file->fd(), {buffer_.data(), got}, path);
    return;
  }
  file->make_direct(size);
  if (from.apart != nullptr) from.apart->take_end(from.archive, size, file);
  from.writer.copy(from.archive, file);
}

void Extraction::place_link(const tar::Member& member, const std::vector<std::string>& parts) {
  if (is_wal_directory(parts)) {
    log::info(logger, "'{}' was a link to '{}', and is restored as a directory", path_of(parts), member.link);
    tar::Member directory = member;
    directory.mode = private_directory;
    return place_directory(directory, parts);
  }
  const int parent = parent_of(parts, member.name);
  remove_earlier(parent, parts.back(), path_of(parts));
  if (::symlinkat(member.link.c_str(), parent, parts.back().c_str()) != 0)
    throw_errno("create symbolic link", path_of(parts));
  if (!as_root_) return;
  const auto [user, group] = owner_of(member);
  if (::fchownat(parent, parts.back().c_str(), user, group, AT_SYMLINK_NOFOLLOW) != 0)
    throw_errno("change the owner of", path_of(parts));
}

void Extraction::place_hard_link(const tar::Member& member, const std::vector<std::string>& parts) {
  const std::vector<std::string> other = parts_of_member(member.link);
  if (other.empty() || other == parts) unsafe(member.name, "is a hard link to no other file");
  const UniqueFd from = open_directory(other, other.size() - 1, member.name);
  const int parent = parent_of(parts, member.name);
  remove_earlier(parent, parts.back(), path_of(parts));
  if (::linkat(from.get(), other.back().c_str(), parent, parts.back().c_str(), 0) == 0) return;
  if (errno == ENOENT) unsafe(member.name, "is a hard link to a file that is not in the archive before it");
  throw_errno("create hard link", path_of(parts));
}

std::pair<uid_t, gid_t> Extraction::owner_of(const tar::Member& member) {
  return {known<uid_t>(users_, member.user, member.uid, user_id),
          known<gid_t>(groups_, member.group, member.gid, group_id)};
}

// Before the mode: a change of owner takes bits away.
void Extraction::own(int fd, const tar::Member& member, const std::string& path) {
  if (!as_root_) return;
  const auto [user, group] = owner_of(member);
  if (::fchown(fd, user, group) != 0) throw_errno("change the owner of", path);
}

void Extraction::finish() {
  parent_.reset();
  // In reverse order what is below comes before what it is in.
  for (auto entry = directories_.rbegin(); entry != directories_.rend(); ++entry) {
    const auto& [parts, state] = *entry;
    const UniqueFd fd = open_directory(parts, parts.size(), path_of(parts));
    const struct ::timespec times[2] = {state.mtime, state.mtime};
    if (::fchmod(fd.get(), state.mode) != 0 || ::futimens(fd.get(), times) != 0)
      throw_errno("set the permissions and time of", path_of(parts));
  }
  directories_.clear();
}

}  // namespace barman::cloud
