#include "tarball_members.h"

#include <fcntl.h>
#include <fmt/core.h>

#include <algorithm>
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
constexpr std::uint32_t private_directory = 0700;
constexpr std::string_view control_file = "global/pg_control";
constexpr std::uint64_t largest_control_file = 1024 * 1024;
constexpr std::string_view tablespace_map = "tablespace_map";  // tablespaces are restored where backup.info says

// Without "./" in front and '/' behind; empty: the root itself.
std::string_view path_of(std::string_view name) {
  if (name.starts_with("./")) name.remove_prefix(2);
  if (name.ends_with('/')) name.remove_suffix(1);
  return name == "." ? std::string_view() : name;
}

// Whatever lies in a directory that is stored without its content, or not at all.
bool is_left_out(const TreeRules& rules, std::string_view path, bool is_directory) {
  for (std::size_t slash = path.find('/'); slash != std::string_view::npos; slash = path.find('/', slash + 1))
    if (judge(rules, path.substr(0, slash), true) != Keep::whole) return true;
  return judge(rules, path, is_directory) == Keep::nothing;
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
  if (member.size > largest_control_file)
    throw Error(Errc::corrupt, fmt::format("'{}' has {} bytes", member.name, member.size));
  std::string content;
  std::vector<char> buffer(buffer_size);
  while (const std::size_t got = tar.read(buffer)) content.append(buffer.data(), got);
  return content;
}

void copy_content(tar::Reader& tar, ArchiveUpload& archive, const Counted& counted, std::vector<char>& buffer) {
  while (const std::size_t got = tar.read(buffer)) {
    signals::throw_if_pending();
    archive.data({buffer.data(), got});
    counted(got);
  }
}

// What a bucket gets must be whole: a tarball that was cut off is found out by its missing end.
template <typename Visit>
void for_each_member(const std::string& path, Visit visit) {
  const UniqueFd fd = fs::open_file(path, O_RDONLY);
  codec::StreamDecoder content(fd.get(), codec::stored_as(codec::detect_file(path)), path);
  tar::Reader tar([&content](std::span<char> buffer) { return content.read(buffer); });
  try {
    while (const auto member = tar.next()) {
      signals::throw_if_pending();
      visit(tar, *member);
    }
  } catch (const Error& error) {
    if (error.code() != Errc::corrupt || std::string_view(error.what()).find(path) != std::string_view::npos) throw;
    throw Error(Errc::corrupt, fmt::format("cannot read '{}': {}", path, error.what()), error.hint());
  }
  if (!tar.saw_end()) throw Error(Errc::corrupt, fmt::format("'{}' ends too early", path));
}

}  // namespace

void TarballUpload::upload(ArchiveUpload& archive, const Counted& counted) {
  std::vector<char> buffer(buffer_size);
  bool is_first = true;
  for_each_member(path_, [&](tar::Reader& tar, const tar::Member& member) {
    if (std::exchange(is_first, false)) put_root(archive, member);
    const std::string path(path_of(member.name));
    const bool is_directory = member.type == tar::directory;
    if (path == control_file && rules_.version_directory.empty()) {
      pg_control_ = member;
      pg_control_.name = path;
      pg_control_content_ = read_all(tar, member);
      return;
    }
    if (path.empty() || path == tablespace_map || is_left_out(rules_, path, is_directory)) return;
    tar::Member stored = member;
    stored.name = stored_name(path, is_directory);
    archive.begin(stored);
    copy_content(tar, archive, counted, buffer);
    archive.end_member();
  });
}

void TarballUpload::upload_held_back(ArchiveUpload& archive, const Counted& counted) const {
  if (pg_control_.name.empty())
    throw Error(Errc::corrupt, fmt::format("'{}' has no {}", path_, control_file),
                "the backup cannot be restored either: take another one");
  archive.begin(pg_control_);
  archive.data(pg_control_content_);
  archive.end_member();
  counted(pg_control_content_.size());
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
