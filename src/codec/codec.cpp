#include "barman/codec/codec.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstring>

#include "barman/core/error.h"
#include "barman/core/on_exit.h"
#include "barman/fs/file.h"
#include "stage.h"

namespace barman::codec {
namespace {

constexpr mode_t private_mode = 0600;
// Up to the usual segment size a file is handled in one piece, which costs twice its size in memory for each worker.
constexpr std::uint64_t whole_limit = 16 * 1024 * 1024;

// Bytes left in a regular file; nothing for pipes.
SizeHint remaining_size(int fd) {
  struct ::stat info;
  if (::fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) return std::nullopt;
  const off_t position = ::lseek(fd, 0, SEEK_CUR);
  if (position < 0 || position > info.st_size) return std::nullopt;
  return static_cast<std::uint64_t>(info.st_size - position);
}

WholeContent read_to_end(Source& source, std::uint64_t expected) {
  WholeContent content = WholeContent::reserve(expected + 1);
  std::size_t filled = 0;
  while (const std::size_t got = source.read({content.bytes.get() + filled, content.size - filled})) {
    filled += got;
    if (filled < content.size) continue;
    WholeContent larger = WholeContent::reserve(content.size * 2);
    std::memcpy(larger.bytes.get(), content.bytes.get(), filled);
    content = std::move(larger);
  }
  content.size = filled;
  return content;
}

// Encoders one behind the other: what one makes is pushed into the next.
class EncoderChain : public Encoder {
 public:
  EncoderChain(const Recipe& recipe, SizeHint size) {
    for (const Stage& stage : recipe)
      encoders_.push_back(format_of(stage.algorithm).encoder(stage, encoders_.empty() ? size : std::nullopt));
  }
  void push(std::string_view bytes, const Output& output) override { push_into(0, bytes, output); }
  void finish(const Output& output) override {
    for (std::size_t at = 0; at < encoders_.size(); ++at)
      encoders_[at]->finish([&](std::string_view made) { push_into(at + 1, made, output); });
  }

 private:
  void push_into(std::size_t at, std::string_view bytes, const Output& output) {
    if (at == encoders_.size()) return output(bytes);
    encoders_[at]->push(bytes, [&](std::string_view made) { push_into(at + 1, made, output); });
  }

  std::vector<std::unique_ptr<Encoder>> encoders_;
};

std::unique_ptr<Source> decoder_chain(std::unique_ptr<Source> source, const Recipe& recipe) {
  // Not by std::views::reverse: clang 14 cannot compile the views of g++ 12's library.
  for (auto stage = recipe.rbegin(); stage != recipe.rend(); ++stage) {
    DecoderMaker* const make = stage->recognised ? make_recognising_decoder : format_of(stage->algorithm).decoder;
    source = make(std::move(source), *stage);
  }
  return source;
}

std::unique_ptr<Source> decoder_chain(int input, const Recipe& recipe, const std::string& what) {
  return decoder_chain(make_fd_source(input, what), recipe);
}

// What a caller's function reads.
class FunctionSource : public Source {
 public:
  FunctionSource(StreamDecoder::Read read, std::string name) : read_(std::move(read)), name_(std::move(name)) {}
  std::size_t read(std::span<char> buffer) override { return read_(buffer); }
  std::string name() const override { return name_; }

