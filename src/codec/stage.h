#pragma once
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

// What the stages of a recipe have in common: bytes are pulled through decoders and pushed through encoders, both of
// which can stand one behind the other.
namespace barman::codec {

// A codec's complaint, without the name of the file; the functions of codec.h turn it into an Error.
class CodecFailure : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

// gpg's complaint about keys, passphrases or the system: it does not say that the content is damaged.
class GpgFailure : public std::runtime_error {
 public:
  GpgFailure(Errc code, std::string action, const std::string& words, std::string hint)
      : std::runtime_error(words), code_(code), action_(std::move(action)), hint_(std::move(hint)) {}
  Errc code() const { return code_; }
  const std::string& action() const { return action_; }  // encrypt, decrypt
  const std::string& hint() const { return hint_; }

 private:
  Errc code_;
  std::string action_, hint_;
};

// Bytes to read. Returns 0 at the end only.
class Source {
 public:
  virtual ~Source() = default;
  virtual std::size_t read(std::span<char> buffer) = 0;
  virtual std::string name() const { return {}; }  // of the file, for messages
  // What a child can read in its place, if nothing has been read yet.
  virtual std::optional<int> descriptor() const { return std::nullopt; }
};

using Output = std::function<void(std::string_view)>;

// Bytes to write go in piece by piece, and come out of `output`.
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
using EncoderMaker = std::unique_ptr<Encoder>(const Stage& stage, SizeHint size);
EncoderMaker make_gzip_encoder, make_bzip2_encoder, make_xz_encoder, make_zstd_encoder, make_lz4_encoder,
    make_snappy_encoder, make_filter_encoder, make_gpg_encoder;

using DecoderMaker = std::unique_ptr<Source>(std::unique_ptr<Source> input, const Stage& stage);
DecoderMaker make_gzip_decoder, make_bzip2_decoder, make_xz_decoder, make_zstd_decoder, make_lz4_decoder,
    make_snappy_decoder, make_filter_decoder, make_gpg_decoder;
// Looks at the first bytes, and decodes by the format that they show, if any.
DecoderMaker make_recognising_decoder;

int level_of(const Stage& stage);

// One gzip member made by Stage::workers threads.
std::unique_ptr<Encoder> make_gzip_workers_encoder(const Stage& stage);
// All of a content in memory. What is reserved is not set to zeros, which would be felt, and takes no memory before it
// is written.
struct WholeContent {
  static WholeContent reserve(std::size_t size) { return {std::make_unique_for_overwrite<char[]>(size), size}; }
  std::string_view view() const { return {bytes.get(), size}; }

  std::unique_ptr<char[]> bytes;
  std::size_t size = 0;
};
// One gzip member made of all of `bytes` at once, the fast way for a whole segment.
WholeContent gzip_whole(std::string_view bytes, int level);
// The content of one or more gzip members; std::nullopt when the streaming decoder should look at it (damaged, or
// larger than the members' trailers and the limit let us expect).
std::optional<WholeContent> gunzip_whole(std::string_view bytes, std::size_t limit);

// A stage that is alone and a child: that has both descriptors for itself.
using LoneChild = void(int input, int output, const Stage& stage);
LoneChild run_filter, run_gpg_encoder, run_gpg_decoder;

// All that is known of a format.
struct Format {
  Algorithm algorithm{};
  std::string_view word{};
  std::string_view extension{};
  std::string_view magic{};  // what its files begin with
  std::optional<LevelRange> levels{};
  bool compresses = true;
  EncoderMaker* encoder = nullptr;
  DecoderMaker* decoder = nullptr;
  // For a file that fits into memory, where that is faster.
  decltype(gzip_whole)* encode_whole = nullptr;
  decltype(gunzip_whole)* decode_whole = nullptr;
  LoneChild* encode_alone = nullptr;
  LoneChild* decode_alone = nullptr;
};
const Format& format_of(Algorithm algorithm);

}  // namespace barman::codec
