#include <zstd.h>

#include "stage.h"

namespace barman::codec {
namespace {

// What one worker compresses at a time: with zstd's own choice a stream would hold 8 MiB and more for each.
constexpr int worker_share = 1024 * 1024;
constexpr int largest_window_log = 31;  // frames written with zstd --long are read too

std::size_t checked(std::size_t result) {
  if (ZSTD_isError(result)) throw CodecFailure(ZSTD_getErrorName(result));
  return result;
}

class ZstdEncoder : public Encoder {
 public:
  ZstdEncoder(int level, int workers, SizeHint size)
      : context_(ZSTD_createCCtx(), ZSTD_freeCCtx), out_(ZSTD_CStreamOutSize()) {
    if (!context_) throw CodecFailure("out of memory");
    checked(ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_compressionLevel, level));
    checked(ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_checksumFlag, 1));
    // A library without threads refuses, and compresses as well on this one.
    if (workers > 0 && !ZSTD_isError(ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_nbWorkers, workers)))
      checked(ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_jobSize, worker_share));
    if (size) checked(ZSTD_CCtx_setPledgedSrcSize(context_.get(), *size));
  }

  void push(std::string_view bytes, const Output& output) override {
    ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
    while (in.pos < in.size) run(in, ZSTD_e_continue, output);
  }
  void finish(const Output& output) override {
    ZSTD_inBuffer in{nullptr, 0, 0};
    while (run(in, ZSTD_e_end, output) != 0) {
    }
  }

 private:
  std::size_t run(ZSTD_inBuffer& in, ZSTD_EndDirective directive, const Output& output) {
    ZSTD_outBuffer out{out_.data(), out_.size(), 0};
    const std::size_t left = checked(ZSTD_compressStream2(context_.get(), &out, &in, directive));
    output({out_.data(), out.pos});
    return left;
  }

  std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> context_;
  std::vector<char> out_;
};

class ZstdDecoder : public FrameDecoder {
 public:
  explicit ZstdDecoder(std::unique_ptr<Source> input)
      : FrameDecoder(std::move(input)), context_(ZSTD_createDCtx(), ZSTD_freeDCtx) {
    if (!context_) throw CodecFailure("out of memory");
    checked(ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax, largest_window_log));
  }

 protected:
  void begin_frame() override { checked(ZSTD_DCtx_reset(context_.get(), ZSTD_reset_session_only)); }
  bool is_frame_start(std::string_view in) const override {
    return in.starts_with("\x28\xb5\x2f\xfd") ||
           (in.size() >= 4 && (in[0] & 0xf0) == 0x50 && in.substr(1).starts_with("\x2a\x4d\x18"));  // skippable frame
  }
  Step step(std::string_view in, std::span<char> out) override {
    ZSTD_inBuffer input{in.data(), in.size(), 0};
    ZSTD_outBuffer output{out.data(), out.size(), 0};
    const std::size_t left = checked(ZSTD_decompressStream(context_.get(), &output, &input));
    return {input.pos, output.pos, left == 0};
  }

 private:
  std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> context_;
};

}  // namespace

std::unique_ptr<Encoder> make_zstd_encoder(const Stage& stage, SizeHint size) {
  return std::make_unique<ZstdEncoder>(level_of(stage), stage.workers, size);
}
std::unique_ptr<Source> make_zstd_decoder(std::unique_ptr<Source> input, const Stage& /*stage*/) {
  return std::make_unique<ZstdDecoder>(std::move(input));
}

}  // namespace barman::codec
