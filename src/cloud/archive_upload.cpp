#include "archive_upload.h"

#include <fmt/core.h>

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

ArchiveUpload::ArchiveUpload(const ArchiveTarget& target, std::string name) : target_(target), name_(std::move(name)) {
  open();
}

ArchiveUpload::~ArchiveUpload() = default;

std::string ArchiveUpload::current_file_name() const {
  const std::string& key = objects_.back()->key;
  return key.substr(key.rfind('/') + 1);
}

void ArchiveUpload::open() {
  const std::string file = number_ == 0 ? fmt::format("{}.tar{}", name_, target_.format.extension)
                                        : fmt::format("{}_{:04}.tar{}", name_, number_, target_.format.extension);
  const std::string key = target_.prefix + file;
  ++number_;
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
    close_current();
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

void ArchiveUpload::begin(const tar::Member& member) {
  target_.parts.check();
  if (member.type == tar::regular_file) make_room_for(member);
  open_->tar.begin(member);
}

void ArchiveUpload::data(std::string_view bytes) {
  target_.parts.check();
  open_->tar.data(bytes);
}

void ArchiveUpload::end_member() { open_->tar.end_member(); }

void ArchiveUpload::take(std::string_view bytes) {
  open_->written += bytes.size();
  while (!bytes.empty()) {
    if (!open_->part) open_->part = target_.parts.borrow();
    bytes.remove_prefix(open_->part->append(bytes));
    if (open_->part->full()) send_part();
  }
}

void ArchiveUpload::send_part() { target_.parts.send(open_->object, ++open_->parts, std::move(open_->part), times_); }

void ArchiveUpload::close_current() {
  open_->tar.finish();
  open_->encoder.finish();
  if (open_->part) send_part();
  open_.reset();
}

void ArchiveUpload::close() {
  if (open_) close_current();
}

void ArchiveUpload::complete() {
  for (const auto& object : objects_) target_.parts.finish(object);
}

void ArchiveUpload::abandon() {
  open_.reset();
  objects_.clear();
}

}  // namespace barman::cloud
