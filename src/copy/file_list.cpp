#include "file_list.h"

#include <fcntl.h>
#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "barman/fs/file.h"

namespace barman::copy {
namespace {

constexpr std::size_t buffer_size = 64 * 1024;

}  // namespace

FileList::FileList(std::string path)
    : path_(std::move(path)), fd_(fs::open_file(path_, O_WRONLY | O_CREAT | O_TRUNC, 0600)) {}

void FileList::add(std::string_view name) {
  // The prefix keeps rsync from taking a leading '#', ';' or '-' for something else.
  buffer_.append("./").append(name).push_back('\0');
  ++count_;
  if (buffer_.size() >= buffer_size) write_out();
}

void FileList::write_out() {
  fs::write_all(fd_.get(), buffer_, path_);
  buffer_.clear();
}

void FileList::finish() {
  write_out();
  fd_.reset();
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

}  // namespace barman::copy
