#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "barman/catalog/xlogdb.h"
#include "barman/codec/codec.h"
#include "barman/config/server_config.h"

namespace barman::archive {

// How this server compresses and decompresses WAL, from its configuration. Throws Error(config) for a custom
// compression without its filters. `algorithm` is meaningful only where compression is configured.
codec::Stage codec_settings(const config::ServerConfig& config);

// The settings for a run that finds `waiting` files. lz4's medium level is its slow compressor: with a backlog, lz4
// takes its fast one until that is gone (a sixth more bytes). Every other level is what it says, the number behind
// medium, too.
inline constexpr std::size_t backlog = 32;  // with more files than that
codec::Stage for_waiting(codec::Stage settings, std::size_t waiting);

// What an archived file is compressed with: by its magic bytes; where compression = custom has no magic, everything
// that is recognised as nothing else is taken for custom (formats.md 5.2).
std::optional<codec::Algorithm> algorithm_of(std::string_view head, const config::ServerConfig& config,
                                             const codec::Stage& settings);
std::size_t head_size(const codec::Stage& settings);  // how many first bytes that needs
std::optional<codec::Algorithm> stored_algorithm(const std::string& path, const config::ServerConfig& config,
                                                 const codec::Stage& settings);

// Sets compression and encryption of an index line to what the file itself tells. An encrypted file does not tell its
// compression.
void describe_stored(const std::string& path, const config::ServerConfig& config, const codec::Stage& settings,
                     catalog::WalEntry& entry);

}  // namespace barman::archive
