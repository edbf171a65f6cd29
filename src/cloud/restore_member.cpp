#include <algorithm>
#include <vector>

#include "barman/cloud/restore.h"
#include "barman/codec/codec.h"
#include "barman/core/signals.h"
#include "barman/fs/file.h"
#include "barman/tar/reader.h"
#include "restore_download.h"
#include "restore_extract.h"
#include "restore_plan.h"

namespace barman::cloud {
namespace {

constexpr std::size_t portion = 256 * 1024;

bool fetch_from(store::ObjectStore& store, const StoredArchive& archive, const std::vector<std::string>& wanted,
                const std::string& path) {
  Download download(store, archive.key, archive.size, {});
  const auto fetch = [&](std::span<char> buffer) {
    signals::throw_if_pending();
    return download.read(buffer);
  };
  codec::StreamDecoder decoder(fetch, codec::stored_as(archive.compression), archive.key);
  tar::Reader tar([&](std::span<char> buffer) { return decoder.read(buffer); });
  while (const auto member = tar.next()) {
    if (member->type != tar::regular_file || parts_of_member(member->name) != wanted) continue;
    fs::FileReplacement file(path);
    std::vector<char> buffer(portion);
    while (const std::size_t got = tar.read(buffer)) file.write({buffer.data(), got});
    file.commit();
    return true;
  }
  return false;
}

}  // namespace

bool fetch_member(const Place& place, const catalog::BackupInfo& backup, const std::string& name,
                  const std::string& path) {
  std::vector<store::Object> objects;
  store::for_each_object(*place.store, {.prefix = place.layout.backup(backup.backup_id)},
                         [&](const store::Object& object) { objects.push_back(object); });
  const RestorePlan plan = plan_restore(backup, place.layout, objects, "/", {});
  const std::vector<StoredArchive>& archives = plan.chains.front().archives;
  const std::vector<std::string> wanted = parts_of_member(name);
  return std::any_of(archives.rbegin(), archives.rend(),
                     [&](const StoredArchive& archive) { return fetch_from(*place.store, archive, wanted, path); });
}

}  // namespace barman::cloud
