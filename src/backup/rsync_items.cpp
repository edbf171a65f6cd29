#include "rsync_items.h"

#include <fmt/core.h>

#include <algorithm>

#include "barman/core/text.h"

namespace barman::backup {
namespace {

// What PostgreSQL makes again by itself, or what would harm a restored cluster.
const std::vector<std::string>& transient_files() {
  static const std::vector<std::string> patterns = {"pgsql_tmp*",
                                                    "postgresql.auto.conf.tmp",
                                                    "current_logfiles.tmp",
                                                    "pg_internal.init",
                                                    "postmaster.pid",
                                                    "postmaster.opts",
                                                    "recovery.conf",
                                                    "standby.signal",
                                                    "**/[0-9]*/t[0-9]*_[0-9]*",
                                                    "pg_dynshmem/*",
                                                    "pg_notify/*",
                                                    "pg_replslot/*",
                                                    "pg_serial/*",
                                                    "pg_stat_tmp/*",
                                                    "pg_snapshots/*",
                                                    "pg_subtrans/*"};
  return patterns;
}

// "15", or "9.6" before 10.
std::string major_version_text(const catalog::BackupInfo& info) {
  const std::int64_t version = info.version.value_or(0);
  return version >= 100000 ? fmt::format("{}", version / 10000)
                           : fmt::format("{}.{}", version / 10000, version / 100 % 100);
}

bool had_tablespace(const catalog::BackupInfo& backup, std::int64_t oid) {
  return backup.tablespaces &&
         std::ranges::any_of(*backup.tablespaces, [oid](const auto& tablespace) { return tablespace.oid == oid; });
}

copy::Item tablespace_item(const catalog::BackupInfo& info, const catalog::Tablespace& tablespace,
                           const RsyncPlan& plan) {
  copy::Item item;
  item.label = tablespace.name;
  item.source = tablespace.location;
  item.destination = fmt::format("{}/{}", plan.base_directory, tablespace.oid);
  // Several clusters may share a location.
  item.include = {fmt::format("/PG_{}_*", major_version_text(info))};
  item.exclude = {"/*"};
  item.exclude.insert(item.exclude.end(), transient_files().begin(), transient_files().end());
  if (plan.previous != nullptr && had_tablespace(*plan.previous, tablespace.oid))
    item.reuse_directory = plan.previous_tablespace(tablespace.oid);
  const auto limit = plan.tablespace_limits.find(tablespace.name);
  item.bandwidth_limit = limit == plan.tablespace_limits.end() ? plan.bandwidth_limit : limit->second;
  return item;
}

copy::Item data_item(const catalog::BackupInfo& info, const RsyncPlan& plan) {
  copy::Item item;
  item.label = "pgdata";
  item.source = *info.pgdata;
  item.destination = plan.base_directory + "/data";
  item.exclude = {"/pg_log/*", "/log/*", "/pg_xlog/*", "/pg_wal/*", "/global/pg_control"};
  item.exclude.insert(item.exclude.end(), transient_files().begin(), transient_files().end());
  if (info.tablespaces)
    for (const catalog::Tablespace& tablespace : *info.tablespaces) {
      if (tablespace.location.starts_with(*info.pgdata + "/"))
        item.exclude_and_protect.push_back(tablespace.location.substr(info.pgdata->size()));
      item.exclude_and_protect.push_back(fmt::format("/pg_tblspc/{}", tablespace.oid));
    }
  if (plan.previous != nullptr) item.reuse_directory = plan.previous_data;
  item.bandwidth_limit = plan.bandwidth_limit;
  return item;
}

copy::Item file_item(std::string label, std::string source, std::string destination) {
  copy::Item item;
  item.label = std::move(label);
  item.directory = false;
  item.source = std::move(source);
  item.destination = std::move(destination);
  return item;
}

}  // namespace

std::vector<copy::Item> rsync_items(const catalog::BackupInfo& info, const RsyncPlan& plan) {
  std::vector<copy::Item> items;
  if (info.tablespaces)
    for (const catalog::Tablespace& tablespace : *info.tablespaces)
      items.push_back(tablespace_item(info, tablespace, plan));
  items.push_back(data_item(info, plan));
  const std::string data = plan.base_directory + "/data";

  // Recovery trusts it to be at least as new as all other files.
  copy::Item control = file_item("pg_control", *info.pgdata + "/global/pg_control", data + "/global/pg_control");
  control.last = true;
  items.push_back(std::move(control));

  const auto add_outside = [&](const char* label, const std::optional<std::string>& file) {
    if (!file || file->starts_with(*info.pgdata + "/")) return;
    items.push_back(file_item(label, *file, fmt::format("{}/{}", data, base_name(*file))));
    items.back().optional = std::string_view(label) == "ident_file";
  };
  add_outside("config_file", info.config_file);
  add_outside("hba_file", info.hba_file);
  add_outside("ident_file", info.ident_file);
  return items;
}

}  // namespace barman::backup
