// backup_manifest, as verify-backup and backup --incremental read it and generate-manifest writes it.
#include <fstream>

#include "barman/catalog/manifest_head.h"
#include "barman/core/text.h"
#include "barman/fs/file.h"
#include "fuzz.h"
#include "manifest_file.h"
#include "unit/fs/memory_directory.h"

namespace barman::fuzz {
namespace {

using backup::ManifestFile;

std::vector<ManifestFile> read(const std::string& path) {
  std::vector<ManifestFile> files;
  backup::read_manifest(path, [&](ManifestFile&& file) { files.push_back(std::move(file)); });
  return files;
}

// The same files in a manifest of ours.
std::string written(const std::vector<ManifestFile>& files) {
  std::string text = "{ \"PostgreSQL-Backup-Manifest-Version\": 1,\n\"Files\": [\n";
  for (const ManifestFile& file : files) {
    if (&file != &files.front()) text += ",\n";
    text += backup::to_json({.path = file.path, .mtime = 0, .size = file.size, .checksum = file.checksum});
  }
  return text + "],\n\"Manifest-Checksum\": \"00\"}\n";
}

}  // namespace

void one_input(std::string_view bytes) {
  static const fs::TemporaryDirectory directory("barman-fuzz-manifest-", memory_directory());
  const std::string path = directory.path() + "/backup_manifest";
  const auto write = [&](std::string_view text) { std::ofstream(path, std::ios::binary) << text; };
  write(bytes);
  accepts([&] { backup::check_manifest_checksum(path); });
  accepts([&] { catalog::read_manifest_head(path); });
  accepts([&] {
    const std::vector<ManifestFile> files = read(path);
    for (const ManifestFile& file : files)
      require(file.size >= 0 && to_lower(file.checksum) == file.checksum, "sizes and checksums are ones", file.path);
    write(written(files));
    const std::vector<ManifestFile> again = read(path);
    require(again.size() == files.size(), "a manifest round-trips");
    for (std::size_t i = 0; i < files.size(); ++i)
      require(
          again[i].path == files[i].path && again[i].size == files[i].size && again[i].checksum == files[i].checksum,
          "a manifest round-trips", files[i].path);
  });
}

}  // namespace barman::fuzz
