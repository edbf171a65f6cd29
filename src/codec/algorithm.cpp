#include <fcntl.h>

#include <algorithm>
#include <array>

#include "barman/codec/codec.h"
#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/core/text.h"
#include "barman/fs/file.h"

namespace barman::codec {
namespace {

struct Row {
  Algorithm algorithm;
  std::string_view name;
  std::optional<LevelRange> levels;
};
constexpr std::array rows{
    Row{Algorithm::gzip, "gzip", LevelRange{1, 9, 1, 6, 9}},
    Row{Algorithm::bzip2, "bzip2", LevelRange{1, 9, 1, 5, 9}},
    Row{Algorithm::pygzip, "pygzip", LevelRange{1, 9, 1, 6, 9}},
    Row{Algorithm::pybzip2, "pybzip2", LevelRange{1, 9, 1, 5, 9}},
    Row{Algorithm::pigz, "pigz", LevelRange{1, 9, 1, 6, 9}},
    Row{Algorithm::xz, "xz", LevelRange{1, 9, 1, 3, 5}},
    Row{Algorithm::zstd, "zstd", LevelRange{-22, 22, 1, 4, 9}},
    Row{Algorithm::lz4, "lz4", LevelRange{0, 16, 0, 6, 10}},
    Row{Algorithm::snappy, "snappy", std::nullopt},
    Row{Algorithm::custom, "custom", std::nullopt},
};

const Row& row_of(Algorithm algorithm) { return *std::ranges::find(rows, algorithm, &Row::algorithm); }

// In the order in which the reference looks; `custom` has its place after bzip2.
struct Magic {
  Algorithm algorithm;
  std::string_view bytes;
};
constexpr std::array magics{
    Magic{Algorithm::bzip2, "\x42\x5a\x68"},
    Magic{Algorithm::custom, {}},
    Magic{Algorithm::gzip, "\x1f\x8b\x08"},
    Magic{Algorithm::lz4, "\x04\x22\x4d\x18"},
    Magic{Algorithm::snappy, std::string_view("\xff\x06\x00\x00\x73\x4e\x61\x50\x70\x59", 10)},
    Magic{Algorithm::xz, std::string_view("\xfd\x37\x7a\x58\x5a\x00", 6)},
    Magic{Algorithm::zstd, "\x28\xb5\x2f\xfd"},
};

}  // namespace

std::optional<Algorithm> parse_algorithm(std::string_view word) {
  const std::string lower = to_lower(word);
  const auto* row = std::ranges::find(rows, std::string_view(lower), &Row::name);
  if (row == rows.end()) return std::nullopt;
  return row->algorithm;
}

std::string_view name(Algorithm algorithm) { return row_of(algorithm).name; }

std::optional<LevelRange> level_range(Algorithm algorithm) { return row_of(algorithm).levels; }

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
  for (const Magic& magic : magics) {
    const std::string_view bytes = magic.algorithm == Algorithm::custom ? custom_magic : magic.bytes;
    if (!bytes.empty() && head.starts_with(bytes)) return magic.algorithm;
  }
  return std::nullopt;
}

std::string read_head(const std::string& path, std::size_t size) {
  const fs::UniqueFd fd = fs::open_file(path, O_RDONLY);
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

}  // namespace barman::codec
