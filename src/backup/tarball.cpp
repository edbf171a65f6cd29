#include "tarball.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

#include "barman/core/error.h"
#include "barman/core/signals.h"
#include "barman/fs/file.h"

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

}  // namespace barman::backup
