#include <fmt/core.h>

#include <algorithm>

#include "archive_set.h"
#include "backup_logger.h"
#include "backup_upload.h"
#include "barman/cloud/backup.h"
#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/core/signals.h"
#include "barman/fs/file.h"
#include "barman/tar/reader.h"
#include "tarball_members.h"

namespace barman::cloud {
namespace {

using postgres::BaseBackup;
using Kind = BaseBackup::Part::Kind;

constexpr std::size_t portion = 256 * 1024;
constexpr const char* label_file = "backup_label";
constexpr const char* manifest_file = "backup_manifest";

class StreamUpload {
 public:
  StreamUpload(const StreamedCopy& copy, BaseBackup& stream, const catalog::BackupInfo& info)
      : copy_(copy), stream_(stream), info_(info) {}

  // In the order in which they come.
  std::vector<Tree> trees() {
    const std::vector<Tree> known = trees_of(info_);
    std::vector<Tree> trees;
    for (const std::int64_t oid : stream_.tablespaces()) {
      const auto tree = std::ranges::find(known, std::to_string(oid), &Tree::name);
      if (tree == known.end())
        throw Error(Errc::postgres, fmt::format("the tablespace {} was made when the backup began", oid),
                    "take another backup");
      trees.push_back(*tree);
      trees.back().upload = [this, oid](ArchiveUpload& archive, const Counted& counted) {
        require({Kind::tablespace, oid});
        TarMembers members(TarMembers::From::server, std::nullopt);
        take(members, archive, counted);
      };
    }
    trees.push_back(known.back());
    trees.back().upload = [this](ArchiveUpload& archive, const Counted& counted) {
      require({Kind::data, 0});
      take(data_, archive, counted);
    };
    return trees;
  }

  // Label, manifest and pg_control, after PostgreSQL has confirmed that the backup is complete.
  void finish(ArchiveUpload& archive, const Counted& counted) {
    bool manifest = false;
    while (const auto part = stream_.next()) {
      if (part->kind != Kind::manifest || manifest) unexpected();
      manifest = true;
      keep_manifest();
    }
    for (const AddedMember& member : copy_.added) data_.upload_like(label_file, member, archive, counted);
    data_.upload_held(label_file, archive, counted);
    if (manifest) upload_file(archive, copy_.manifest_path, fmt::format("./{}", manifest_file), counted);
    data_.upload_held(control_file, archive, counted);
  }

  const std::string& label() const { return data_.held(label_file); }

 private:
  [[noreturn]] static void unexpected() {
    throw Error(Errc::postgres, "the PostgreSQL server sends another archive than it has announced");
  }

  void require(const BaseBackup::Part& wanted) {
    const auto part = stream_.next();
    if (!part || part->kind != wanted.kind || part->oid != wanted.oid) unexpected();
  }

  void take(TarMembers& members, ArchiveUpload& archive, const Counted& counted) {
    tar::Reader tar([this](std::span<char> buffer) {
      signals::throw_if_pending();
      if (data_.holds(control_file) && !std::exchange(told_, true)) copy_.files_sent();  // it is the last one
      return stream_.read(buffer);
    });
    members.upload(tar, archive, counted);
    if (stream_.streams_have_an_end() && !tar.saw_end())
      throw Error(Errc::corrupt, fmt::format("the archive {} that PostgreSQL sends ends too early", archive.name()));
  }

  void keep_manifest() const {
    fs::FileReplacement file(copy_.manifest_path);
    std::vector<char> buffer(portion);
    while (const std::size_t got = stream_.read(buffer)) {
      signals::throw_if_pending();
      file.write({buffer.data(), got});
    }
    file.commit();
  }

  const StreamedCopy& copy_;
  BaseBackup& stream_;
  const catalog::BackupInfo& info_;
  TarMembers data_{TarMembers::From::server, std::nullopt};
  bool told_ = false;
};

}  // namespace

std::uint64_t copy_stream(const StreamedCopy& copy, postgres::BaseBackup& stream, store::ObjectStore& store,
                          Progress& progress, catalog::BackupInfo& info) {
  ArchiveSet::Setup setup = archive_setup(copy.upload, info.backup_id);
  setup.one_by_one = true;
  ArchiveSet archives(store, setup);
  StreamUpload upload(copy, stream, info);
  UploadProgress shown(progress, info.cluster_size.value_or(0));
  archives.upload(upload.trees(), shown.counted());
  upload.finish(archives.data(), shown.counted());
  info.backup_label = upload.label();
  archives.complete();
  info.copy_stats = archives.statistics();
  return archives.size();
}

}  // namespace barman::cloud
