#include "barman/restore/chain.h"

#include <fmt/core.h>

#include <algorithm>

#include "barman/catalog/manifest_head.h"
#include "barman/core/error.h"
#include "barman/core/text.h"
#include "barman/fs/file.h"
#include "packed_backup.h"

namespace barman::restore {

namespace {

using catalog::BackupInfo;

[[noreturn]] void refuse(const BackupInfo& leaf, const std::string& problem) {
  throw Error(Errc::refused, fmt::format("Cannot restore backup {}: {}", leaf.backup_id, problem),
              "nothing has been written; restore the newest backup of which all is there, and take a new full backup");
}

// The value of a line "{key}: {value}" of a backup label; empty: there is none.
std::string label_value(const BackupInfo& backup, std::string_view key) {
  if (!backup.backup_label) return {};
  const std::string start = fmt::format("{}: ", key);
  for (const std::string& line : split_lines(*backup.backup_label))
    if (line.starts_with(start)) return std::string(trim(std::string_view(line).substr(start.size())));
  return {};
}

std::optional<std::string> manifest_problem(const BackupInfo& backup, const std::string& path) {
  const auto head = catalog::read_manifest_head(path);
  if (!head) return fmt::format("'{}' is not a backup manifest", path);
  if (head->system_identifier && backup.systemid && *head->system_identifier != *backup.systemid)
    return fmt::format("'{}' is of another cluster (system identifier {}, that of backup {} is {})", path,
                       *head->system_identifier, backup.backup_id, *backup.systemid);
  return std::nullopt;
}

void require_archives(const BackupInfo& backup, const std::string& data) {
  const PackedBackup packed(data, backup, fs::list_directory_if_exists(data));
  for (const catalog::Tablespace& tablespace : backup.tablespaces.value_or(std::vector<catalog::Tablespace>()))
    packed.tablespace_archive(tablespace.oid);
}

void require_connected(const Chain& chain, const catalog::BackupCatalog& backups) {
  for (std::size_t i = 0; i < chain.size(); ++i) {
    const std::string data = backups.data_directory(chain[i]->backup_id);
    auto problem = i == 0 ? std::nullopt : mismatch(*chain[i - 1], *chain[i]);
    if (problem || backups.elsewhere()) {
      if (problem) refuse(*chain.back(), *problem);
      continue;
    }
    if (!problem) problem = manifest_problem(*chain[i], data + "/backup_manifest");
    if (!problem && !is_packed(*chain[i]) && !fs::exists(data + "/global/pg_control"))
      problem =
          fmt::format("the files of backup {} are gone: there is no '{}/global/pg_control'", chain[i]->backup_id, data);
    if (problem) refuse(*chain.back(), *problem);
  }
}

}  // namespace

void require_whole(const catalog::BackupChain& chain, const catalog::BackupCatalog& backups) {
  const bool several = chain.is_torn() || chain.members.size() > 1;
  if (several) {
    if (const auto problem = catalog::problem_of(backups, chain)) refuse(*chain.members.back(), *problem);
    require_connected(chain.members, backups);
  }
  if (backups.elsewhere()) return;
  for (const BackupInfo* member : chain.members)
    if (is_packed(*member)) require_archives(*member, backups.data_directory(member->backup_id));
}

std::optional<std::string> mismatch(const BackupInfo& parent, const BackupInfo& child) {
  if (parent.systemid && child.systemid && parent.systemid != child.systemid)
    return fmt::format(
        "backup {} is of another cluster (system identifier {}) than {}, which was taken on top of it ({})",
        parent.backup_id, *parent.systemid, child.backup_id, *child.systemid);
  const std::string from = label_value(child, "INCREMENTAL FROM LSN");
  const auto start = parse_lsn(from), begin = parse_lsn(parent.begin_xlog.value_or(""));
  if (start && begin && *start != *begin)
    return fmt::format("backup {} was taken on top of a backup that begins at {}, and not of {}, which begins at {}",
                       child.backup_id, from, parent.backup_id, *parent.begin_xlog);
  return std::nullopt;
}

bool is_packed(const BackupInfo& backup) { return backup.compression || backup.encryption; }

bool is_plain(const Chain& chain) { return chain.size() == 1 && !is_packed(*chain.front()); }

bool any_encrypted(const Chain& chain) {
  return std::ranges::any_of(chain, [](const BackupInfo* backup) { return backup->encryption.has_value(); });
}

bool any_packed(const Chain& chain) {
  return std::ranges::any_of(chain, [](const BackupInfo* backup) { return is_packed(*backup); });
}

bool gained_checksums(const Chain& chain) {
  return chain.back()->data_checksums == "on" && std::ranges::any_of(chain, [](const BackupInfo* backup) {
           return backup->data_checksums && *backup->data_checksums == "off";
         });
}

}  // namespace barman::restore
