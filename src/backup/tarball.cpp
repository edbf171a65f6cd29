#include "tarball.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <span>
#include <vector>

#include "barman/core/error.h"
#include "barman/core/signals.h"
#include "barman/core/text.h"
#include "barman/fs/file.h"
#include "barman/wal/segment.h"
#include "export_format.h"

namespace barman::backup {

namespace {

constexpr std::size_t buffer_size = 256 * 1024;
constexpr std::size_t name_buffer_size = 16 * 1024;

std::string link_target(const std::string& path, std::size_t size) {
  std::string target(size + 1, '\0');
  const ssize_t got = ::readlink(path.c_str(), target.data(), target.size());
  if (got < 0) throw_errno("read symbolic link", path);
  target.resize(static_cast<std::size_t>(got));
  return target;
}

constexpr std::uint64_t longest_text = 256 * 1024 * 1024;  // an index of two million segments
constexpr mode_t private_directory = 0700;
constexpr mode_t permission_bits = 0777;  // and not those that lend the owner's rights

[[noreturn]] void unsafe_path(const std::string& name) {
  throw Error(Errc::corrupt, fmt::format("Tarball contains unsafe path: '{}'", name));
}

[[noreturn]] void unsafe_type(const std::string& name) {
  throw Error(Errc::corrupt, fmt::format("Tarball contains unsafe member type: '{}'", name));
}

// Without "." and the '/' at the end.
std::string safe_name(const std::string& name) {
  if (name.empty() || name.starts_with('/') || name.find('\0') != std::string::npos) unsafe_path(name);
  std::vector<std::string> parts = split(name, '/');
  std::erase_if(parts, [](const std::string& part) { return part.empty() || part == "."; });
  if (std::ranges::find(parts, "..") != parts.end()) unsafe_path(name);
  return join(parts, "/");
}

class Unpacker {
 public:
  Unpacker(tar::Reader& tar, std::string directory)
      : tar_(tar), directory_(std::move(directory)), buffer_(buffer_size) {}

  UnpackedTarball run() {
    fs::make_directories(directory_ + "/backup", private_directory);
    fs::make_directories(directory_ + "/wals", private_directory);
    while (const auto member = tar_.next()) {
      signals::throw_if_pending();
      place(*member, safe_name(member->name));
    }
    restore_directories();
    return std::move(result_);
  }

 private:
  void place(const tar::Member& member, const std::string& name) {
    const bool in_tree = name == "backup" || name.starts_with("backup/");
    switch (member.type) {
      case tar::directory:
        if (in_tree) add_directory(member, name);
        result_.has_wals = result_.has_wals || name == "wals" || name.starts_with("wals/");
        return;
      case tar::symbolic_link:
        if (!in_tree || !is_tablespace_link(std::string_view(name).substr(name.find('/') + 1)))
          unsafe_type(member.name);
        result_.tablespace_links.push_back(name.substr(name.find('/') + 1));
        return;
      case tar::regular_file:
        return place_file(member, name);
      default:
        unsafe_type(member.name);
    }
  }

  void place_file(const tar::Member& member, const std::string& name) {
    if (name == "identity.json") return keep_text(member, result_.identity);
    if (name == "backup.info") return keep_text(member, result_.info);
    if (name == "xlog.db") return keep_text(member, result_.index);
    if (name.starts_with("backup/")) {
      result_.has_tree = true;
      return write_file(member, directory_ + '/' + name);
    }
    if (!name.starts_with("wals/")) return;  // a later version may add more
    result_.has_wals = true;
    const std::string wal(base_name(name));
    if (archive_path(wal) != name.substr(name.find('/') + 1)) return;
    write_file(member, directory_ + "/wals/" + wal);
    result_.wals[wal] = member.size;
  }

  void keep_text(const tar::Member& member, std::optional<std::string>& text) {
    if (text) twice(member.name);
    if (member.size > longest_text)
      throw Error(Errc::corrupt, fmt::format("Tarball contains too large a file: '{}'", member.name));
    text.emplace();
    while (const std::size_t got = tar_.read(buffer_)) text->append(buffer_.data(), got);
  }

