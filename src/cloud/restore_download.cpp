#include "restore_download.h"

#include <fmt/core.h>

#include <algorithm>

#include "barman/core/error.h"

namespace barman::cloud {
namespace {

// Never too few: a stretch that is left out is as long as a piece at least, and splits one at most.
std::size_t most_pieces(std::uint64_t size, std::uint64_t piece) {
  return static_cast<std::size_t>((size + piece - 1) / piece);
}

std::uint64_t round_up(std::uint64_t number, std::uint64_t unit) { return (number + unit - 1) / unit * unit; }

}  // namespace

Download::Download(store::ObjectStore& store, std::string key, std::uint64_t size, const Limits& limits)
    : store_(store),
      key_(std::move(key)),
      size_(size),
      limits_(limits),
      pieces_(most_pieces(size, limits.piece), limits.connections, limits.ahead,
              [this](std::size_t number) { return make(number); }) {}

void Download::changed() const {
  throw store::StoreError(store::Refusal::damaged, 0, {},
                          fmt::format("'{}' in {} has changed while it was read", key_, store_.name()));
}

Download::Bytes Download::next_piece() {
  if (next_ == left_out_.begin) next_ = left_out_.end;
  const std::uint64_t end = next_ < left_out_.begin ? left_out_.begin : size_;
  const Bytes bytes{next_, std::min(next_ + limits_.piece, end)};
  next_ = bytes.end;
  return bytes;
}

Download::Bytes Download::piece(std::size_t number) {
  const std::lock_guard lock(mutex_);
  while (numbered_ <= number) {
    begun_[numbered_] = next_piece();
    ++numbered_;
  }
  const Bytes bytes = begun_.at(number);
  begun_.erase(number);
  return bytes;
}

// Returns the etag.
std::string Download::get(const Bytes& wanted, const Take& take) const {
  std::uint64_t got = 0;
  const store::Object object = store_.get(key_,
                                          [&](std::string_view bytes) {
                                            if (ended_) throw Interrupted("what is fetched is not wanted any more");
                                            if (limits_.rate != nullptr) limits_.rate->pass(bytes.size());
                                            got += bytes.size();
                                            if (got > wanted.size()) changed();
                                            if (limits_.arrived) limits_.arrived(bytes.size());
                                            take(bytes);
                                          },
                                          {.offset = wanted.begin, .size = wanted.size()});
  if (got != wanted.size()) changed();
  return object.etag;
}

Download::Piece Download::make(std::size_t number) {
  const Bytes wanted = piece(number);
  Piece piece{wanted.begin, {}, {}};
  if (wanted.size() == 0) return piece;  // what was left out was to come in pieces
  piece.bytes.reserve(wanted.size());
  piece.etag = get(wanted, [&](std::string_view bytes) { piece.bytes += bytes; });
  return piece;
}

std::size_t Download::read(std::span<char> buffer) {
  while (at_ == current_.bytes.size()) {
    current_ = {current_.offset + at_, {}, {}};  // before the next one is waited for
    at_ = 0;
    auto next = pieces_.next();
    if (!next || next->bytes.empty()) return 0;
    current_ = std::move(*next);
    if (etag_.empty()) etag_ = current_.etag;
    if (current_.etag != etag_) changed();
  }
  const std::size_t now = std::min(buffer.size(), current_.bytes.size() - at_);
  current_.bytes.copy(buffer.data(), now, at_);
  at_ += now;
  return now;
}

Download::Stretch Download::leave_out(std::uint64_t size, std::uint64_t alignment, std::uint64_t least) {
  const std::uint64_t here = current_.offset + at_;
  const std::lock_guard lock(mutex_);
  const std::uint64_t skipped = round_up(next_ - here, alignment);
  if (size > size_ - here || skipped > size || size - skipped < std::max(least, limits_.piece)) return {};
  left_out_ = {here + skipped, here + size};
  return {skipped, left_out_.begin, left_out_.size()};
}

void Download::fetch(std::uint64_t object_offset, std::uint64_t size, const Take& take) const {
  if (get({object_offset, object_offset + size}, take) != etag_) changed();
}

}  // namespace barman::cloud
