#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// The formats that content can be stored in (formats.md 5.2, 6; config.md 7): one word each in xlog.db and in the
// configuration. A new one is a row of the table in format.cpp.
namespace barman::codec {

enum class Algorithm { gzip, bzip2, pygzip, pybzip2, pigz, xz, zstd, lz4, snappy, custom, gpg };

bool compresses(Algorithm algorithm);  // or it encrypts
// Of a compression; any case; "none" is not one.
std::optional<Algorithm> parse_algorithm(std::string_view word);
std::string_view name(Algorithm algorithm);
std::vector<std::string> words();                 // every compression, in the order of the configuration's messages
std::string_view extension(Algorithm algorithm);  // of a file's name, with its dot; empty for custom
bool same_format(Algorithm a, Algorithm b);       // gzip, pygzip and pigz write the same; bzip2 and pybzip2 too

struct LevelRange {
  int min = 0, max = 0, low = 0, medium = 0, high = 0;
};
std::optional<LevelRange> level_range(Algorithm algorithm);  // snappy and custom have none
// `level`: low, medium, high or a number, which is clamped. Throws Error(config) for anything else.
int resolve_level(Algorithm algorithm, std::string_view level);

// By magic bytes of the first bytes of a file, in Barman's order; `custom_magic` may be empty.
inline constexpr std::size_t magic_bytes_needed = 32;
std::optional<Algorithm> detect(std::string_view head, std::string_view custom_magic = {});
std::optional<Algorithm> detect_file(const std::string& path, std::string_view custom_magic = {});
std::string read_head(const std::string& path, std::size_t size = magic_bytes_needed);  // shorter for a short file
// GPG-encrypted content (binary or armored OpenPGP message), for xlog.db's encryption column.
bool looks_encrypted(std::string_view head);

}  // namespace barman::codec
