#pragma once
#include <optional>
#include <string>

#include "barman/codec/codec.h"
#include "barman/config/server_config.h"
#include "barman/core/unique_fd.h"

namespace barman::archive {

// In which form a WAL file is handed out (formats.md 14.3). Files ending in .partial are always sent as they are.
struct Delivery {
  bool keep_compression = false;                 // the stored bytes, decrypted
  std::optional<codec::Algorithm> recompress{};  // gzip or bzip2; neither: decompressed
};

// An opened WAL file: once it is there it can be sent even if archive-wal moves it meanwhile.
class WalSource {
 public:
  const std::string& path() const { return path_; }
  // Streams it to `output` with bounded memory. Throws Error(corrupt) for content that cannot be that file (see
  // wal_content.h): before the first byte where its first page shows it, else at its end, and "Error decompressing WAL:
  // ..." for damaged compressed data; an encrypted file needs encryption_passphrase_command (Error(config)). What is
  // sent compressed as it is stored is not inspected: whoever unpacks it has to judge it.
  void send(int output, const Delivery& delivery) const;

 private:
  friend class WalArchive;
  WalSource(const config::ServerConfig& config, std::string path, UniqueFd fd)
      : config_(config), path_(std::move(path)), fd_(std::move(fd)) {}
  const config::ServerConfig& config_;
  std::string path_;
  UniqueFd fd_;
};

}  // namespace barman::archive
