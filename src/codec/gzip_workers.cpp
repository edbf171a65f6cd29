#include <zlib.h>

#include <algorithm>
#include <deque>
#include <future>
#include <system_error>

#include "stage.h"

// One gzip member by several threads, as pigz makes it: each block is compressed by itself, with the end of the one
// before it as a dictionary, and flushed to a whole byte, so that the blocks follow each other as one deflate stream.
namespace barman::codec {
namespace {

constexpr int raw_window_bits = -15;  // the largest window, without wrapping
constexpr std::size_t block_size = 512 * 1024;
constexpr std::size_t dictionary_size = 32 * 1024;
constexpr std::string_view header("\x1f\x8b\x08\0\0\0\0\0\0\x03", 10);  // deflate, no name, no time, Unix

Bytef* bytes_of(const char* text) { return reinterpret_cast<Bytef*>(const_cast<char*>(text)); }

struct Block {
  std::string content, dictionary;
  bool last = false;
};
struct PackedBlock {
  std::string bytes;
  uLong crc = 0;
  std::size_t content_size = 0;
};

class Deflate {
 public:
  explicit Deflate(int level) {
    if (deflateInit2(&stream, level, Z_DEFLATED, raw_window_bits, 8, Z_DEFAULT_STRATEGY) != Z_OK)
      throw CodecFailure("zlib cannot start: out of memory");
  }
  Deflate(const Deflate&) = delete;
  Deflate& operator=(const Deflate&) = delete;
  ~Deflate() { deflateEnd(&stream); }
  z_stream stream{};
};

PackedBlock pack(const Block& block, int level) {
  Deflate deflater(level);
  z_stream& stream = deflater.stream;
  if (!block.dictionary.empty())
    deflateSetDictionary(&stream, bytes_of(block.dictionary.data()), static_cast<uInt>(block.dictionary.size()));
  PackedBlock packed;
  packed.content_size = block.content.size();
  packed.crc = crc32(crc32(0, nullptr, 0), bytes_of(block.content.data()), static_cast<uInt>(block.content.size()));
  constexpr uLong flush_mark = 16;
  packed.bytes.resize(deflateBound(&stream, static_cast<uLong>(block.content.size())) + flush_mark);
  stream.next_in = bytes_of(block.content.data());
  stream.avail_in = static_cast<uInt>(block.content.size());
  stream.next_out = bytes_of(packed.bytes.data());
  stream.avail_out = static_cast<uInt>(packed.bytes.size());
  const int result = deflate(&stream, block.last ? Z_FINISH : Z_SYNC_FLUSH);
  if (result != (block.last ? Z_STREAM_END : Z_OK) || stream.avail_in != 0 || stream.avail_out == 0)
    throw CodecFailure("zlib lost its state");
  packed.bytes.resize(packed.bytes.size() - stream.avail_out);
  return packed;
}

void append_little_endian(std::string& out, std::uint64_t value) {
  for (int i = 0; i < 4; ++i) out += static_cast<char>(value >> 8 * i & 0xff);
}

class GzipWorkersEncoder : public Encoder {
 public:
  GzipWorkersEncoder(int level, int workers) : level_(level), most_running_(static_cast<std::size_t>(workers)) {}

  void push(std::string_view bytes, const Output& output) override {
    while (!bytes.empty()) {
      const std::string_view now = bytes.substr(0, block_size - content_.size());
      content_ += now;
      bytes.remove_prefix(now.size());
      if (content_.size() == block_size) begin(false, output);
    }
  }
  void finish(const Output& output) override {
    begin(true, output);
    while (!running_.empty()) take(output);
    std::string trailer;
    append_little_endian(trailer, crc_);
    append_little_endian(trailer, size_);
    output(trailer);
  }

 private:
  void begin(bool last, const Output& output) {
    if (running_.size() == most_running_) take(output);
    Block block{std::move(content_), dictionary_, last};
    content_.clear();
    dictionary_ = block.content.substr(block.content.size() - std::min(block.content.size(), dictionary_size));
    running_.push_back(start(std::move(block)));
  }

  std::future<PackedBlock> start(Block block) const {
    const auto work = [level = level_](const Block& its) { return pack(its, level); };
    try {
      return std::async(std::launch::async, work, block);
    } catch (const std::system_error&) {  // no more threads: by whoever takes it
      return std::async(std::launch::deferred, work, std::move(block));
    }
  }

  void take(const Output& output) {
    if (!begun_) output(header);
    begun_ = true;
    const PackedBlock packed = running_.front().get();
    running_.pop_front();
    crc_ = crc32_combine(crc_, packed.crc, static_cast<z_off_t>(packed.content_size));
    size_ += packed.content_size;
    output(packed.bytes);
  }

  const int level_;
  const std::size_t most_running_;
  std::string content_, dictionary_;
  std::deque<std::future<PackedBlock>> running_;
  bool begun_ = false;
  uLong crc_ = crc32(0, nullptr, 0);
  std::uint64_t size_ = 0;
};

}  // namespace

std::unique_ptr<Encoder> make_gzip_workers_encoder(const Stage& stage) {
  return std::make_unique<GzipWorkersEncoder>(level_of(stage), stage.workers);
}

}  // namespace barman::codec
