#include "stage.h"

#include <algorithm>
#include <cstring>

#include "barman/core/signals.h"
#include "barman/fs/file.h"

namespace barman::codec {
namespace {

// Enough to recognise the start of any frame.
constexpr std::size_t frame_start_bytes = 16;

class FdSource : public Source {
 public:
  FdSource(int fd, std::string what) : fd_(fd), what_(std::move(what)) {}
  std::size_t read(std::span<char> buffer) override {
    signals::throw_if_pending();
    return fs::read_some(fd_, buffer, what_);
  }
  std::string name() const override { return what_; }
  std::optional<int> descriptor() const override { return fd_; }

 private:
  int fd_;
  std::string what_;
};

}  // namespace

std::unique_ptr<Source> make_fd_source(int fd, std::string what) {
  return std::make_unique<FdSource>(fd, std::move(what));
}

int level_of(const Stage& stage) { return stage.preset.value_or(resolve_level(stage.algorithm, stage.level)); }

FrameDecoder::FrameDecoder(std::unique_ptr<Source> input) : input_(std::move(input)), in_(buffer_size) {}

void FrameDecoder::refill(std::size_t wanted) {
  if (begin_ > 0) {
    std::memmove(in_.data(), in_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (wanted > in_.size()) throw CodecFailure("it cannot be decoded");
  while (!input_ended_ && end_ < wanted) {
    const std::size_t got = input_->read(std::span(in_).subspan(end_));
    if (got == 0) input_ended_ = true;
    end_ += got;
  }
}

bool FrameDecoder::next_frame() {
  refill(frame_start_bytes);
  if (any_frame_) {
    // Zero padding after a frame is legal in gzip and xz files, and harmless elsewhere.
    while (end_ > begin_ && in_[begin_] == '\0') {
      ++begin_;
      if (begin_ == end_) refill(frame_start_bytes);
    }
    if (pending().size() < frame_start_bytes) refill(frame_start_bytes);
    if (pending().empty()) return false;
    if (!is_frame_start(pending())) throw CodecFailure("something else follows the end of the compressed data");
  } else if (pending().empty()) {
    throw CodecFailure("it is empty");
  }
  begin_frame();
  return true;
}

std::size_t FrameDecoder::read(std::span<char> buffer) {
  for (;;) {
    if (!in_frame_ && !(in_frame_ = next_frame())) return 0;
    if (begin_ == end_) refill(1);
    const Step done = step(pending(), buffer);
    begin_ += done.consumed;
    if (done.frame_ended) {
      in_frame_ = false;
      any_frame_ = true;
    } else if (done.produced == 0 && done.consumed == 0) {
      if (input_ended_) throw CodecFailure("it is truncated");
      refill(end_ - begin_ + 1);
    }
    if (done.produced > 0) return done.produced;
  }
}

}  // namespace barman::codec
