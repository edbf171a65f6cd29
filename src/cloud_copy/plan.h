#pragma once
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "barman/catalog/annotations.h"
#include "barman/catalog/backup_info.h"
#include "barman/catalog/backup_order.h"
#include "barman/catalog/wal_purge_rule.h"
#include "barman/config/server_config.h"
#include "barman/report/cloud_copy.h"

// What a run of the copy has to do: decisions, as functions of what the two catalogues hold.
namespace barman::cloud_copy {

using Backups = std::map<std::string, catalog::BackupInfo>;
using KeepMap = std::map<std::string, catalog::KeepTarget>;

struct Catalogues {
  const Backups& local;  // without what is half-deleted
  KeepMap local_keeps;
  const Backups& copy;
  const KeepMap& copy_keeps;
  const std::set<std::string>& kept_there;  // of these, those that others keep: only they release them
  const catalog::TimelineHistories& histories;
};

struct Policy {
  std::optional<config::RetentionPolicy> retention;  // unset: everything stays
  std::int64_t minimum_redundancy = 0;
};
Policy policy_of(const config::ServerConfig& config);

struct CopyPlan {
  std::vector<std::string> backups;                 // to be copied, in the order in which they were taken
  std::vector<report::CloudCopy::Refused> refused;  // finished, and can never be copied
  catalog::WalPurgeRule wal;                        // which WAL belongs into the copy: what stays by this rule
  std::map<std::string, std::optional<catalog::KeepTarget>> keeps;  // of the copy, to be changed
  std::map<std::string, std::string> entries;                       // of the copy, to be replaced: id to text
  std::vector<std::string> obsolete;  // of the copy; whoever is on top of another one comes before it
};
CopyPlan plan_copy(const Catalogues& catalogues, const Policy& policy, const Timestamp& now);

// backup.info of the copy: archives that hold plain files, and as children those that the copy has.
std::string copied_entry(const catalog::BackupInfo& info, const std::vector<std::string>& children);

// Ids of `copy` that the policy calls obsolete; whoever is on top of another one comes before it.
std::vector<std::string> obsolete_backups(const Backups& copy, const KeepMap& keeps, const Policy& policy,
                                          const catalog::TimelineHistories& histories, const Timestamp& now);

}  // namespace barman::cloud_copy
