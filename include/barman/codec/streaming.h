#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "barman/codec/codec.h"

// The codecs for whoever makes or reads a stream piece by piece. Memory is bounded; failures are Errors that name
// `what` and the codec.
namespace barman::codec {

class Encoder;
class Source;

// What is written comes out of `sink` compressed, or as it is without an algorithm.
class Compressor {
 public:
  using Sink = std::function<void(std::string_view)>;
  // `level`: a number in level_range() (0 is also one for xz), low, medium or high.
  Compressor(std::optional<Algorithm> algorithm, const std::string& level, std::string what, Sink sink);
  Compressor(const Compressor&) = delete;
  Compressor& operator=(const Compressor&) = delete;
  ~Compressor();
  void write(std::string_view bytes);
  void finish();

 private:
  std::optional<Algorithm> algorithm_;
  std::string what_;
  Sink sink_;
  std::unique_ptr<Encoder> encoder_;
};

// The content of a descriptor from its position on, decompressed if there is an algorithm. The descriptor is not owned.
class Decompressor {
 public:
  Decompressor(int fd, std::optional<Algorithm> algorithm, std::string what);
  Decompressor(const Decompressor&) = delete;
  Decompressor& operator=(const Decompressor&) = delete;
  ~Decompressor();
  std::size_t read(std::span<char> buffer);  // 0 at the end only

 private:
  std::optional<Algorithm> algorithm_;
  std::string what_;
  std::unique_ptr<Source> source_;
};

}  // namespace barman::codec
