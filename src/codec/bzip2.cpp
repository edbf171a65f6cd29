#include <bzlib.h>

#include <algorithm>
#include <limits>

#include "stage.h"

namespace barman::codec {
namespace {

unsigned clamped(std::size_t size) {
  return static_cast<unsigned>(std::min<std::size_t>(size, std::numeric_limits<unsigned>::max()));
}

class Bzip2Encoder : public Encoder {
 public:
  explicit Bzip2Encoder(int level) : out_(buffer_size) {
    if (BZ2_bzCompressInit(&stream_, level, 0, 0) != BZ_OK) throw CodecFailure("libbz2 cannot start: out of memory");
  }
  Bzip2Encoder(const Bzip2Encoder&) = delete;
  Bzip2Encoder& operator=(const Bzip2Encoder&) = delete;
  ~Bzip2Encoder() override { BZ2_bzCompressEnd(&stream_); }

  void push(std::string_view bytes, const Output& output) override {
    while (!bytes.empty()) {
      const unsigned now = clamped(bytes.size());
      stream_.next_in = const_cast<char*>(bytes.data());
      stream_.avail_in = now;
      while (stream_.avail_in > 0) run(BZ_RUN, output);
      bytes.remove_prefix(now);
    }
  }
  void finish(const Output& output) override {
    while (run(BZ_FINISH, output) != BZ_STREAM_END) {
    }
  }

 private:
  int run(int action, const Output& output) {
    stream_.next_out = out_.data();
    stream_.avail_out = clamped(out_.size());
    const int result = BZ2_bzCompress(&stream_, action);
    if (result < 0) throw CodecFailure("libbz2 lost its state");
    output({out_.data(), out_.size() - stream_.avail_out});
    return result;
  }

  bz_stream stream_{};
  std::vector<char> out_;
};

class Bzip2Decoder : public FrameDecoder {
 public:
  explicit Bzip2Decoder(std::unique_ptr<Source> input) : FrameDecoder(std::move(input)) {}
  Bzip2Decoder(const Bzip2Decoder&) = delete;
  Bzip2Decoder& operator=(const Bzip2Decoder&) = delete;
  ~Bzip2Decoder() override { close(); }

 protected:
  void begin_frame() override {
    close();
    stream_ = {};
    if (BZ2_bzDecompressInit(&stream_, 0, 0) != BZ_OK) throw CodecFailure("libbz2 cannot start: out of memory");
    open_ = true;
  }
  bool is_frame_start(std::string_view in) const override { return in.starts_with("BZh"); }
  Step step(std::string_view in, std::span<char> out) override {
    stream_.next_in = const_cast<char*>(in.data());
    stream_.avail_in = clamped(in.size());
    stream_.next_out = out.data();
    stream_.avail_out = clamped(out.size());
    const unsigned had_in = stream_.avail_in;
    const unsigned had_out = stream_.avail_out;
    const int result = BZ2_bzDecompress(&stream_);
    if (result == BZ_DATA_ERROR_MAGIC) throw CodecFailure("not in bzip2 format");
    if (result == BZ_MEM_ERROR) throw CodecFailure("out of memory");
    if (result < 0) throw CodecFailure("data integrity error");
    return {had_in - stream_.avail_in, had_out - stream_.avail_out, result == BZ_STREAM_END};
  }

 private:
  void close() {
    if (open_) BZ2_bzDecompressEnd(&stream_);
    open_ = false;
  }

  bz_stream stream_{};
  bool open_ = false;
};

}  // namespace

std::unique_ptr<Encoder> make_bzip2_encoder(const Stage& stage, SizeHint /*size*/) {
  return std::make_unique<Bzip2Encoder>(level_of(stage));
}
std::unique_ptr<Source> make_bzip2_decoder(std::unique_ptr<Source> input, const Stage& /*stage*/) {
  return std::make_unique<Bzip2Decoder>(std::move(input));
}

}  // namespace barman::codec
