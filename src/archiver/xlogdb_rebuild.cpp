#include "barman/archiver/xlogdb_rebuild.h"

#include "barman/archiver/codec_settings.h"
#include "barman/core/log.h"
#include "barman/fs/file.h"

namespace barman::archiver {
namespace {

constexpr std::string_view logger = "barman.server";

void warn_about(const std::string& path) {
  const char* what = "unexpected file";
  if (fs::is_directory(path))
    what = "unexpected directory";
  else if (path.ends_with(".tmp"))
    what = "temporary file found";
  log::warning(logger, "{} rebuilding the wal database: {}", what, path);
}

using Visit = std::function<void(const catalog::WalEntry&)>;

catalog::DetectStored detector(const config::ServerConfig& config) {
  return [&config, settings = codec_settings(config)](const std::string& path, catalog::WalEntry& entry) {
    describe_stored(path, config, settings, entry);
  };
}

}  // namespace

catalog::RebuildCounts rebuild_xlogdb(const config::ServerConfig& config, catalog::XlogDb& xlogdb) {
  catalog::RebuildCounts counts;
  const catalog::DetectStored stored = detector(config);
  xlogdb.rebuild([&](const Visit& visit) { counts = catalog::scan_archive(config, stored, visit, warn_about); });
  return counts;
}

void ensure_xlogdb(const config::ServerConfig& config, catalog::XlogDb& xlogdb) {
  if (fs::exists(xlogdb.path())) return;
  const catalog::DetectStored stored = detector(config);
  xlogdb.ensure([&](const Visit& visit) { catalog::scan_archive(config, stored, visit, [](const std::string&) {}); });
}

}  // namespace barman::archiver