  [[noreturn]] static void twice(const std::string& name) {
    throw Error(Errc::corrupt, fmt::format("Tarball contains '{}' twice", name));
  }

  void write_file(const tar::Member& member, const std::string& path) {
    make_parent(path);
    const UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!fd && (errno == EEXIST || errno == EISDIR)) twice(member.name);
    if (!fd && errno == ENOTDIR) unsafe_path(member.name);
    if (!fd) throw_errno("create", path);
    while (const std::size_t got = tar_.read(buffer_)) {
      signals::throw_if_pending();
      fs::write_all(fd.get(), {buffer_.data(), got}, path);
    }
    const struct ::timespec times[2] = {member.mtime, member.mtime};
    if (::fchmod(fd.get(), member.mode & permission_bits) != 0 || ::futimens(fd.get(), times) != 0)
      throw_errno("set the permissions and time of", path);
  }

  void make_parent(const std::string& path) const {
    const std::string parent = fs::parent_directory(path);
    if (parent.size() > directory_.size()) fs::make_directories(parent, private_directory);
  }

  void add_directory(const tar::Member& member, const std::string& name) {
    result_.has_tree = true;
    const std::string path = directory_ + '/' + name;
    fs::make_directories(path, private_directory);
    directories_.push_back({path, static_cast<mode_t>(member.mode & permission_bits), member.mtime});
  }

  // At the end, deepest first, so that nothing is written below any more.
  void restore_directories() const {
    for (auto at = directories_.rbegin(); at != directories_.rend(); ++at) {
      const struct ::timespec times[2] = {at->mtime, at->mtime};
      if (::chmod(at->path.c_str(), at->mode | private_directory) != 0 ||
          ::utimensat(AT_FDCWD, at->path.c_str(), times, AT_SYMLINK_NOFOLLOW) != 0)
        throw_errno("set the permissions and time of", at->path);
    }
  }

  struct Directory {
    std::string path;
    mode_t mode;
    std::timespec mtime;
  };

  tar::Reader& tar_;
  std::string directory_;
  std::vector<char> buffer_;
  std::vector<Directory> directories_;
  UnpackedTarball result_;
};

}  // namespace

Tarball::Tarball(std::string path, codec::Recipe recipe, Progress& progress)
    : path_(std::move(path)),
      progress_(progress),
      fd_(fs::open_file(path_, O_WRONLY | O_CREAT | O_EXCL)),
      encoder_(std::move(recipe), path_,
               [this](std::string_view bytes) {
                 checksum_.update(bytes);
                 fs::write_all(fd_.get(), bytes, path_);
               }),
      tar_([this](std::string_view bytes) { encoder_.write(bytes); }) {}

Tarball::~Tarball() {
  if (fd_) ::unlink(path_.c_str());
}

void Tarball::add_text(const std::string& name, std::string_view text, const struct ::stat* like) {
  tar::Member member = like == nullptr ? tar::Member{} : describe(name, *like);
  member.name = name;
  member.type = tar::regular_file;
  member.size = text.size();
  tar_.begin(member);
  tar_.data(text);
  tar_.end_member();
}

void Tarball::add(const std::string& name, const std::string& path, const struct ::stat& info) {
  tar::Member member = describe(name, info);
  if (S_ISREG(info.st_mode)) {
    member.size = static_cast<std::uint64_t>(info.st_size);
    tar_.begin(member);
    copy_content(path, member.size);
    tar_.end_member();
    return;
  }
  if (S_ISDIR(info.st_mode)) {
    member.type = tar::directory;
    member.name += '/';
  } else {
    member.type = tar::symbolic_link;
    member.link = link_target(path, static_cast<std::size_t>(info.st_size));
  }
  tar_.begin(member);
}

