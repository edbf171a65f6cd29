#include <lz4frame.h>

#include <algorithm>

#include "stage.h"

namespace barman::codec {
namespace {

std::size_t checked(std::size_t result) {
  if (LZ4F_isError(result)) throw CodecFailure(LZ4F_getErrorName(result));
  return result;
}

class Lz4Encoder : public Encoder {
 public:
  Lz4Encoder(int level, SizeHint size) {
    preferences_.compressionLevel = level;
    preferences_.frameInfo.blockSizeID = LZ4F_max4MB;
    preferences_.frameInfo.contentChecksumFlag = LZ4F_contentChecksumEnabled;
    preferences_.frameInfo.contentSize = size.value_or(0);
    checked(LZ4F_createCompressionContext(&context_, LZ4F_VERSION));
    out_.resize(std::max<std::size_t>(LZ4F_HEADER_SIZE_MAX, LZ4F_compressBound(buffer_size, &preferences_)));
  }
  Lz4Encoder(const Lz4Encoder&) = delete;
  Lz4Encoder& operator=(const Lz4Encoder&) = delete;
  ~Lz4Encoder() override { LZ4F_freeCompressionContext(context_); }

  void push(std::string_view bytes, const Output& output) override {
    begin(output);
    while (!bytes.empty()) {
      const std::string_view now = bytes.substr(0, buffer_size);
      output({out_.data(),
              checked(LZ4F_compressUpdate(context_, out_.data(), out_.size(), now.data(), now.size(), nullptr))});
      bytes.remove_prefix(now.size());
    }
  }
  void finish(const Output& output) override {
    begin(output);
    output({out_.data(), checked(LZ4F_compressEnd(context_, out_.data(), out_.size(), nullptr))});
  }

 private:
  void begin(const Output& output) {
    if (begun_) return;
    begun_ = true;
    output({out_.data(), checked(LZ4F_compressBegin(context_, out_.data(), out_.size(), &preferences_))});
  }

  LZ4F_preferences_t preferences_ = LZ4F_INIT_PREFERENCES;
  LZ4F_cctx* context_ = nullptr;
  std::vector<char> out_;
  bool begun_ = false;
};

class Lz4Decoder : public FrameDecoder {
 public:
  explicit Lz4Decoder(std::unique_ptr<Source> input) : FrameDecoder(std::move(input)) {
    checked(LZ4F_createDecompressionContext(&context_, LZ4F_VERSION));
  }
  Lz4Decoder(const Lz4Decoder&) = delete;
  Lz4Decoder& operator=(const Lz4Decoder&) = delete;
  ~Lz4Decoder() override { LZ4F_freeDecompressionContext(context_); }

 protected:
  void begin_frame() override { LZ4F_resetDecompressionContext(context_); }
  bool is_frame_start(std::string_view in) const override {
    return in.starts_with("\x04\x22\x4d\x18") ||
           (in.size() >= 4 && (in[0] & 0xf0) == 0x50 && in.substr(1).starts_with("\x2a\x4d\x18"));  // skippable frame
  }
  Step step(std::string_view in, std::span<char> out) override {
    std::size_t consumed = in.size();
    std::size_t produced = out.size();
    const std::size_t left = checked(LZ4F_decompress(context_, out.data(), &produced, in.data(), &consumed, nullptr));
    return {consumed, produced, left == 0};
  }

 private:
  LZ4F_dctx* context_ = nullptr;
};

}  // namespace

std::unique_ptr<Encoder> make_lz4_encoder(const Stage& stage, SizeHint size) {
  return std::make_unique<Lz4Encoder>(level_of(stage), size);
}
std::unique_ptr<Source> make_lz4_decoder(std::unique_ptr<Source> input, const Stage& /*stage*/) {
  return std::make_unique<Lz4Decoder>(std::move(input));
}

}  // namespace barman::codec
