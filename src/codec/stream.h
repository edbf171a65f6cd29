#pragma once
#include <fmt/core.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "barman/codec/codec.h"
#include "barman/core/error.h"

// What the codecs of this folder have in common: bytes are pulled through decoders and pushed through encoders.
namespace barman::codec {

// A codec's complaint, without the name of the file; the functions of codec.h turn it into an Error.
class CodecFailure : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Bytes to read. Returns 0 at the end only.
class Source {
 public:
  virtual ~Source() = default;
  virtual std::size_t read(std::span<char> buffer) = 0;
  virtual std::string name() const { return {}; }  // of the file, for messages
};

using Output = std::function<void(std::string_view)>;

class Encoder {
 public:
  virtual ~Encoder() = default;
  virtual void push(std::string_view bytes, const Output& output) = 0;
  virtual void finish(const Output& output) = 0;
};

inline constexpr std::size_t buffer_size = 256 * 1024;

// The descriptor from its position on; not owned.
std::unique_ptr<Source> make_fd_source(int fd, std::string what);

// A decoder whose format is a sequence of independent frames (gzip members, xz and bzip2 streams, zstd and lz4 frames).
// Owns the loop, the input buffer and the rules about what may follow a complete frame: more frames or padding.
// Anything else is damage, although the command-line tools ignore it: a file that has grown is not the one that was
// written. A format adds one step.
class FrameDecoder : public Source {
 public:
  explicit FrameDecoder(std::unique_ptr<Source> input);
  std::size_t read(std::span<char> buffer) final;
  std::string name() const final { return input_->name(); }

 protected:
  struct Step {
    std::size_t consumed = 0;
    std::size_t produced = 0;
    bool frame_ended = false;
  };
  virtual void begin_frame() = 0;
  // Decodes as much as fits. Throws CodecFailure on damaged data.
  virtual Step step(std::string_view in, std::span<char> out) = 0;
  virtual bool is_frame_start(std::string_view in) const = 0;

 private:
  bool next_frame();  // false: no frame is left
  void refill(std::size_t wanted);
  std::string_view pending() const { return {in_.data() + begin_, end_ - begin_}; }

  std::unique_ptr<Source> input_;
  std::vector<char> in_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool input_ended_ = false;
  bool in_frame_ = false;
  bool any_frame_ = false;
};

// `size`: bytes that will be pushed, when that is known; it only makes the result smaller or cheaper to make.
using SizeHint = std::optional<std::uint64_t>;
std::unique_ptr<Encoder> make_gzip_encoder(int level);
std::unique_ptr<Encoder> make_bzip2_encoder(int level);
std::unique_ptr<Encoder> make_xz_encoder(int level, SizeHint size);
std::unique_ptr<Encoder> make_zstd_encoder(int level, SizeHint size);
std::unique_ptr<Encoder> make_lz4_encoder(int level, SizeHint size);
std::unique_ptr<Encoder> make_snappy_encoder();

std::unique_ptr<Source> make_gzip_decoder(std::unique_ptr<Source> input);
std::unique_ptr<Source> make_bzip2_decoder(std::unique_ptr<Source> input);
std::unique_ptr<Source> make_xz_decoder(std::unique_ptr<Source> input);
std::unique_ptr<Source> make_zstd_decoder(std::unique_ptr<Source> input);
std::unique_ptr<Source> make_lz4_decoder(std::unique_ptr<Source> input);
std::unique_ptr<Source> make_snappy_decoder(std::unique_ptr<Source> input);
// `input` is read by a child running `filter`; its failure is thrown by read() at the end of the data.
std::unique_ptr<Source> make_filter_source(int input, const std::string& filter);

// One gzip member made of all of `bytes` at once, the fast way for a whole segment.
std::vector<char> gzip_whole(std::string_view bytes, int level);
// The content of one or more gzip members; std::nullopt when the streaming decoder should look at it (damaged, or
// larger than the members' trailers and the limit let us expect).
std::optional<std::vector<char>> gunzip_whole(std::string_view bytes, std::size_t limit);

// For the algorithm of the settings; a custom one has only a decoder.
std::unique_ptr<Encoder> make_encoder(const Settings& settings, SizeHint size);
std::unique_ptr<Source> make_decoder(int input, Algorithm algorithm, const Settings& settings, const std::string& what);

// Gives a codec's complaint the name of the file and of the codec.
template <typename Work>
auto named(std::string_view action, const std::string& what, Algorithm algorithm, Work work) {
  try {
    return work();
  } catch (const CodecFailure& failure) {
    throw Error(Errc::corrupt, fmt::format("cannot {} '{}' ({}): {}", action, what, name(algorithm), failure.what()));
  }
}

}  // namespace barman::codec