void Tarball::copy_content(const std::string& path, std::uint64_t size) {
  const UniqueFd file = fs::open_file(path, O_RDONLY | O_NOFOLLOW);
  std::vector<char> buffer(buffer_size);
  while (size > 0) {
    signals::throw_if_pending();
    const auto want = static_cast<std::size_t>(std::min<std::uint64_t>(size, buffer.size()));
    const std::size_t got = fs::read_some(file.get(), std::span(buffer).first(want), path);
    if (got == 0) throw Error(Errc::io, fmt::format("'{}' became shorter while it was read", path));
    tar_.data({buffer.data(), got});
    size -= got;
    progress_.update(done_ += static_cast<std::int64_t>(got));
  }
}

tar::Member Tarball::describe(const std::string& name, const struct ::stat& info) {
  tar::Member member;
  member.name = name;
  member.mode = info.st_mode & 07777U;
  member.mtime = info.st_mtim;
  member.uid = info.st_uid;
  member.gid = info.st_gid;
  member.user = user(info.st_uid);
  member.group = group(info.st_gid);
  return member;
}

const std::string& Tarball::user(uid_t id) {
  const auto [found, is_new] = users_.try_emplace(id);
  if (is_new) {
    std::vector<char> buffer(name_buffer_size);
    struct ::passwd entry {};
    struct ::passwd* result = nullptr;
    if (::getpwuid_r(id, &entry, buffer.data(), buffer.size(), &result) == 0 && result != nullptr)
      found->second = entry.pw_name;
  }
  return found->second;
}

const std::string& Tarball::group(gid_t id) {
  const auto [found, is_new] = groups_.try_emplace(id);
  if (is_new) {
    std::vector<char> buffer(name_buffer_size);
    struct ::group entry {};
    struct ::group* result = nullptr;
    if (::getgrgid_r(id, &entry, buffer.data(), buffer.size(), &result) == 0 && result != nullptr)
      found->second = entry.gr_name;
  }
  return found->second;
}

std::string Tarball::finish() {
  tar_.finish();
  encoder_.finish();
  const Waiting waiting(progress_, "writing the tarball to disk");
  fs::sync_fd(fd_.get(), path_);
  return checksum_.hex();
}

void Tarball::commit(const std::string& name) {
  fs::rename_file(path_, name);
  fd_.reset();
  fs::sync_directory(fs::parent_directory(name));
}

TarArchive::TarArchive(const std::string& path)
    : fd_(fs::open_file(path, O_RDONLY)),
      content_(fd_.get(), codec::stored_as(codec::detect_file(path)), path),
      members_([this](std::span<char> buffer) { return content_.read(buffer); }) {}

std::string read_member(const std::string& archive, std::string_view name, std::uint64_t longest) {
  try {
    TarArchive tar(archive);
    while (const auto member = tar.members().next()) {
      if (member->name != name || member->type != tar::regular_file) continue;
      if (member->size > longest) throw Error(Errc::corrupt, fmt::format("'{}' has {} bytes", name, member->size));
      std::string content(member->size, '\0');
      std::size_t filled = 0;
      while (const std::size_t got = tar.members().read(std::span(content).subspan(filled))) filled += got;
      return content;
    }
  } catch (const Error& error) {
    if (error.code() != Errc::corrupt) throw;
    throw Error(Errc::corrupt, fmt::format("cannot find {} in '{}': {}", name, archive, error.what()));
  }
  throw Error(Errc::corrupt, fmt::format("no {} in '{}'", name, archive));
}

bool is_tarball(const std::string& path) {
  try {
    TarArchive(path).members().next();
    return true;
  } catch (const Error& error) {
    if (error.code() != Errc::corrupt) throw;
    return false;
  }
}

UnpackedTarball unpack_tarball(const std::string& path, const std::string& directory) {
  try {
    TarArchive archive(path);
    return Unpacker(archive.members(), directory).run();
  } catch (const Error& error) {
    if (error.code() != Errc::corrupt || std::string_view(error.what()).starts_with("Tarball ")) throw;
    throw Error(Errc::corrupt, fmt::format("Failed to extract tarball '{}': {}", path, error.what()));
  }
}

}  // namespace barman::backup
