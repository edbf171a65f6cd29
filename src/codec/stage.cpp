#include "stage.h"

#include <algorithm>
#include <cstring>

#include "barman/fs/stream.h"

namespace barman::codec {
namespace {

// Enough to recognise the start of any frame.
constexpr std::size_t frame_start_bytes = 16;

class FdSource : public Source {
 public:
  FdSource(int fd, std::string what) : fd_(fd), what_(std::move(what)) {}
  std::size_t read(std::span<char> buffer) override { return fs::read_stream(fd_, buffer, what_); }
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

namespace {

// What has been read of a source once is read again.
class Rewound : public Source {
 public:
  Rewound(std::string head, std::unique_ptr<Source> rest) : head_(std::move(head)), rest_(std::move(rest)) {}
  std::string name() const override { return rest_->name(); }
  std::size_t read(std::span<char> buffer) override {
    if (at_ == head_.size()) return rest_->read(buffer);
    const std::size_t size = head_.copy(buffer.data(), buffer.size(), at_);
    at_ += size;
    return size;
  }

 private:
  std::string head_;
  std::size_t at_ = 0;
  std::unique_ptr<Source> rest_;
};

// Looks when it is first read: a child in front of it has to be started by then, not to have answered.
class RecognisingDecoder : public Source {
 public:
  RecognisingDecoder(std::unique_ptr<Source> input, Stage stage) : input_(std::move(input)), stage_(std::move(stage)) {}
  std::string name() const override { return input_->name(); }
  std::size_t read(std::span<char> buffer) override {
    if (!looked_) look();
    return input_->read(buffer);
  }

 private:
  void look() {
    looked_ = true;
    std::string head(std::max(magic_bytes_needed, stage_.custom_magic.size()), '\0');
    std::size_t filled = 0;
    while (filled < head.size()) {
      const std::size_t got = input_->read(std::span(head).subspan(filled));
      if (got == 0) break;
      filled += got;
    }
    head.resize(filled);
    const bool is_custom = stage_.algorithm == Algorithm::custom;
    auto found = detect(head, is_custom ? stage_.custom_magic : std::string());
    if (!found && is_custom && stage_.custom_magic.empty()) found = Algorithm::custom;
    input_ = std::make_unique<Rewound>(std::move(head), std::move(input_));
    if (found) input_ = format_of(*found).decoder(std::move(input_), stage_);
  }

  std::unique_ptr<Source> input_;
  const Stage stage_;
  bool looked_ = false;
};

}  // namespace

std::unique_ptr<Source> make_recognising_decoder(std::unique_ptr<Source> input, const Stage& stage) {
  return std::make_unique<RecognisingDecoder>(std::move(input), stage);
}

}  // namespace barman::codec
