#include "barman/codec/format.h"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <ranges>

#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/core/numbers.h"
#include "barman/core/text.h"
#include "barman/fs/file.h"
#include "stage.h"

namespace barman::codec {
namespace {

constexpr Format gzip{.algorithm = Algorithm::gzip,
                      .word = "gzip",
                      .extension = ".gz",
                      .magic = "\x1f\x8b\x08",
                      .levels = LevelRange{1, 9, 1, 6, 9},
                      .encoder = make_gzip_encoder,
                      .decoder = make_gzip_decoder,
                      .encode_whole = gzip_whole,
                      .decode_whole = gunzip_whole};
constexpr Format bzip2{.algorithm = Algorithm::bzip2,
                       .word = "bzip2",
                       .extension = ".bz2",
                       .magic = "\x42\x5a\x68",
                       .levels = LevelRange{1, 9, 1, 5, 9},
                       .encoder = make_bzip2_encoder,
                       .decoder = make_bzip2_decoder};
constexpr Format xz{.algorithm = Algorithm::xz,
                    .word = "xz",
                    .extension = ".xz",
                    .magic = std::string_view("\xfd\x37\x7a\x58\x5a\x00", 6),
                    .levels = LevelRange{1, 9, 1, 3, 5},
                    .encoder = make_xz_encoder,
                    .decoder = make_xz_decoder};
constexpr Format zstd{.algorithm = Algorithm::zstd,
                      .word = "zstd",
                      .extension = ".zst",
                      .magic = "\x28\xb5\x2f\xfd",
                      .levels = LevelRange{-22, 22, 1, 4, 9},
                      .encoder = make_zstd_encoder,
                      .decoder = make_zstd_decoder};
constexpr Format lz4{.algorithm = Algorithm::lz4,
                     .word = "lz4",
                     .extension = ".lz4",
                     .magic = "\x04\x22\x4d\x18",
                     .levels = LevelRange{0, 16, 0, 6, 10},
                     .encoder = make_lz4_encoder,
                     .decoder = make_lz4_decoder};
constexpr Format snappy{.algorithm = Algorithm::snappy,
                        .word = "snappy",
                        .extension = ".snappy",
                        .magic = std::string_view("\xff\x06\x00\x00\x73\x4e\x61\x50\x70\x59", 10),
                        .encoder = make_snappy_encoder,
                        .decoder = make_snappy_decoder};
constexpr Format custom{.algorithm = Algorithm::custom,  // its magic is the server's
                        .word = "custom",
                        .encoder = make_filter_encoder,
                        .decoder = make_filter_decoder,
                        .encode_alone = run_filter};

constexpr Format gpg{.algorithm = Algorithm::gpg,  // looks_encrypted() knows its files
                     .word = "gpg",
                     .extension = ".gpg",
                     .compresses = false,
                     .encoder = make_gpg_encoder,
                     .decoder = make_gpg_decoder,
                     .encode_alone = run_gpg_encoder,
                     .decode_alone = run_gpg_decoder};

// Another word for a format, after the program that Barman makes it with.
constexpr Format also(Algorithm algorithm, std::string_view word, Format format) {
  format.algorithm = algorithm;
  format.word = word;
  return format;
}

constexpr std::array formats{gzip,
                             bzip2,
                             also(Algorithm::pygzip, "pygzip", gzip),
                             also(Algorithm::pybzip2, "pybzip2", bzip2),
                             also(Algorithm::pigz, "pigz", gzip),
                             xz,
                             zstd,
                             lz4,
                             snappy,
                             custom,
                             gpg};

// RFC 4880: packet headers (4.2), public-key encrypted session key (5.1), symmetric-key encrypted session key (5.3).
constexpr std::string_view armor = "-----BEGIN PGP MESSAGE-----";
constexpr unsigned tag_public_key_session = 1;
constexpr unsigned tag_symmetric_session = 3;

unsigned byte_at(std::string_view text, std::size_t at) {
  return at < text.size() ? static_cast<unsigned char>(text[at]) : 0;
}

struct PacketHead {
  unsigned tag = 0;
  std::size_t size = 0;  // of the header
};

PacketHead packet_head(std::string_view head) {
  const unsigned first = byte_at(head, 0);
  if (!(first & 0x80)) return {};
  if (first & 0x40) {
    const unsigned length = byte_at(head, 1);
    return {first & 0x3f, length < 192 ? 2U : length < 224 ? 3U : length == 255 ? 6U : 2U};
  }
  constexpr std::size_t length_bytes[] = {1, 2, 4, 0};
  return {first >> 2 & 0xf, 1 + length_bytes[first & 3]};
}

}  // namespace

const Format& format_of(Algorithm algorithm) { return *std::ranges::find(formats, algorithm, &Format::algorithm); }

std::optional<Algorithm> parse_algorithm(std::string_view word) {
  const std::string lower = to_lower(word);
  const auto* format = std::ranges::find(formats, std::string_view(lower), &Format::word);
  if (format == formats.end() || !format->compresses) return std::nullopt;
  return format->algorithm;
}

bool compresses(Algorithm algorithm) { return format_of(algorithm).compresses; }

std::string_view name(Algorithm algorithm) { return format_of(algorithm).word; }

std::vector<std::string> words() {
  std::vector<std::string> all;
  for (const Format& format : formats)
    if (format.compresses) all.emplace_back(format.word);
  return all;
}

std::string_view extension(Algorithm algorithm) { return format_of(algorithm).extension; }

bool same_format(Algorithm a, Algorithm b) { return format_of(a).decoder == format_of(b).decoder; }

std::optional<LevelRange> level_range(Algorithm algorithm) { return format_of(algorithm).levels; }

int resolve_level(Algorithm algorithm, std::string_view level) {
  const auto range = level_range(algorithm);
  if (!range) return 0;
  const std::string word = to_lower(trim(level));
  if (word == "low") return range->low;
  if (word == "medium" || word.empty()) return range->medium;
  if (word == "high") return range->high;
  const auto number = parse_python_int(word);
  if (!number)
    throw Error(Errc::config,
                "invalid compression level '" + std::string(level) + "' for " + std::string(name(algorithm)),
                "set compression_level to low, medium, high or an integer");
  const auto clamped = std::clamp<std::int64_t>(*number, range->min, range->max);
  if (clamped != *number)
    log::debug("barman.compression", "Compression level {} out of range for {}. Using {} instead", *number,
               name(algorithm), clamped);
  return static_cast<int>(clamped);
}

std::optional<Algorithm> detect(std::string_view head, std::string_view custom_magic) {
  // Barman looks for a custom magic after that of bzip2 and before all others.
  const bool is_custom = !custom_magic.empty() && head.starts_with(custom_magic);
  if (is_custom && !head.starts_with(bzip2.magic)) return Algorithm::custom;
  for (const Format& format : formats)
    if (!format.magic.empty() && head.starts_with(format.magic)) return format.algorithm;
  return std::nullopt;
}

std::string read_head(const std::string& path, std::size_t size) {
  const UniqueFd fd = fs::open_file(path, O_RDONLY);
  std::string head(size, '\0');
  std::size_t filled = 0;
  while (filled < head.size()) {
    const std::size_t got = fs::read_some(fd.get(), std::span(head).subspan(filled), path);
    if (got == 0) break;
    filled += got;
  }
  head.resize(filled);
  return head;
}

std::optional<Algorithm> detect_file(const std::string& path, std::string_view custom_magic) {
  return detect(read_head(path, std::max(magic_bytes_needed, custom_magic.size())), custom_magic);
}

bool looks_encrypted(std::string_view head) {
  if (head.starts_with(armor)) return true;
  const PacketHead packet = packet_head(head);
  const unsigned version = byte_at(head, packet.size);
  if (packet.tag == tag_public_key_session) {
    constexpr std::size_t key_id_bytes = 8;
    const unsigned algorithm = byte_at(head, packet.size + 1 + key_id_bytes);
    return version == 3 && ((algorithm >= 1 && algorithm <= 2) || (algorithm >= 16 && algorithm <= 20));
  }
  if (packet.tag == tag_symmetric_session) {
    const unsigned cipher = byte_at(head, packet.size + 1);
    return version == 4 && cipher >= 1 && cipher <= 13;
  }
  return false;
}

}  // namespace barman::codec
