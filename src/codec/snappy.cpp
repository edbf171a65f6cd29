#include <snappy.h>

#include <algorithm>

#include "barman/core/crc32c.h"
#include "stage.h"

// The framing format of github.com/google/snappy (framing_format.txt): chunks of at most 64 KiB of content, each with a
// masked CRC-32C, after a stream identifier.
namespace barman::codec {
namespace {

constexpr std::string_view stream_identifier("\xff\x06\x00\x00sNaPpY", 10);
constexpr std::size_t block_size = 65536;
constexpr std::size_t chunk_header_size = 4;
constexpr std::size_t checksum_size = 4;

enum ChunkType : unsigned char { chunk_compressed = 0x00, chunk_plain = 0x01, chunk_identifier = 0xff };
constexpr unsigned first_skippable = 0x80;

std::uint32_t masked_checksum(std::string_view block) {
  const std::uint32_t crc = crc32c(block);
  return (crc >> 15 | crc << 17) + 0xa282ead8;
}

void append_little_endian(std::string& out, std::uint32_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> 8 * i & 0xff);
}

std::uint32_t little_endian(std::string_view bytes) {
  std::uint32_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

class SnappyEncoder : public Encoder {
 public:
  void push(std::string_view bytes, const Output& output) override {
    begin(output);
    if (!pending_.empty()) {
      const std::string_view head = bytes.substr(0, block_size - pending_.size());
      pending_ += head;
      bytes.remove_prefix(head.size());
      if (pending_.size() < block_size) return;
      write_block(pending_, output);
      pending_.clear();
    }
    for (; bytes.size() >= block_size; bytes.remove_prefix(block_size))
      write_block(bytes.substr(0, block_size), output);
    pending_ = bytes;
  }
  void finish(const Output& output) override {
    begin(output);
    if (!pending_.empty()) write_block(pending_, output);
    pending_.clear();
  }

 private:
  void begin(const Output& output) {
    if (!begun_) output(stream_identifier);
    begun_ = true;
  }
  void write_block(std::string_view block, const Output& output) {
    snappy::Compress(block.data(), block.size(), &compressed_);
    // As the format's own advice: what saves less than an eighth is stored plain.
    const bool plain = compressed_.size() >= block.size() - block.size() / 8;
    const std::string_view body = plain ? block : std::string_view(compressed_);
    chunk_.clear();
    chunk_ += static_cast<char>(plain ? chunk_plain : chunk_compressed);
    append_little_endian(chunk_, static_cast<std::uint32_t>(body.size() + checksum_size), 3);
    append_little_endian(chunk_, masked_checksum(block), checksum_size);
    chunk_ += body;
    output(chunk_);
  }

  bool begun_ = false;
  std::string pending_;
  std::string compressed_;
  std::string chunk_;
};

class SnappyDecoder : public Source {
 public:
  explicit SnappyDecoder(std::unique_ptr<Source> input) : input_(std::move(input)), in_(buffer_size) {}

  std::size_t read(std::span<char> buffer) override {
    while (block_at_ == block_.size())
      if (!next_chunk()) return 0;
    const std::size_t now = std::min(buffer.size(), block_.size() - block_at_);
    block_.copy(buffer.data(), now, block_at_);
    block_at_ += now;
    return now;
  }

 private:
  bool next_chunk() {
    block_.clear();
    block_at_ = 0;
    const std::string header = take(chunk_header_size, /*end_allowed=*/true);
    if (header.empty()) {
      if (!identified_) throw CodecFailure("it is empty");
      return false;
    }
    const unsigned type = static_cast<unsigned char>(header[0]);
    const std::size_t size = little_endian(std::string_view(header).substr(1));
    if (!identified_ && type != chunk_identifier) throw CodecFailure("not in snappy framing format");
    if (type == chunk_compressed || type == chunk_plain) {
      decode_block(type, size);
    } else if (type == chunk_identifier) {
      if (size != stream_identifier.size() - chunk_header_size ||
          take(size) != stream_identifier.substr(chunk_header_size))
        throw CodecFailure("not in snappy framing format");
      identified_ = true;
    } else if (type >= first_skippable) {
      skip(size);
    } else {
      throw CodecFailure("unknown chunk type " + std::to_string(type));
    }
    return true;
  }

  void decode_block(unsigned type, std::size_t size) {
    if (size < checksum_size || size > checksum_size + snappy::MaxCompressedLength(block_size))
      throw CodecFailure("a chunk of impossible size");
    const std::string chunk = take(size);
    const std::string_view body = std::string_view(chunk).substr(checksum_size);
    if (type == chunk_plain) {
      block_ = body;
    } else {
      std::size_t length = 0;
      if (!snappy::GetUncompressedLength(body.data(), body.size(), &length) || length > block_size ||
          !snappy::Uncompress(body.data(), body.size(), &block_))
        throw CodecFailure("data integrity error");
    }
    if (block_.size() > block_size) throw CodecFailure("a chunk of impossible size");
    if (masked_checksum(block_) != little_endian(std::string_view(chunk).substr(0, checksum_size)))
      throw CodecFailure("checksum mismatch");
  }

  bool refill() {
    if (begin_ == end_) {
      begin_ = 0;
      end_ = input_->read(in_);
    }
    return begin_ < end_;
  }
  // The next `size` bytes; at the end of the input nothing, if that is allowed here.
  std::string take(std::size_t size, bool end_allowed = false) {
    std::string out;
    while (out.size() < size) {
      if (!refill()) {
        if (out.empty() && end_allowed) return out;
        throw CodecFailure("it is truncated");
      }
      const std::size_t now = std::min(size - out.size(), end_ - begin_);
      out.append(in_.data() + begin_, now);
      begin_ += now;
    }
    return out;
  }
  void skip(std::size_t size) {
    while (size > 0) {
      if (!refill()) throw CodecFailure("it is truncated");
      const std::size_t now = std::min(size, end_ - begin_);
      begin_ += now;
      size -= now;
    }
  }

  std::unique_ptr<Source> input_;
  std::vector<char> in_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool identified_ = false;
  std::string block_;
  std::size_t block_at_ = 0;
};

}  // namespace

std::unique_ptr<Encoder> make_snappy_encoder(const Stage& /*stage*/, SizeHint /*size*/) {
  return std::make_unique<SnappyEncoder>();
}
std::unique_ptr<Source> make_snappy_decoder(std::unique_ptr<Source> input, const Stage& /*stage*/) {
  return std::make_unique<SnappyDecoder>(std::move(input));
}

}  // namespace barman::codec
