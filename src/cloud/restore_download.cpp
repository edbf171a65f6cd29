#include "restore_download.h"

#include <fmt/core.h>

#include <algorithm>

#include "barman/core/error.h"

namespace barman::cloud {

Download::Download(store::ObjectStore& store, std::string key, std::uint64_t size, const Limits& limits)
    : store_(store),
      key_(std::move(key)),
      size_(size),
      limits_(limits),
      pieces_(static_cast<std::size_t>((size + limits.piece - 1) / limits.piece), limits.connections, limits.ahead,
              [this](std::size_t number) { return fetch(number); }) {}

void Download::changed() const {
  throw store::StoreError(store::Refusal::damaged, 0, {},
                          fmt::format("'{}' in {} has changed while it was read", key_, store_.name()));
}

Download::Piece Download::fetch(std::size_t number) const {
  const std::uint64_t offset = number * limits_.piece;
  const std::uint64_t wanted = std::min(limits_.piece, size_ - offset);
  Piece piece;
  piece.bytes.reserve(wanted);
  const store::Object object = store_.get(key_,
                                          [&](std::string_view bytes) {
                                            if (ended_) throw Interrupted("what is fetched is not wanted any more");
                                            if (limits_.rate != nullptr) limits_.rate->pass(bytes.size());
                                            if (bytes.size() > wanted - piece.bytes.size()) changed();
                                            piece.bytes += bytes;
                                          },
                                          {.offset = offset, .size = wanted});
  if (piece.bytes.size() != wanted) changed();
  piece.etag = object.etag;
  return piece;
}

std::size_t Download::read(std::span<char> buffer) {
  if (at_ == current_.bytes.size()) {
    current_ = {};  // before the next one is waited for
    at_ = 0;
    auto next = pieces_.next();
    if (!next) return 0;
    current_ = std::move(*next);
    if (etag_.empty()) etag_ = current_.etag;
    if (current_.etag != etag_) changed();
  }
  const std::size_t now = std::min(buffer.size(), current_.bytes.size() - at_);
  current_.bytes.copy(buffer.data(), now, at_);
  at_ += now;
  return now;
}

}  // namespace barman::cloud
