#include <lzma.h>

#include <algorithm>
#include <limits>

#include "stage.h"

namespace barman::codec {
namespace {

std::string explain(lzma_ret result) {
  switch (result) {
    case LZMA_MEM_ERROR:
      return "out of memory";
    case LZMA_FORMAT_ERROR:
      return "not in xz format";
    case LZMA_OPTIONS_ERROR:
      return "unsupported xz options";
    case LZMA_DATA_ERROR:
      return "data integrity error";
    case LZMA_MEMLIMIT_ERROR:
      return "memory limit reached";
    default:
      return "liblzma error " + std::to_string(static_cast<int>(result));
  }
}

class XzEncoder : public Encoder {
 public:
  XzEncoder(int level, SizeHint size) : out_(buffer_size) {
    lzma_options_lzma options;
    if (lzma_lzma_preset(&options, static_cast<std::uint32_t>(level))) throw CodecFailure("unsupported xz level");
    // A dictionary larger than the file buys nothing and costs ten times its size in memory, per worker.
    if (size)
      options.dict_size =
          static_cast<std::uint32_t>(std::clamp<std::uint64_t>(*size, LZMA_DICT_SIZE_MIN, options.dict_size));
    const lzma_filter filters[] = {{LZMA_FILTER_LZMA2, &options}, {LZMA_VLI_UNKNOWN, nullptr}};
    if (const lzma_ret result = lzma_stream_encoder(&stream_, filters, LZMA_CHECK_CRC64); result != LZMA_OK)
      throw CodecFailure(explain(result));
  }
  XzEncoder(const XzEncoder&) = delete;
  XzEncoder& operator=(const XzEncoder&) = delete;
  ~XzEncoder() override { lzma_end(&stream_); }

  void push(std::string_view bytes, const Output& output) override {
    stream_.next_in = reinterpret_cast<const std::uint8_t*>(bytes.data());
    stream_.avail_in = bytes.size();
    while (stream_.avail_in > 0) run(LZMA_RUN, output);
  }
  void finish(const Output& output) override {
    while (run(LZMA_FINISH, output) != LZMA_STREAM_END) {
    }
  }

 private:
  lzma_ret run(lzma_action action, const Output& output) {
    stream_.next_out = reinterpret_cast<std::uint8_t*>(out_.data());
    stream_.avail_out = out_.size();
    const lzma_ret result = lzma_code(&stream_, action);
    if (result != LZMA_OK && result != LZMA_STREAM_END) throw CodecFailure(explain(result));
    output({out_.data(), out_.size() - stream_.avail_out});
    return result;
  }

  lzma_stream stream_ = LZMA_STREAM_INIT;
  std::vector<char> out_;
};

class XzDecoder : public FrameDecoder {
 public:
  explicit XzDecoder(std::unique_ptr<Source> input) : FrameDecoder(std::move(input)) {}
  XzDecoder(const XzDecoder&) = delete;
  XzDecoder& operator=(const XzDecoder&) = delete;
  ~XzDecoder() override { lzma_end(&stream_); }

 protected:
  void begin_frame() override {
    const lzma_ret result = lzma_stream_decoder(&stream_, std::numeric_limits<std::uint64_t>::max(), 0);
    if (result != LZMA_OK) throw CodecFailure(explain(result));
  }
  bool is_frame_start(std::string_view in) const override {
    return in.starts_with(
        "\xfd"
        "7zXZ");
  }
  Step step(std::string_view in, std::span<char> out) override {
    stream_.next_in = reinterpret_cast<const std::uint8_t*>(in.data());
    stream_.avail_in = in.size();
    stream_.next_out = reinterpret_cast<std::uint8_t*>(out.data());
    stream_.avail_out = out.size();
    const lzma_ret result = lzma_code(&stream_, LZMA_RUN);
    if (result != LZMA_OK && result != LZMA_STREAM_END && result != LZMA_BUF_ERROR) throw CodecFailure(explain(result));
    return {in.size() - stream_.avail_in, out.size() - stream_.avail_out, result == LZMA_STREAM_END};
  }

 private:
  lzma_stream stream_ = LZMA_STREAM_INIT;
};

}  // namespace

std::unique_ptr<Encoder> make_xz_encoder(const Stage& stage, SizeHint size) {
  return std::make_unique<XzEncoder>(level_of(stage), size);
}
std::unique_ptr<Source> make_xz_decoder(std::unique_ptr<Source> input, const Stage& /*stage*/) {
  return std::make_unique<XzDecoder>(std::move(input));
}

}  // namespace barman::codec