 private:
  StreamDecoder::Read read_;
  std::string name_;
};

std::string describe(const Recipe& recipe) {
  std::string words;
  for (const Stage& stage : recipe) {
    if (stage.recognised) continue;
    if (!words.empty()) words += ", ";
    words += name(stage.algorithm);
  }
  return words;
}

// Gives the complaint of a stage the name of the file and of the recipe.
template <typename Work>
auto named(std::string_view action, const std::string& what, const Recipe& recipe, Work work) {
  try {
    return work();
  } catch (const CodecFailure& failure) {
    throw Error(Errc::corrupt, fmt::format("cannot {} '{}' ({}): {}", action, what, describe(recipe), failure.what()));
  } catch (const GpgFailure& failure) {
    throw Error(failure.code(), fmt::format("cannot {} '{}': {}", failure.action(), what, failure.what()),
                failure.hint());
  }
}

// What runs a recipe of one child.
LoneChild* lone_encoder(const Recipe& recipe) {
  return recipe.size() == 1 ? format_of(recipe.front().algorithm).encode_alone : nullptr;
}
LoneChild* lone_decoder(const Recipe& recipe) {
  return recipe.size() == 1 && !recipe.front().recognised ? format_of(recipe.front().algorithm).decode_alone : nullptr;
}

void encode_all(Source& source, int output, const Recipe& recipe, SizeHint size) {
  const Output write = [&](std::string_view bytes) { fs::write_output(output, bytes); };
  const auto encode_whole = recipe.empty() ? nullptr : format_of(recipe.front().algorithm).encode_whole;
  if (encode_whole && size && *size <= whole_limit) {
    EncoderChain others({std::next(recipe.begin()), recipe.end()}, std::nullopt);
    const WholeContent packed = encode_whole(read_to_end(source, *size).view(), level_of(recipe.front()));
    others.push(packed.view(), write);
    return others.finish(write);
  }
  EncoderChain encoder(recipe, size);
  std::vector<char> buffer(buffer_size);
  while (const std::size_t got = source.read(buffer)) encoder.push({buffer.data(), got}, write);
  encoder.finish(write);
}

// Fills the whole buffer unless the end comes first.
std::size_t read_full(Source& source, std::span<char> buffer) {
  std::size_t filled = 0;
  while (filled < buffer.size()) {
    const std::size_t got = source.read(buffer.subspan(filled));
    if (got == 0) break;
    filled += got;
  }
  return filled;
}

// What is read from it has been shown to a watch, in pieces that are still in the processor's cache.
class WatchedSource : public Source {
 public:
  WatchedSource(std::unique_ptr<Source> source, const Watch& watch) : source_(std::move(source)), watch_(watch) {}
  std::size_t read(std::span<char> buffer) override {
    const std::size_t got = read_full(*source_, buffer.first(std::min(buffer.size(), buffer_size)));
    if (watch_ && !ended_) watch_({buffer.data(), got});
    ended_ = got == 0;
    return got;
  }

