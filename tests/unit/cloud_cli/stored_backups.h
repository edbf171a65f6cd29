#pragma once
#include <fmt/core.h>

#include "barman/catalog/backup_info.h"
#include "program_fixture.h"

namespace barman::cloud::cli {

// Backups of server "main" as barman-cloud-backup leaves them.
class StoredBackups : public ProgramTest {
 protected:
  static catalog::BackupInfo backup(const std::string& id, int segment, std::uint32_t timeline = 1) {
    catalog::BackupInfo info;
    info.backup_id = id;
    info.server_name = "cloud";
    info.set_status(catalog::BackupStatus::done);
    info.timeline = timeline;
    info.begin_wal = info.end_wal = wal(segment, timeline);
    info.begin_xlog = fmt::format("0/{:X}000028", segment);
    info.end_xlog = fmt::format("0/{:X}000138", segment);
    info.begin_offset = 40;
    info.end_offset = 312;
    info.begin_time =
        *parse_timestamp(fmt::format("2026-{}-{} 10:00:00.049865+00:00", id.substr(4, 2), id.substr(6, 2)));
    info.end_time = *parse_timestamp(fmt::format("2026-{}-{} 10:05:00.801900+00:00", id.substr(4, 2), id.substr(6, 2)));
    info.version = 150018;
    info.pgdata = "/tmp/pg";
    info.systemid = "7713181047393061640";
    info.cluster_size = 35651584;
    return info;
  }
  static std::string wal(int segment, std::uint32_t timeline = 1) {
    return fmt::format("{:08X}{:08X}{:08X}", timeline, segment >> 8, segment & 0xff);
  }
  static std::string base(const std::string& id) { return "pg/main/base/" + id + "/"; }
  static std::string wal_key(const std::string& name, const std::string& extension = {}) {
    return "pg/main/wals/" + name.substr(0, 16) + "/" + name + extension;
  }

  void store_entry(const catalog::BackupInfo& info) {
    put(base(info.backup_id) + "backup.info", catalog::serialize(info));
  }
  void store_backup(const catalog::BackupInfo& info) {
    put(base(info.backup_id) + "data.tar.gz", "data");
    store_entry(info);
  }
  void keep(const std::string& id, const std::string& target) { put(base(id) + "annotations/keep", target); }
};

}  // namespace barman::cloud::cli
