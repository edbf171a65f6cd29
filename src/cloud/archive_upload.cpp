#include "archive_upload.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <mutex>

#include "barman/core/error.h"
#include "barman/core/numbers.h"

namespace barman::cloud {
namespace {

// The levels of the tools, whatever the level of WAL files is.
std::optional<int> preset_of(codec::Algorithm algorithm) {
  switch (algorithm) {
    case codec::Algorithm::gzip:
      return 6;
    case codec::Algorithm::bzip2:
      return 9;
    case codec::Algorithm::zstd:
      return 3;
    case codec::Algorithm::lz4:
      return 0;
    default:
      return std::nullopt;
  }
}

// Headers of a member and the end of an archive, and what compression may add to what cannot be compressed.
constexpr std::uint64_t overhead = 64 * 1024;
constexpr std::uint64_t expansion_divisor = 100;

}  // namespace

ArchiveFormat archive_format(std::optional<codec::Algorithm> compression, int workers) {
  if (!compression) return {};
  codec::Stage stage{.algorithm = *compression};
  stage.preset = preset_of(*compression);
  stage.workers = workers;
  return {{stage}, std::string(codec::extension(*compression))};
}

// The archive that is being filled.
struct ArchiveUpload::Open {
  Open(std::shared_ptr<ArchiveObject> its_object, const codec::Recipe& recipe, const codec::StreamEncoder::Sink& sink)
      : object(std::move(its_object)),
        encoder(recipe, object->key, sink),
        tar([this](std::string_view bytes) { encoder.write(bytes); }) {}
  std::shared_ptr<ArchiveObject> object;
  codec::StreamEncoder encoder;
  tar::Writer tar;
  std::unique_ptr<PartBuffer> part;
  int parts = 0;              // sent
  std::uint64_t written = 0;  // compressed
  bool any_file = false;
};

// Archives may come to their end in another order than that of their numbers.
struct ArchiveUpload::Noted {
  Noted(ArchiveJournal& its_journal, int first) : journal(its_journal), next(first) {}
  void add(const FinishedArchive& archive) {
    const std::lock_guard lock(mutex);
    early.emplace(archive.number, archive);
    for (auto first = early.begin(); first != early.end() && first->first == next; first = early.erase(first), ++next)
      journal.add(first->second);
  }
  ArchiveJournal& journal;
  std::mutex mutex;
  std::map<int, FinishedArchive> early;
  int next;
};

ArchiveUpload::ArchiveUpload(const ArchiveTarget& target, std::string name) : target_(target), name_(std::move(name)) {
  if (target_.journal != nullptr) continue_behind(target_.journal->finished(name_));
  if (!held_.ends_tree) open();
}

void ArchiveUpload::continue_behind(const std::vector<FinishedArchive>& finished) {
  if (!finished.empty()) {
    held_ = finished.back();
    number_ = held_.number + 1;
  }
  noted_ = std::make_shared<Noted>(*target_.journal, number_);
}

ArchiveUpload::~ArchiveUpload() = default;

std::string ArchiveUpload::file_name(int number) const {
  return number == 0 ? fmt::format("{}.tar{}", name_, target_.format.extension)
                     : fmt::format("{}_{:04}.tar{}", name_, number, target_.format.extension);
}

std::string ArchiveUpload::current_file_name() const { return file_name(open_ ? number_ - 1 : number_); }

void ArchiveUpload::open() {
  const std::string key = target_.prefix + file_name(number_++);
  auto object = std::make_shared<ArchiveObject>(key, target_.store.begin_upload(key, target_.options));
  objects_.push_back(object);
  open_ =
      std::make_unique<Open>(std::move(object), target_.format.recipe, [this](std::string_view bytes) { take(bytes); });
}

bool ArchiveUpload::has_room_for(const tar::Member& member) const {
  const std::uint64_t at_most = member.size + member.size / expansion_divisor + overhead;
  const std::uint64_t room = target_.plan.part_size * static_cast<std::uint64_t>(target_.plan.most_parts);
  return at_most <= room - std::min(room, open_->written);
}

void ArchiveUpload::make_room_for(const tar::Member& member) {
  if (open_->any_file && (open_->written >= target_.plan.split_at || !has_room_for(member))) {
    close_current(false);
    open();
  }
  if (!has_room_for(member))
    throw Error(Errc::refused,
                fmt::format("'{}' has {}, and {} takes no object of more than {} parts of {}", member.name,
                            human_size(static_cast<std::int64_t>(member.size)), target_.store.name(),
                            target_.plan.most_parts, human_size(static_cast<std::int64_t>(target_.plan.part_size))),
                "give --min-chunk-size a higher value");
  open_->any_file = true;
}

bool ArchiveUpload::begin(const tar::Member& member) {
  target_.parts.check();
  holds_current_ = is_held(member);
  if (holds_current_) return false;
  if (member.type == tar::regular_file) make_room_for(member);
  open_->tar.begin(member);
  ++members_;
  last_member_ = member.name;
  return true;
}

// Which member an archive ends with depends on how well it was compressed: only the journal knows it.
bool ArchiveUpload::is_held(const tar::Member& member) {
  if (members_ == held_.members) {
    if (!held_.ends_tree) return false;
    throw Error(Errc::corrupt, fmt::format("'{}' has come to '{}' since '{}' was sent", member.name, name_, held_.key));
  }
  if (members_ > held_.members) return false;
  if (++members_ == held_.members && member.name != held_.last_member)
    throw Error(Errc::corrupt, fmt::format("'{}' ends with '{}', which is not where it was: what is sent has changed",
                                           held_.key, held_.last_member));
  return true;
}

void ArchiveUpload::data(std::string_view bytes) {
  target_.parts.check();
  if (!holds_current_) open_->tar.data(bytes);
}

std::span<char> ArchiveUpload::room(std::span<char> own) {
  if (holds_current_ || !target_.format.recipe.empty()) return own;
  const std::span<char> in_part = part().room();
  return in_part.first(std::min(in_part.size(), own.size()));
}

void ArchiveUpload::end_member() {
  if (!holds_current_) open_->tar.end_member();
}

PartBuffer& ArchiveUpload::part() {
  if (!open_->part) open_->part = target_.parts.borrow();
  return *open_->part;
}

void ArchiveUpload::take(std::string_view bytes) {
  open_->written += bytes.size();
  size_ += bytes.size();
  while (!bytes.empty()) {
    bytes.remove_prefix(part().append(bytes));
    if (open_->part->full()) send_part();
  }
}

void ArchiveUpload::send_part() { target_.parts.send(open_->object, ++open_->parts, std::move(open_->part), times_); }

void ArchiveUpload::close_current(bool ends_tree) {
  open_->tar.finish();
  open_->encoder.finish();
  if (open_->part) send_part();
  if (target_.journal != nullptr) finish_by_itself(ends_tree);
  open_.reset();
}

void ArchiveUpload::finish_by_itself(bool ends_tree) {
  const FinishedArchive archive{.name = name_,
                                .number = number_ - 1,
                                .key = open_->object->key,
                                .size = open_->written,
                                .members = members_,
                                .last_member = last_member_,
                                .ends_tree = ends_tree};
  target_.parts.finish_when_arrived(open_->object, [archive, noted = noted_, &store = target_.store] {
    const auto stored = store.head(archive.key);
    if (!stored || stored->size != archive.size)
      throw Error(Errc::corrupt, fmt::format("'{}' in {} has {} bytes, and {} were sent", archive.key, store.name(),
                                             stored ? stored->size : 0, archive.size));
    noted->add(archive);
  });
}

void ArchiveUpload::close() {
  if (members_ < held_.members)
    throw Error(Errc::corrupt,
                fmt::format("'{}' holds more of '{}' than is there: what is sent has changed", held_.key, name_));
  if (open_) close_current(true);
}

void ArchiveUpload::complete() {
  if (target_.journal != nullptr) return;
  for (const auto& object : objects_) object->may_appear = true;
  for (const auto& object : objects_) target_.parts.finish(object);
}

std::vector<std::string> ArchiveUpload::abandon() {
  std::vector<std::string> appeared;
  for (const auto& object : objects_)
    if (object->may_appear) appeared.push_back(object->key);
  open_.reset();
  objects_.clear();
  return appeared;
}

}  // namespace barman::cloud
