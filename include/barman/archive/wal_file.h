#pragma once
#include <sys/stat.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "barman/catalog/xlogdb.h"
#include "barman/codec/codec.h"
#include "barman/config/server_config.h"
#include "barman/wal/wal_content.h"

// wal_problem() for files.
namespace barman::archive {

// Of an open file that is taken as it is. Its position is not moved.
std::optional<std::string> plain_problem(const WalName& wal, int fd, const std::string& path);

// Of a compressed or encrypted one, all of which is read. Damage to the compressed data is a problem, too.
// `watch` sees its content.
std::optional<std::string> packed_problem(const WalName& wal, const std::string& path, const codec::Recipe& recipe,
                                          const codec::Watch& watch = {});

// Of a file in the archive, however it is stored. What is encrypted has none where it cannot be decrypted.
std::optional<std::string> stored_problem(const WalName& wal, const std::string& path,
                                          const config::ServerConfig& config, const codec::Stage& settings);

// The content of an open file of the archive, decoded, piece by piece. Throws Error(config) for what is encrypted
// without encryption_passphrase_command.
void read_stored(int fd, const std::string& path, const config::ServerConfig& config, const codec::Stage& settings,
                 const std::function<void(std::string_view)>& take);

// Throws Error(config) unless encryption_passphrase_command is set. `name`: of the encrypted file.
void require_passphrase(const config::ServerConfig& config, std::string_view name);

// A history file or backup label, unpacked; nullopt where it is longer than any. Throws Error(corrupt).
std::optional<std::string> text_of(const std::string& path, const config::ServerConfig& config,
                                   const codec::Stage& settings);

// Whether an archived history file or backup label is no more than the beginning of the one at `source`: cut off at the
// end of a line it looks whole. Nothing that PostgreSQL archives under one name becomes longer.
bool is_beginning_of(const std::string& stored, const WalName& wal, const std::string& source,
                     const config::ServerConfig& config, const codec::Stage& settings);

// Throws Error(corrupt) at the first piece after which the content cannot be that of the file, or at its end.
class ContentCheck {
 public:
  // `path`: for the message.
  ContentCheck(const WalName& wal, std::string path) : content_(wal), path_(std::move(path)) {}
  void operator()(std::string_view piece);

 private:
  WalContent content_;
  std::string path_;
};

// All of `from`, from its position on.
void copy_bytes(int from, const std::string& from_path, int to, const std::string& to_path);

// Gives a copy the times and mode of the original and makes its content durable.
void finish_copy(int fd, const std::string& path, const struct ::stat& original);

[[noreturn]] void refuse_damaged(const std::string& path, const std::string& problem);

// How gpg encrypts for this server, and decrypts what was encrypted: WAL and backups.
std::shared_ptr<const codec::Gpg> gpg_settings(const config::ServerConfig& config);

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
// How an archived file with these first bytes was stored: encrypted, compressed or (empty) as it is.
codec::Recipe stored_recipe(std::string_view head, const config::ServerConfig& config, const codec::Stage& settings);
codec::Recipe recipe_of_file(const std::string& path, const config::ServerConfig& config, const codec::Stage& settings);
std::size_t head_size(const codec::Stage& settings);  // how many first bytes that needs
std::optional<codec::Algorithm> stored_algorithm(const std::string& path, const config::ServerConfig& config,
                                                 const codec::Stage& settings);

// Sets compression and encryption of an index line as the file itself shows them. An encrypted file hides its
// compression.
void describe_stored(const std::string& path, const config::ServerConfig& config, const codec::Stage& settings,
                     catalog::WalEntry& entry);

}  // namespace barman::archive
