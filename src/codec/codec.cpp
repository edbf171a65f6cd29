#include "barman/codec/codec.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>

#include <algorithm>

#include "barman/core/error.h"
#include "barman/core/on_exit.h"
#include "barman/core/signals.h"
#include "barman/fs/file.h"
#include "barman/fs/output.h"
#include "filter.h"
#include "stream.h"

namespace barman::codec {
namespace {

constexpr mode_t private_mode = 0600;
// Up to the usual segment size a file is handled in one piece, which costs twice its size in memory for each worker.
constexpr std::uint64_t whole_limit = 16 * 1024 * 1024;

enum class Family { gzip, bzip2, xz, zstd, lz4, snappy, custom };

Family family(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::gzip:
    case Algorithm::pygzip:
    case Algorithm::pigz:
      return Family::gzip;
    case Algorithm::bzip2:
    case Algorithm::pybzip2:
      return Family::bzip2;
    case Algorithm::xz:
      return Family::xz;
    case Algorithm::zstd:
      return Family::zstd;
    case Algorithm::lz4:
      return Family::lz4;
    case Algorithm::snappy:
      return Family::snappy;
    case Algorithm::custom:
      return Family::custom;
  }
  throw std::logic_error("unknown compression algorithm");
}

// Bytes left in a regular file; nothing for pipes.
SizeHint remaining_size(int fd) {
  struct ::stat info;
  if (::fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) return std::nullopt;
  const off_t position = ::lseek(fd, 0, SEEK_CUR);
  if (position < 0 || position > info.st_size) return std::nullopt;
  return static_cast<std::uint64_t>(info.st_size - position);
}

const std::string& required_filter(const std::string& filter, std::string_view option) {
  if (filter.empty())
    throw Error(Errc::config, fmt::format("compression is 'custom', but {} is not set", option),
                fmt::format("set {} in the server's configuration", option));
  return filter;
}

std::string read_to_end(Source& source, std::uint64_t expected) {
  std::string bytes(expected + 1, '\0');
  std::size_t filled = 0;
  for (;;) {
    if (filled == bytes.size()) bytes.resize(bytes.size() * 2);
    const std::size_t got = source.read(std::span(bytes).subspan(filled));
    if (got == 0) break;
    filled += got;
  }
  bytes.resize(filled);
  return bytes;
}

void encode(Source& source, int output, const Settings& settings, SizeHint size) {
  const Output write = [&](std::string_view bytes) { fs::write_output(output, bytes); };
  if (family(settings.algorithm) == Family::gzip && size && *size <= whole_limit) {
    const std::vector<char> packed =
        gzip_whole(read_to_end(source, *size), resolve_level(settings.algorithm, settings.level));
    write({packed.data(), packed.size()});
    return;
  }
  const auto encoder = make_encoder(settings, size);
  std::vector<char> buffer(buffer_size);
  while (const std::size_t got = source.read(buffer)) encoder->push({buffer.data(), got}, write);
  encoder->finish(write);
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

// What is read from it has been shown to a watch.
class WatchedSource : public Source {
 public:
  WatchedSource(std::unique_ptr<Source> source, const Watch& watch) : source_(std::move(source)), watch_(watch) {}
  std::size_t read(std::span<char> buffer) override {
    const std::size_t got = read_full(*source_, buffer);
    if (watch_ && !ended_) watch_({buffer.data(), got});
    ended_ = got == 0;
    return got;
  }

 private:
  std::unique_ptr<Source> source_;
  const Watch& watch_;
  bool ended_ = false;
};

void copy(Source& source, int output) {
  std::vector<char> buffer(buffer_size);
  while (const std::size_t got = source.read(buffer)) fs::write_output(output, {buffer.data(), got});
}

// The fast way for a gzipped segment; false: nothing was written and the descriptor is where it was.
bool gunzip_at_once(int input, int output, const std::string& what, const Watch& watch) {
  const SizeHint size = remaining_size(input);
  if (!size || *size > whole_limit) return false;
  const off_t start = ::lseek(input, 0, SEEK_CUR);
  const auto source = make_fd_source(input, what);
  const auto bytes = gunzip_whole(read_to_end(*source, *size), 2 * whole_limit);
  if (!bytes) {
    if (::lseek(input, start, SEEK_SET) != start) throw_errno("seek in", what);
    return false;
  }
  if (watch) {
    watch({bytes->data(), bytes->size()});
    if (!bytes->empty()) watch({});
  }
  fs::write_output(output, {bytes->data(), bytes->size()});
  return true;
}

// Creates `target`, lets `fill` write it, and removes it again when that fails.
template <typename Fill>
void create(const std::string& source, const std::string& target, Fill fill) {
  const fs::UniqueFd in = fs::open_file(source, O_RDONLY);
  const fs::UniqueFd out = fs::open_file(target, O_WRONLY | O_CREAT | O_EXCL, private_mode);
  OnExit discard([&] { ::unlink(target.c_str()); });
  fill(in.get(), out.get());
  discard.dismiss();
}

std::unique_ptr<Source> open_source(int fd, std::optional<Algorithm> algorithm, const Settings& settings,
                                    const std::string& path) {
  return algorithm ? make_decoder(fd, *algorithm, settings, path) : make_fd_source(fd, path);
}

}  // namespace

std::unique_ptr<Encoder> make_encoder(const Settings& settings, SizeHint size) {
  const int level = resolve_level(settings.algorithm, settings.level);
  switch (family(settings.algorithm)) {
    case Family::gzip:
      return make_gzip_encoder(level);
    case Family::bzip2:
      return make_bzip2_encoder(level);
    case Family::xz:
      return make_xz_encoder(level, size);
    case Family::zstd:
      return make_zstd_encoder(level, size);
    case Family::lz4:
      return make_lz4_encoder(level, size);
    case Family::snappy:
      return make_snappy_encoder();
    case Family::custom:
      break;
  }
  throw std::logic_error("a custom filter has no encoder");
}

std::unique_ptr<Source> make_decoder(int input, Algorithm algorithm, const Settings& settings,
                                     const std::string& what) {
  if (family(algorithm) == Family::custom)
    return make_filter_source(input,
                              required_filter(settings.custom_decompression_filter, "custom_decompression_filter"));
  auto source = make_fd_source(input, what);
  switch (family(algorithm)) {
    case Family::gzip:
      return make_gzip_decoder(std::move(source));
    case Family::bzip2:
      return make_bzip2_decoder(std::move(source));
    case Family::xz:
      return make_xz_decoder(std::move(source));
    case Family::zstd:
      return make_zstd_decoder(std::move(source));
    case Family::lz4:
      return make_lz4_decoder(std::move(source));
    case Family::snappy:
      return make_snappy_decoder(std::move(source));
    case Family::custom:
      break;
  }
  throw std::logic_error("unknown compression algorithm");
}

bool same_format(Algorithm a, Algorithm b) { return family(a) == family(b); }

void compress_stream(int input, int output, const Settings& settings, const std::string& what) {
  named("compress", what, settings.algorithm, [&] {
    if (settings.algorithm == Algorithm::custom) {
      run_filter(input, output, required_filter(settings.custom_compression_filter, "custom_compression_filter"));
      return;
    }
    const auto source = make_fd_source(input, what);
    encode(*source, output, settings, remaining_size(input));
  });
}

void decompress_stream(int input, int output, Algorithm algorithm, const Settings& settings, const std::string& what,
                       const Watch& watch) {
  named("decompress", what, algorithm, [&] {
    if (family(algorithm) == Family::gzip && gunzip_at_once(input, output, what, watch)) return;
    WatchedSource source(make_decoder(input, algorithm, settings, what), watch);
    copy(source, output);
  });
}

void recompress_stream(int input, int output, Algorithm from, const Settings& to, const std::string& what,
                       const Watch& watch) {
  named("recompress", what, from, [&] {
    WatchedSource source(make_decoder(input, from, to, what), watch);
    encode(source, output, to, std::nullopt);
  });
}

void read_decompressed(int input, Algorithm algorithm, const Settings& settings, const std::string& what,
                       const Watch& watch) {
  named("decompress", what, algorithm, [&] {
    WatchedSource source(make_decoder(input, algorithm, settings, what), watch);
    std::vector<char> buffer(buffer_size);
    while (source.read(buffer) > 0) {
    }
  });
}

void compress_file(const std::string& source, const std::string& target, const Settings& settings) {
  create(source, target, [&](int in, int out) { compress_stream(in, out, settings, source); });
}

void decompress_file(const std::string& source, const std::string& target, Algorithm algorithm,
                     const Settings& settings, const Watch& watch) {
  create(source, target, [&](int in, int out) { decompress_stream(in, out, algorithm, settings, source, watch); });
}

bool same_content(const std::string& a, std::optional<Algorithm> a_algorithm, const std::string& b,
                  std::optional<Algorithm> b_algorithm, const Settings& settings) {
  const fs::UniqueFd a_fd = fs::open_file(a, O_RDONLY);
  const fs::UniqueFd b_fd = fs::open_file(b, O_RDONLY);
  if (!a_algorithm && !b_algorithm && remaining_size(a_fd.get()) != remaining_size(b_fd.get())) return false;
  const Algorithm told = a_algorithm.value_or(b_algorithm.value_or(Algorithm::gzip));
  std::vector<char> a_bytes(buffer_size);
  std::vector<char> b_bytes(buffer_size);
  const auto a_source = open_source(a_fd.get(), a_algorithm, settings, a);
  const auto b_source = open_source(b_fd.get(), b_algorithm, settings, b);
  for (;;) {
    const std::size_t a_size =
        named("decompress", a, a_algorithm.value_or(told), [&] { return read_full(*a_source, a_bytes); });
    const std::size_t b_size =
        named("decompress", b, b_algorithm.value_or(told), [&] { return read_full(*b_source, b_bytes); });
    if (a_size != b_size ||
        !std::equal(a_bytes.begin(), a_bytes.begin() + static_cast<std::ptrdiff_t>(a_size), b_bytes.begin()))
      return false;
    if (a_size == 0) return true;
  }
}

}  // namespace barman::codec
