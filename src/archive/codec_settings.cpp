#include "barman/archive/codec_settings.h"

#include <fmt/core.h>

#include <algorithm>

#include "barman/core/error.h"
#include "barman/core/numbers.h"

namespace barman::archive {

namespace {

constexpr std::size_t digits_per_byte = 2;

// "0x1f8b": the first two characters are dropped, the rest is pairs of hexadecimal digits (config.md 7).
std::string magic_bytes(const std::string& text, const std::string& server) {
  std::string bytes;
  for (std::size_t i = 2; i < text.size(); i += digits_per_byte) {
    const auto byte = parse_hex(std::string_view(text).substr(i, digits_per_byte));
    if (!byte || i + digits_per_byte > text.size())
      throw Error(Errc::config, fmt::format("Invalid custom_compression_magic '{}' for server '{}'", text, server),
                  "write it as 0x followed by pairs of hexadecimal digits");
    bytes += static_cast<char>(*byte);
  }
  return bytes;
}

bool is_custom(const config::ServerConfig& config) { return config.compression == "custom"; }

}  // namespace

codec::Stage codec_settings(const config::ServerConfig& config) {
  codec::Stage settings;
  if (config.compression)
    settings.algorithm = codec::parse_algorithm(*config.compression).value_or(codec::Algorithm::gzip);
  settings.level = config.compression_level;
  settings.custom_compression_filter = config.custom_compression_filter.value_or("");
  settings.custom_decompression_filter = config.custom_decompression_filter.value_or("");
  if (config.custom_compression_magic)
    settings.custom_magic = magic_bytes(*config.custom_compression_magic, config.name);
  if (is_custom(config) && (settings.custom_compression_filter.empty() || settings.custom_decompression_filter.empty()))
    throw Error(Errc::config,
                fmt::format("compression = custom of server '{}' needs custom_compression_filter and "
                            "custom_decompression_filter",
                            config.name),
                "set both filters, or choose one of the built-in compressions");
  return settings;
}

codec::Stage for_waiting(codec::Stage settings, std::size_t waiting) {
  const bool medium = settings.level.empty() || settings.level == "medium";
  if (settings.algorithm == codec::Algorithm::lz4 && medium && waiting > backlog) settings.level = "low";
  return settings;
}

std::optional<codec::Algorithm> algorithm_of(std::string_view head, const config::ServerConfig& config,
                                             const codec::Stage& settings) {
  const auto found = codec::detect(head, is_custom(config) ? settings.custom_magic : std::string());
  if (!found && is_custom(config) && settings.custom_magic.empty()) return codec::Algorithm::custom;
  return found;
}

std::size_t head_size(const codec::Stage& settings) {
  return std::max(codec::magic_bytes_needed, settings.custom_magic.size());
}

std::optional<codec::Algorithm> stored_algorithm(const std::string& path, const config::ServerConfig& config,
                                                 const codec::Stage& settings) {
  return algorithm_of(codec::read_head(path, head_size(settings)), config, settings);
}

void describe_stored(const std::string& path, const config::ServerConfig& config, const codec::Stage& settings,
                     catalog::WalEntry& entry) {
  entry.compression.reset();
  entry.encryption.reset();
  const std::string head = codec::read_head(path, head_size(settings));
  if (codec::looks_encrypted(head)) {
    entry.encryption = "gpg";
  } else if (const auto algorithm = algorithm_of(head, config, settings)) {
    entry.compression = codec::name(*algorithm);
  }
}

}  // namespace barman::archive
