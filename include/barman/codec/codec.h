#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

// WAL compression (formats.md 5.2, 6; config.md 7). One word per algorithm in xlog.db and configuration.
namespace barman::codec {

enum class Algorithm { gzip, bzip2, pygzip, pybzip2, pigz, xz, zstd, lz4, snappy, custom };

std::optional<Algorithm> parse_algorithm(std::string_view word);  // any case; "none" is not one
std::string_view name(Algorithm algorithm);
bool same_format(Algorithm a, Algorithm b);  // gzip, pygzip and pigz write the same; bzip2 and pybzip2 too

// How a server compresses: what the configuration says, resolved.
struct Settings {
  Algorithm algorithm = Algorithm::gzip;
  std::string level = "medium";             // low, medium, high or a number; out of range is clamped
  std::string custom_compression_filter{};  // shell text, stdin to stdout
  std::string custom_decompression_filter{};
  std::string custom_magic{};  // raw bytes; empty: none
};

struct LevelRange {
  int min = 0, max = 0, low = 0, medium = 0, high = 0;
};
std::optional<LevelRange> level_range(Algorithm algorithm);  // snappy and custom have none
int resolve_level(Algorithm algorithm, std::string_view level);

// By magic bytes of the first bytes of a file, in the reference's order; `custom_magic` may be empty.
inline constexpr std::size_t magic_bytes_needed = 32;
std::optional<Algorithm> detect(std::string_view head, std::string_view custom_magic = {});
std::optional<Algorithm> detect_file(const std::string& path, std::string_view custom_magic = {});
std::string read_head(const std::string& path, std::size_t size = magic_bytes_needed);  // shorter for a short file
// GPG-encrypted content (binary or armored OpenPGP message), for xlog.db's encryption column.
bool looks_encrypted(std::string_view head);

// Sees content piece by piece before it is passed on, and its end as an empty piece. What it throws ends the work.
using Watch = std::function<void(std::string_view)>;

// Codecs run in this process (pigz, pygzip and pybzip2 write what gzip and bzip2 write); custom runs its filter through
// sh -c. Both directions stream with bounded memory. `input` and `output` are descriptors at their position; failures
// are Errors naming `what` (for messages) and the codec. Output streams are standard: the command-line tools read them.
void compress_stream(int input, int output, const Settings& settings, const std::string& what);
// `watch` sees what is decompressed.
void decompress_stream(int input, int output, Algorithm algorithm, const Settings& settings, const std::string& what,
                       const Watch& watch = {});
// Decompresses and compresses again in one pass; `to` also carries the custom decompression filter.
void recompress_stream(int input, int output, Algorithm from, const Settings& to, const std::string& what,
                       const Watch& watch = {});
// Decompresses for the watch alone.
void read_decompressed(int input, Algorithm algorithm, const Settings& settings, const std::string& what,
                       const Watch& watch);

// Whole-file forms; `target` is created (must not exist) with mode 0600 and not synced.
void compress_file(const std::string& source, const std::string& target, const Settings& settings);
void decompress_file(const std::string& source, const std::string& target, Algorithm algorithm,
                     const Settings& settings, const Watch& watch = {});

// True when both hold the same bytes once decompressed. Streams, no temporary file.
bool same_content(const std::string& a, std::optional<Algorithm> a_algorithm, const std::string& b,
                  std::optional<Algorithm> b_algorithm, const Settings& settings);

}  // namespace barman::codec