 private:
  std::unique_ptr<Source> source_;
  const Watch& watch_;
  bool ended_ = false;
};

// Shows a file that a child is going to read by itself; false for what cannot be read twice. To read it once more costs
// less than to hand it to the child through a pipe, and what the child writes through another.
bool show_ahead(int input, const std::string& what, const Watch& watch) {
  if (!remaining_size(input)) return false;
  const off_t start = ::lseek(input, 0, SEEK_CUR);
  fs::read_blocks(input, what, watch);
  watch({});
  if (::lseek(input, start, SEEK_SET) != start) throw_errno("seek in", what);
  return true;
}

void copy(Source& source, int output) {
  std::vector<char> buffer(buffer_size);
  while (const std::size_t got = source.read(buffer)) fs::write_output(output, {buffer.data(), got});
}

// The fast way for a segment, all of which is given to `take` at once; false: nothing was, and the descriptor is where
// it was.
bool decode_at_once(int input, const Recipe& recipe, const std::string& what, const Output& take) {
  const auto decode_whole = recipe.size() == 1 ? format_of(recipe.front().algorithm).decode_whole : nullptr;
  const SizeHint size = decode_whole ? remaining_size(input) : std::nullopt;
  if (!size || *size > whole_limit) return false;
  const off_t start = ::lseek(input, 0, SEEK_CUR);
  const auto source = make_fd_source(input, what);
  const auto content = decode_whole(read_to_end(*source, *size).view(), 2 * whole_limit);
  if (!content) {
    if (::lseek(input, start, SEEK_SET) != start) throw_errno("seek in", what);
    return false;
  }
  take(content->view());
  return true;
}

// Shows all of a file to a watch.
void show(const Watch& watch, std::string_view bytes) {
  watch(bytes);
  if (!bytes.empty()) watch({});
}

// Creates `target`, lets `fill` write it, and removes it again when that fails.
template <typename Fill>
void create(const std::string& source, const std::string& target, Fill fill) {
  const UniqueFd in = fs::open_file(source, O_RDONLY);
  const UniqueFd out = fs::open_file(target, O_WRONLY | O_CREAT | O_EXCL, private_mode);
  OnExit discard([&] { ::unlink(target.c_str()); });
  fill(in.get(), out.get());
  discard.dismiss();
}

}  // namespace

Recipe stored_as(std::optional<Algorithm> algorithm, const Stage& settings) {
  if (!algorithm) return {};
  Recipe recipe{settings};
  recipe.front().algorithm = *algorithm;
  return recipe;
}

Recipe stored_encrypted(std::shared_ptr<const Gpg> gpg, const Stage& settings) {
  Stage below = settings;
  below.recognised = true;
  return {below, Stage{.algorithm = Algorithm::gpg, .gpg = std::move(gpg)}};
}

void encode(int input, int output, const Recipe& recipe, const std::string& what, const Watch& watch) {
  named("compress", what, recipe, [&] {
    LoneChild* const child = lone_encoder(recipe);
    if (child && (!watch || show_ahead(input, what, watch))) return child(input, output, recipe.front());
    WatchedSource source(make_fd_source(input, what), watch);
    encode_all(source, output, recipe, remaining_size(input));
  });
}

void decode(int input, int output, const Recipe& recipe, const std::string& what, const Watch& watch) {
  named("decompress", what, recipe, [&] {
    if (LoneChild* const child = watch ? nullptr : lone_decoder(recipe)) return child(input, output, recipe.front());
    const auto write = [&](std::string_view bytes) {
      if (watch) show(watch, bytes);
      fs::write_output(output, bytes);
    };
    if (decode_at_once(input, recipe, what, write)) return;
    WatchedSource source(decoder_chain(input, recipe, what), watch);
    copy(source, output);
  });
}

void transcode(int input, int output, const Recipe& from, const Recipe& to, const std::string& what,
               const Watch& watch) {
  named("recompress", what, from, [&] {
    WatchedSource source(decoder_chain(input, from, what), watch);
    encode_all(source, output, to, std::nullopt);
  });
}

void inspect(int input, const Recipe& recipe, const std::string& what, const Watch& watch) {
  named("decompress", what, recipe, [&] {
    if (decode_at_once(input, recipe, what, [&](std::string_view bytes) { show(watch, bytes); })) return;
    WatchedSource source(decoder_chain(input, recipe, what), watch);
    std::vector<char> buffer(buffer_size);
    while (source.read(buffer) > 0) {
    }
  });
}

void encode_file(const std::string& source, const std::string& target, const Recipe& recipe) {
  create(source, target, [&](int in, int out) { encode(in, out, recipe, source); });
}

void decode_file(const std::string& source, const std::string& target, const Recipe& recipe, const Watch& watch) {
  create(source, target, [&](int in, int out) { decode(in, out, recipe, source, watch); });
}

bool same_content(const std::string& a, const Recipe& a_recipe, const std::string& b, const Recipe& b_recipe) {
  const UniqueFd a_fd = fs::open_file(a, O_RDONLY);
  const UniqueFd b_fd = fs::open_file(b, O_RDONLY);
  if (a_recipe.empty() && b_recipe.empty() && remaining_size(a_fd.get()) != remaining_size(b_fd.get())) return false;
  std::vector<char> a_bytes(buffer_size);
  std::vector<char> b_bytes(buffer_size);
  const auto a_source = decoder_chain(a_fd.get(), a_recipe, a);
  const auto b_source = decoder_chain(b_fd.get(), b_recipe, b);
  for (;;) {
    const std::size_t a_size = named("decompress", a, a_recipe, [&] { return read_full(*a_source, a_bytes); });
    const std::size_t b_size = named("decompress", b, b_recipe, [&] { return read_full(*b_source, b_bytes); });
    if (a_size != b_size ||
        !std::equal(a_bytes.begin(), a_bytes.begin() + static_cast<std::ptrdiff_t>(a_size), b_bytes.begin()))
      return false;
    if (a_size == 0) return true;
  }
}

StreamEncoder::StreamEncoder(Recipe recipe, std::string what, Sink sink)
    : recipe_(std::move(recipe)), what_(std::move(what)), sink_(std::move(sink)) {
  encoder_ = named("compress", what_, recipe_, [&] { return std::make_unique<EncoderChain>(recipe_, std::nullopt); });
}

StreamEncoder::~StreamEncoder() = default;

void StreamEncoder::write(std::string_view bytes) {
  named("compress", what_, recipe_, [&] { encoder_->push(bytes, sink_); });
}

void StreamEncoder::finish() {
  named("compress", what_, recipe_, [&] { encoder_->finish(sink_); });
}

StreamDecoder::StreamDecoder(int fd, Recipe recipe, std::string what)
    : recipe_(std::move(recipe)), what_(std::move(what)) {
  source_ = named("decompress", what_, recipe_, [&] { return decoder_chain(fd, recipe_, what_); });
}

StreamDecoder::StreamDecoder(Read read, Recipe recipe, std::string what)
    : recipe_(std::move(recipe)), what_(std::move(what)) {
  source_ = named("decompress", what_, recipe_,
                  [&] { return decoder_chain(std::make_unique<FunctionSource>(std::move(read), what_), recipe_); });
}

StreamDecoder::~StreamDecoder() = default;

std::size_t StreamDecoder::read(std::span<char> buffer) {
  return named("decompress", what_, recipe_, [&] { return source_->read(buffer); });
}

}  // namespace barman::codec
