#include "wal_list.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "barman/core/error.h"
#include "barman/core/unique_fd.h"
#include "barman/fs/file.h"

namespace barman::cloud_copy {
namespace {

constexpr std::size_t longest_name = 64, block_size = 64 * 1024;

bool ends_with_newline(int fd, const std::string& path) {
  struct ::stat info {};
  if (::fstat(fd, &info) != 0) throw_errno("examine", path);
  if (info.st_size == 0) return true;
  char last = 0;
  if (::pread(fd, &last, 1, info.st_size - 1) != 1) throw_errno("read", path);
  return last == '\n';
}

}  // namespace

void WalNames::add(std::string_view name) {
  const auto segment = parse_segment(name);
  if (!segment) {
    others_.emplace(name);
    return;
  }
  if (segments_.empty() || segments_.back() < *segment) {
    segments_.push_back(*segment);
    return;
  }
  const auto at = std::ranges::lower_bound(segments_, *segment);
  if (*at != *segment) segments_.insert(at, *segment);
}

bool WalNames::holds(std::string_view name) const {
  if (const auto segment = parse_segment(name)) return std::ranges::binary_search(segments_, *segment);
  return others_.contains(name);
}

bool WalNames::holds_all(const Segment& first, const Segment& last, std::uint64_t segment_size,
                         Segment* missing) const {
  for (Segment at = first; at <= last; at = next(at, segment_size)) {
    if (std::ranges::binary_search(segments_, at)) continue;
    if (missing != nullptr) *missing = at;
    return false;
  }
  return true;
}

WalList::WalList(std::string path) : path_(std::move(path)) {
  for_each_line([this](std::string_view line) {
    if (is_any_wal_name(line)) names_.add(line);
  });
}

void WalList::for_each_line(const std::function<void(std::string_view)>& take) const {
  const auto fd = fs::open_if_exists(path_, O_RDONLY);
  if (!fd) return;
  std::string rest;
  fs::read_blocks(fd->get(), path_, [&](std::string_view block) {
    for (std::size_t end = block.find('\n'); end != std::string_view::npos; end = block.find('\n')) {
      rest += block.substr(0, end);
      block.remove_prefix(end + 1);
      take(rest);
      rest.clear();
    }
    if (rest.size() < longest_name) rest += block;  // what is longer is no name
  });
}

void WalList::add(const std::vector<std::string>& names) {
  if (names.empty()) return;
  const bool is_new = !fs::exists(path_);
  const UniqueFd fd = fs::open_file(path_, O_RDWR | O_CREAT | O_APPEND);
  std::string text = ends_with_newline(fd.get(), path_) ? "" : "\n";
  for (const std::string& name : names) text += name + '\n';
  fs::write_all(fd.get(), text, path_);
  fs::sync_fd(fd.get(), path_);
  if (is_new) fs::sync_directory(fs::parent_directory(path_));
  for (const std::string& name : names) names_.add(name);
}

void WalList::keep(const std::function<bool(std::string_view name)>& stays) {
  WalNames left;
  {
    fs::FileReplacement file(path_);
    std::string text;
    for_each_line([&](std::string_view line) {
      if (!is_any_wal_name(line) || left.holds(line) || !stays(line)) return;
      left.add(line);
      text += line;
      text += '\n';
      if (text.size() < block_size) return;
      file.write(text);
      text.clear();
    });
    file.write(text);
    file.commit();
  }
  names_ = std::move(left);
}

}  // namespace barman::cloud_copy
