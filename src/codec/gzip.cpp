#include <libdeflate.h>
#include <zlib.h>

#include <algorithm>
#include <limits>

#include "stage.h"

namespace barman::codec {
namespace {

constexpr int gzip_window_bits = 15 + 16;  // the largest window, gzip wrapping
constexpr std::size_t smallest_member = 18;

Bytef* bytes_of(const char* text) { return reinterpret_cast<Bytef*>(const_cast<char*>(text)); }
uInt clamped(std::size_t size) {
  return static_cast<uInt>(std::min<std::size_t>(size, std::numeric_limits<uInt>::max()));
}

class GzipEncoder : public Encoder {
 public:
  explicit GzipEncoder(int level) : out_(buffer_size) {
    if (deflateInit2(&stream_, level, Z_DEFLATED, gzip_window_bits, 8, Z_DEFAULT_STRATEGY) != Z_OK)
      throw CodecFailure("zlib cannot start: out of memory");
  }
  GzipEncoder(const GzipEncoder&) = delete;
  GzipEncoder& operator=(const GzipEncoder&) = delete;
  ~GzipEncoder() override { deflateEnd(&stream_); }

  void push(std::string_view bytes, const Output& output) override {
    while (!bytes.empty()) {
      const uInt now = clamped(bytes.size());
      stream_.next_in = bytes_of(bytes.data());
      stream_.avail_in = now;
      while (stream_.avail_in > 0) run(Z_NO_FLUSH, output);
      bytes.remove_prefix(now);
    }
  }
  void finish(const Output& output) override {
    while (run(Z_FINISH, output) != Z_STREAM_END) {
    }
  }

 private:
  int run(int flush, const Output& output) {
    stream_.next_out = bytes_of(out_.data());
    stream_.avail_out = clamped(out_.size());
    const int result = deflate(&stream_, flush);
    if (result == Z_STREAM_ERROR) throw CodecFailure("zlib lost its state");
    output({out_.data(), out_.size() - stream_.avail_out});
    return result;
  }

  z_stream stream_{};
  std::vector<char> out_;
};

class GzipDecoder : public FrameDecoder {
 public:
  explicit GzipDecoder(std::unique_ptr<Source> input) : FrameDecoder(std::move(input)) {
    if (inflateInit2(&stream_, gzip_window_bits) != Z_OK) throw CodecFailure("zlib cannot start: out of memory");
  }
  GzipDecoder(const GzipDecoder&) = delete;
  GzipDecoder& operator=(const GzipDecoder&) = delete;
  ~GzipDecoder() override { inflateEnd(&stream_); }

 protected:
  void begin_frame() override { inflateReset(&stream_); }
  bool is_frame_start(std::string_view in) const override { return in.starts_with("\x1f\x8b"); }
  Step step(std::string_view in, std::span<char> out) override {
    stream_.next_in = bytes_of(in.data());
    stream_.avail_in = clamped(in.size());
    stream_.next_out = bytes_of(out.data());
    stream_.avail_out = clamped(out.size());
    const uInt had_in = stream_.avail_in;
    const uInt had_out = stream_.avail_out;
    const int result = inflate(&stream_, Z_NO_FLUSH);
    if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR)
      throw CodecFailure(stream_.msg ? stream_.msg : "invalid data");
    return {had_in - stream_.avail_in, had_out - stream_.avail_out, result == Z_STREAM_END};
  }

 private:
  z_stream stream_{};
};

// Length that the trailer of the last member declares.
std::size_t declared_size(std::string_view member) {
  std::size_t size = 0;
  for (int i = 1; i <= 4; ++i)
    size = size << 8 | static_cast<unsigned char>(member[member.size() - static_cast<std::size_t>(i)]);
  return size;
}

}  // namespace

std::unique_ptr<Encoder> make_gzip_encoder(const Stage& stage, SizeHint /*size*/) {
  if (stage.workers > 1) return make_gzip_workers_encoder(stage);
  return std::make_unique<GzipEncoder>(level_of(stage));
}
std::unique_ptr<Source> make_gzip_decoder(std::unique_ptr<Source> input, const Stage& /*stage*/) {
  return std::make_unique<GzipDecoder>(std::move(input));
}

WholeContent gzip_whole(std::string_view bytes, int level) {
  const std::unique_ptr<libdeflate_compressor, decltype(&libdeflate_free_compressor)> compressor(
      libdeflate_alloc_compressor(level), libdeflate_free_compressor);
  if (!compressor) throw CodecFailure("libdeflate cannot start: out of memory");
  WholeContent out = WholeContent::reserve(libdeflate_gzip_compress_bound(compressor.get(), bytes.size()));
  out.size = libdeflate_gzip_compress(compressor.get(), bytes.data(), bytes.size(), out.bytes.get(), out.size);
  if (out.size == 0) throw CodecFailure("libdeflate produced nothing");
  return out;
}

std::optional<WholeContent> gunzip_whole(std::string_view bytes, std::size_t limit) {
  if (bytes.size() < smallest_member) return std::nullopt;
  const std::size_t size = declared_size(bytes);
  if (size > limit) return std::nullopt;
  const std::unique_ptr<libdeflate_decompressor, decltype(&libdeflate_free_decompressor)> decompressor(
      libdeflate_alloc_decompressor(), libdeflate_free_decompressor);
  if (!decompressor) return std::nullopt;
  WholeContent out = WholeContent::reserve(size);
  std::size_t consumed = 0;
  std::size_t produced = 0;
  const libdeflate_result result = libdeflate_gzip_decompress_ex(decompressor.get(), bytes.data(), bytes.size(),
                                                                 out.bytes.get(), out.size, &consumed, &produced);
  if (result != LIBDEFLATE_SUCCESS || consumed != bytes.size() || produced != size) return std::nullopt;
  return out;
}

}  // namespace barman::codec
