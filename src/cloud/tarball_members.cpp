#include "tarball_members.h"

#include <fcntl.h>
#include <fmt/core.h>

#include <algorithm>
#include <span>
#include <vector>

#include "barman/codec/codec.h"
#include "barman/core/error.h"
#include "barman/core/signals.h"
#include "barman/core/unique_fd.h"
#include "barman/fs/file.h"
#include "barman/tar/reader.h"

namespace barman::cloud {
namespace {

constexpr std::size_t buffer_size = 256 * 1024;
constexpr std::uint32_t private_directory = 0700, private_file = 0600;
constexpr const char* label_file = "backup_label";
constexpr std::uint64_t largest_held_file = 1024 * 1024;
constexpr std::string_view tablespace_map = "tablespace_map";  // tablespaces are restored where backup.info says

// Without "./" in front and '/' behind; empty: the root itself.
std::string_view path_of(std::string_view name) {
  if (name.starts_with("./")) name.remove_prefix(2);
  if (name.ends_with('/')) name.remove_suffix(1);
  return name == "." ? std::string_view() : name;
}

// Whatever lies in a directory that is stored without its content, or not at all.
bool is_against(const TreeRules& rules, std::string_view path, bool is_directory) {
  for (std::size_t slash = path.find('/'); slash != std::string_view::npos; slash = path.find('/', slash + 1))
    if (judge(rules, path.substr(0, slash), true) != Keep::whole) return true;
  return judge(rules, path, is_directory) == Keep::nothing;
}

bool leads_to_tablespace(std::string_view path, const tar::Member& member) {
  return path.starts_with("pg_tblspc/") && member.type == tar::symbolic_link;
}

// As a tree that is read from the disk names them.
std::string stored_name(std::string_view path, bool is_directory) {
  if (is_directory) return fmt::format("{}/", path);
  return path.find('/') == std::string_view::npos ? fmt::format("./{}", path) : std::string(path);
}

void put(ArchiveUpload& archive, const tar::Member& member) {
  archive.begin(member);
  archive.end_member();
}

// There is none in these tarballs.
void put_root(ArchiveUpload& archive, const tar::Member& first) {
  tar::Member root = first;
  root.name = "./";
  root.type = tar::directory;
  root.size = 0;
  root.mode = private_directory;
  put(archive, root);
}

std::string read_all(tar::Reader& tar, const tar::Member& member) {
  if (member.size > largest_held_file)
    throw Error(Errc::corrupt, fmt::format("'{}' has {} bytes", member.name, member.size));
  std::string content;
  std::vector<char> buffer(buffer_size);
  while (const std::size_t got = tar.read(buffer)) content.append(buffer.data(), got);
  return content;
}

void copy_content(tar::Reader& tar, ArchiveUpload& archive, const Counted& counted, std::vector<char>& buffer) {
  for (;;) {
    signals::throw_if_pending();
    const std::span<char> room = archive.room(buffer);
    const std::size_t got = tar.read(room);
    if (got == 0) break;
    archive.data({room.data(), got});
    counted(got);
  }
}

}  // namespace

bool TarMembers::is_held(const std::string& path) const {
  const bool of_a_tablespace = rules_ && !rules_->version_directory.empty();
  return !of_a_tablespace && (path == control_file || (from_ == From::server && path == label_file));
}

bool TarMembers::is_left_out(const std::string& path, const tar::Member& member) const {
  if (path.empty() || path == tablespace_map) return true;
  return rules_ ? is_against(*rules_, path, member.type == tar::directory) : leads_to_tablespace(path, member);
}

void TarMembers::upload(tar::Reader& tar, ArchiveUpload& archive, const Counted& counted) {
  std::vector<char> buffer(buffer_size);
  bool is_first = true;
  while (const auto member = tar.next()) {
    signals::throw_if_pending();
    if (std::exchange(is_first, false)) put_root(archive, *member);
    const std::string path(path_of(member->name));
    tar::Member stored = *member;
    if (is_held(path)) {
      stored.name = path;
      held_[path] = {stored, read_all(tar, *member)};
      continue;
    }
    if (is_left_out(path, *member)) continue;
    stored.name = stored_name(path, member->type == tar::directory);
    archive.begin(stored);
    copy_content(tar, archive, counted, buffer);
    archive.end_member();
  }
}

const TarMembers::Held& TarMembers::find(const std::string& name) const {
  const auto found = held_.find(name);
  if (found == held_.end())
    throw Error(Errc::corrupt, fmt::format("there is no {}", name),
                "the backup cannot be restored either: take another one");
  return found->second;
}

const std::string& TarMembers::held(const std::string& name) const { return find(name).content; }

void TarMembers::upload_like(const std::string& name, const AddedMember& added, ArchiveUpload& archive,
                             const Counted& counted) const {
  tar::Member member = find(name).member;
  member.name = "./" + added.name;
  member.type = added.is_directory ? tar::directory : tar::regular_file;
  member.mode = added.is_directory ? private_directory : private_file;
  member.size = added.content.size();
  if (archive.begin(member)) archive.data(added.content);
  archive.end_member();
  counted(added.content.size());
}

void TarMembers::upload_held(const std::string& name, ArchiveUpload& archive, const Counted& counted) const {
  const Held& held = find(name);
  archive.begin(held.member);
  archive.data(held.content);
  archive.end_member();
  counted(held.content.size());
}

// What a bucket gets must be whole: a tarball that was cut off is found out by its missing end.
void TarballUpload::upload(ArchiveUpload& archive, const Counted& counted) {
  const UniqueFd fd = fs::open_file(path_, O_RDONLY);
  codec::StreamDecoder content(fd.get(), codec::stored_as(codec::detect_file(path_)), path_);
  tar::Reader tar([&content](std::span<char> buffer) { return content.read(buffer); });
  try {
    members_.upload(tar, archive, counted);
  } catch (const Error& error) {
    if (error.code() != Errc::corrupt || std::string_view(error.what()).find(path_) != std::string_view::npos) throw;
    throw Error(Errc::corrupt, fmt::format("cannot read '{}': {}", path_, error.what()), error.hint());
  }
  if (!tar.saw_end()) throw Error(Errc::corrupt, fmt::format("'{}' ends too early", path_));
}

void TarballUpload::upload_held_back(ArchiveUpload& archive, const Counted& counted) const {
  if (!members_.holds(control_file))
    throw Error(Errc::corrupt, fmt::format("'{}' has no {}", path_, control_file),
                "the backup cannot be restored either: take another one");
  members_.upload_held(control_file, archive, counted);
}

std::string find_tarball(const std::string& directory, const std::string& name) {
  for (const char* extension : {"", ".gz", ".lz4", ".zst"}) {
    std::string path = fmt::format("{}/{}.tar{}", directory, name, extension);
    if (fs::exists(path)) return path;
  }
  throw Error(Errc::corrupt, fmt::format("no archive {}.tar* in '{}'", name, directory),
              "the backup consists of archives, and this part of it is missing");
}

}  // namespace barman::cloud
