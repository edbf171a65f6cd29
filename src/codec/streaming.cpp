#include "barman/codec/streaming.h"

#include "barman/core/error.h"
#include "barman/core/text.h"
#include "stream.h"

namespace barman::codec {
namespace {

std::unique_ptr<Encoder> encoder_for(Algorithm algorithm, const std::string& level) {
  if (algorithm == Algorithm::xz && level == "0") return make_xz_encoder(0, std::nullopt);
  Settings settings;
  settings.algorithm = algorithm;
  settings.level = level;
  return make_encoder(settings, std::nullopt);
}

}  // namespace

Compressor::Compressor(std::optional<Algorithm> algorithm, const std::string& level, std::string what, Sink sink)
    : algorithm_(algorithm), what_(std::move(what)), sink_(std::move(sink)) {
  if (algorithm_) encoder_ = encoder_for(*algorithm_, level);
}

Compressor::~Compressor() = default;

void Compressor::write(std::string_view bytes) {
  if (!encoder_) return sink_(bytes);
  named("compress", what_, *algorithm_, [&] { encoder_->push(bytes, sink_); });
}

void Compressor::finish() {
  if (encoder_) named("compress", what_, *algorithm_, [&] { encoder_->finish(sink_); });
}

Decompressor::Decompressor(int fd, std::optional<Algorithm> algorithm, std::string what)
    : algorithm_(algorithm), what_(std::move(what)) {
  source_ = algorithm_ ? make_decoder(fd, *algorithm_, Settings{}, what_) : make_fd_source(fd, what_);
}

Decompressor::~Decompressor() = default;

std::size_t Decompressor::read(std::span<char> buffer) {
  if (!algorithm_) return source_->read(buffer);
  return named("decompress", what_, *algorithm_, [&] { return source_->read(buffer); });
}

}  // namespace barman::codec
