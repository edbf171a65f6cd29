#include "listing.h"

#include <fcntl.h>
#include <fmt/core.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "barman/fs/file.h"

namespace barman::copy {

namespace {

constexpr std::size_t listing_buffer_size = 256 * 1024;
constexpr std::int64_t cost_of_a_file = 4096;  // bytes that could be moved instead
constexpr std::size_t many_files = 32;
// Of what one job gets, so that directories can still be dealt out evenly.
constexpr std::int64_t largest_share = 8;

// Before each name in the file.
struct Head {
  std::int64_t weight;
  std::uint32_t name_size;
  std::uint32_t compare;
};

std::string_view directory_of(std::string_view name) {
  const std::size_t slash = name.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : name.substr(0, slash);
}

// Files of one directory that follow each other.
struct Group {
  std::string directory;
  std::size_t files = 0;
  bool compare = false;  // any of them
  std::int64_t weight = 0;
};

}  // namespace

FileList::FileList(std::string path) : names_(std::move(path)) {}

void FileList::add(std::string_view name) {
  // The prefix keeps rsync from taking a leading '#', ';' or '-' for something else.
  names_.append("./");
  names_.append(name);
  names_.append(std::string_view("\0", 1));
  ++count_;
}

Buckets::Buckets(std::string directory, std::string prefix, std::size_t at_once, const Limits& limits)
    : directory_(std::move(directory)), prefix_(std::move(prefix)), at_once_(at_once), limits_(limits) {}

void Buckets::start() {
  const std::string name = fmt::format("{}/{}_{}", directory_, prefix_, started_++);
  open_.push_back({FileList(name + "_safe.list"), FileList(name + "_check.list")});
}

Buckets::Bucket& Buckets::least() {
  const auto least = std::ranges::min_element(open_, {}, &Bucket::weight);
  if (least != open_.end() && (least->weight < limits_.worth_a_job || open_.size() >= at_once_)) return *least;
  start();
  return open_.back();
}

void Buckets::add(std::string_view name, bool compare, std::int64_t weight) {
  Bucket& bucket = least();
  (compare ? bucket.compare : bucket.quick).add(name);
  grow(bucket, weight);
}

void Buckets::add_tree(std::string_view directory, std::int64_t weight) {
  Bucket& bucket = least();
  bucket.quick.add(directory);
  bucket.trees = true;
  grow(bucket, weight);
}

void Buckets::grow(Bucket& bucket, std::int64_t weight) {
  bucket.weight += weight;
  if (bucket.weight < limits_.largest && bucket.quick.count() + bucket.compare.count() < limits_.most_names) return;
  close(bucket);
  open_.erase(open_.begin() + (&bucket - open_.data()));
}

// There can be many: none keeps its files open.
void Buckets::close(Bucket& bucket) {
  bucket.quick.finish();
  bucket.compare.finish();
  if (!bucket.quick.empty() || !bucket.compare.empty()) full_.push_back(std::move(bucket));
}

std::vector<Buckets::Bucket> Buckets::take() {
  for (Bucket& bucket : open_) close(bucket);
  open_.clear();
  return std::exchange(full_, {});
}

Listing::Listing(std::string path) : files_(std::move(path), listing_buffer_size) {}

void Listing::add_directory(std::string_view name) {
  if (name.ends_with('/')) name.remove_suffix(1);
  if (const std::string_view parent = directory_of(name); !parents_.contains(parent)) parents_.emplace(parent);
}

void Listing::add(std::string_view name, bool compare, std::int64_t bytes) {
  const Head head{cost_of_a_file + bytes, static_cast<std::uint32_t>(name.size()), compare ? 1U : 0U};
  files_.append({reinterpret_cast<const char*>(&head), sizeof head});
  files_.append(name);
  weight_ += head.weight;
}

Listing::Cursor::Cursor(const Listing& listing) : path_(listing.files_.path()), fd_(fs::open_file(path_, O_RDONLY)) {}

bool Listing::Cursor::read(void* target, std::size_t size) {
  while (buffer_.size() - taken_ < size) {
    buffer_.erase(0, std::exchange(taken_, 0));
    const std::size_t had = buffer_.size();
    buffer_.resize(had + listing_buffer_size);
    buffer_.resize(had + fs::read_some(fd_.get(), std::span(buffer_).subspan(had), path_));
    if (buffer_.size() == had) return false;
  }
  std::memcpy(target, buffer_.data() + taken_, size);
  taken_ += size;
  return true;
}

std::optional<Listing::File> Listing::Cursor::next() {
  Head head{};
  if (!read(&head, sizeof head)) return std::nullopt;
  File file{std::string(head.name_size, '\0'), head.compare != 0, head.weight};
  read(file.name.data(), file.name.size());
  return file;
}

void deal_out(const Listing& listing, std::size_t jobs, Buckets& buckets) {
  const std::int64_t largest_tree = listing.weight() / static_cast<std::int64_t>(jobs) / largest_share;
  Listing::Cursor ahead(listing), behind(listing);
  Group group;
  // `behind` stands at the group's first file.
  const auto end_group = [&] {
    const bool as_tree = group.files >= many_files && !group.compare && group.weight <= largest_tree &&
                         !group.directory.empty() && !listing.has_directories_in(group.directory);
    if (as_tree) buckets.add_tree(group.directory, group.weight);
    for (; group.files > 0; --group.files) {
      const Listing::File file = behind.next().value();
      if (!as_tree) buckets.add(file.name, file.compare, file.weight);
    }
  };
  while (const auto file = ahead.next()) {
    if (const std::string_view directory = directory_of(file->name); directory != group.directory || group.files == 0) {
      end_group();
      group = {std::string(directory)};
    }
    ++group.files;
    group.compare = group.compare || file->compare;
    group.weight += file->weight;
  }
  end_group();
}

}  // namespace barman::copy
