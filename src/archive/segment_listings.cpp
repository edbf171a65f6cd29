#include "segment_listings.h"

#include <fmt/format.h>

#include <iterator>

#include "barman/core/error.h"
#include "barman/core/hex_columns.h"
#include "barman/core/log.h"
#include "barman/fs/file.h"

namespace barman::archive {

namespace {

constexpr mode_t listings_mode = 0600;
constexpr std::time_t moment = 10;  // seconds; coarser than the clock of any file system

// A line is DIRECTORY INODE SECONDS NANOSECONDS NAMES, in hexadecimal digits.
constexpr std::size_t columns_of_names = std::tuple_size_v<decltype(SegmentListings::Names::bits)>;

}  // namespace

SegmentListings::SegmentListings(std::string path) : path_(std::move(path)) {
  const std::string text = fs::read_file_if_exists(path_).value_or("");
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    HexColumns columns(line);
    Directory directory;
    Listing listing;
    directory.timeline = columns.number8();
    directory.log = columns.number8();
    for (std::uint64_t* number : {&listing.inode, &listing.changed_seconds, &listing.changed_nanoseconds}) {
      columns.expect(' ');
      *number = columns.number16();
    }
    for (std::uint64_t& bits : listing.names.bits) {
      columns.expect(' ');
      bits = columns.number16();
    }
    if (columns.good() && columns.rest().empty()) listings_.insert_or_assign(directory, listing);
  }
}

const SegmentListings::Names* SegmentListings::find(const Directory& directory, const struct ::stat& info) const {
  const auto found = listings_.find(directory);
  if (found == listings_.end()) return nullptr;
  const Listing& listing = found->second;
  const bool same = listing.inode == info.st_ino &&
                    listing.changed_seconds == static_cast<std::uint64_t>(info.st_ctim.tv_sec) &&
                    listing.changed_nanoseconds == static_cast<std::uint64_t>(info.st_ctim.tv_nsec);
  return same ? &listing.names : nullptr;
}

void SegmentListings::remember(const Directory& directory, const struct ::stat& info, std::time_t now,
                               const Names& names) {
  if (info.st_ctim.tv_sec > now - moment) return;
  listings_[directory] = {info.st_ino, static_cast<std::uint64_t>(info.st_ctim.tv_sec),
                          static_cast<std::uint64_t>(info.st_ctim.tv_nsec), names};
  has_news_ = true;
}

void SegmentListings::drop_gone(const std::function<bool(const Directory&)>& is_there) {
  if (std::erase_if(listings_, [&](const auto& each) { return !is_there(each.first); }) > 0) has_news_ = true;
}

void SegmentListings::save() const {
  if (!has_news_) return;
  std::string text;
  text.reserve(listings_.size() * (17 * (columns_of_names + 4)));
  const auto out = std::back_inserter(text);
  for (const auto& [directory, listing] : listings_) {
    fmt::format_to(out, "{:08X}{:08X} {:016X} {:016X} {:016X}", directory.timeline, directory.log, listing.inode,
                   listing.changed_seconds, listing.changed_nanoseconds);
    for (const std::uint64_t bits : listing.names.bits) fmt::format_to(out, " {:016X}", bits);
    text += '\n';
  }
  try {
    fs::FileReplacement file(path_, listings_mode);
    file.write(text);
    file.publish();
  } catch (const Error& error) {
    log::warning("barman.recovery_window",
                 "Cannot remember which WAL files are there; the directories will be listed again: {}", error.what());
  }
}

}  // namespace barman::archive
