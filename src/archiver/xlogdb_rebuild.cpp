#include "barman/archiver/xlogdb_rebuild.h"

#include "barman/archiver/codec_settings.h"
#include "barman/core/log.h"
#include "barman/fs/file.h"

namespace barman::archiver {
namespace {

constexpr std::string_view logger = "barman.server";

// Compression and encryption as the file itself tells them; an encrypted file does not tell its compression.
class StoredForm {
 public:
  explicit StoredForm(const config::ServerConfig& config) : config_(config), settings_(codec_settings(config)) {}

  void operator()(const std::string& path, catalog::WalEntry& entry) const {
    const std::string head = compress::read_head(path, head_size(settings_));
    if (compress::looks_encrypted(head)) {
      entry.encryption = "gpg";
    } else if (const auto algorithm = algorithm_of(head, config_, settings_)) {
      entry.compression = compress::name(*algorithm);
    }
  }

 private:
  const config::ServerConfig& config_;
  compress::Settings settings_;
};

void warn_about(const std::string& path) {
  const char* what = "unexpected file";
  if (fs::is_directory(path))
    what = "unexpected directory";
  else if (path.ends_with(".tmp"))
    what = "temporary file found";
  log::warning(logger, "{} rebuilding the wal database: {}", what, path);
}

using Visit = std::function<void(const catalog::WalEntry&)>;

}  // namespace

catalog::RebuildCounts rebuild_xlogdb(const config::ServerConfig& config, catalog::XlogDb& xlogdb) {
  catalog::RebuildCounts counts;
  const StoredForm stored(config);
  const bool first = !fs::exists(xlogdb.path());
  xlogdb.rebuild([&](const Visit& visit) { counts = catalog::scan_archive(config, stored, visit, warn_about); });
  if (first) fs::remove_file(config.wals_directory + "/xlog.db");  // the index of old versions
  return counts;
}

void ensure_xlogdb(const config::ServerConfig& config, catalog::XlogDb& xlogdb) {
  if (fs::exists(xlogdb.path())) return;
  const StoredForm stored(config);
  xlogdb.ensure([&](const Visit& visit) { catalog::scan_archive(config, stored, visit, [](const std::string&) {}); });
}

}  // namespace barman::archiver
