#include "barman/cloud/deletion_plan.h"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>

#include "barman/cloud/wal_key.h"

namespace barman::cloud {
namespace {

using catalog::BackupInfo;

constexpr std::size_t directory_name_size = 16;
constexpr std::chrono::hours longest_backup{7 * 24};

std::string_view directory_of(std::string_view key) { return key.substr(0, key.rfind('/') + 1); }

void keep_wal_of_running(catalog::WalPurgeRule& rule, const Backups& left, const Timestamp& at) {
  for (const BackupInfo* backup : left)
    if (may_be_running(*backup, at))
      if (const auto begin = parse_segment(backup->begin_wal.value_or(""))) rule.keep_from(*begin);
}

std::vector<std::optional<catalog::WalPurgeRule>> rules_of(const DeletionRequest& request) {
  const catalog::Keeps keep = [&](const std::string& id) -> std::optional<catalog::KeepTarget> {
    const auto found = request.keeps.find(id);
    return found == request.keeps.end() ? std::nullopt : std::optional(found->second);
  };
  const config::ServerConfig concurrent;
  std::vector<std::optional<catalog::WalPurgeRule>> rules;
  Backups left = request.in_order;
  for (const std::string& id : request.doomed) {
    const auto own = std::ranges::find(left, id, &BackupInfo::backup_id);
    rules.push_back(catalog::rule_for_deletion(left, **own, keep, request.requester, concurrent));
    left.erase(own);
    if (rules.back()) keep_wal_of_running(*rules.back(), left, request.at);
  }
  return rules;
}

}  // namespace

bool may_be_running(const BackupInfo& backup, const Timestamp& at) {
  return backup.status == catalog::BackupStatus::started && backup.begin_wal && backup.begin_time &&
         *backup.begin_time + longest_backup > at;
}

DeletionPlan::DeletionPlan(const DeletionRequest& request, bool by_prefix)
    : rules_(rules_of(request)), wal_(request.doomed.size()), by_prefix_(by_prefix) {}

bool DeletionPlan::removes_wal() const {
  return std::ranges::any_of(rules_, [](const auto& rule) { return rule.has_value(); });
}

std::optional<std::size_t> DeletionPlan::step_of(std::string_view name) const {
  for (std::size_t step = 0; step < rules_.size(); ++step)
    if (rules_[step] && !rules_[step]->stays(name)) return step;
  return std::nullopt;
}

void DeletionPlan::add(const std::string& key) {
  if (directory_ != directory_of(key)) {
    end_directory();
    directory_ = directory_of(key);
  }
  const auto wal = parse_wal_key(key);
  const auto step = wal ? step_of(wal->name) : std::nullopt;
  if (step)
    going_.emplace_back(*step, key);
  else
    something_stays_ = true;
}

void DeletionPlan::finish() { end_directory(); }

// Whole directories of the timeline that the limit is on, before the one that the limit is in.
bool DeletionPlan::goes_as_a_whole(std::size_t step) const {
  const auto same = [&](const auto& key) { return key.first == step; };
  if (!by_prefix_ || something_stays_ || !rules_[step]->limit || !std::ranges::all_of(going_, same)) return false;
  const std::string_view path = std::string_view(directory_).substr(0, directory_.size() - 1);
  const std::string_view name = path.substr(path.rfind('/') + 1);
  const std::string_view limit = std::string_view(*rules_[step]->limit).substr(0, directory_name_size);
  return name.size() == directory_name_size && name.substr(0, 8) == limit.substr(0, 8) && name < limit;
}

void DeletionPlan::end_directory() {
  if (!going_.empty() && goes_as_a_whole(going_.front().first)) {
    WalDeletion& deletion = wal_[going_.front().first];
    deletion.prefixes.push_back(directory_);
    for (auto& [step, key] : going_) deletion.in_prefixes.push_back(std::move(key));
  } else {
    for (auto& [step, key] : going_) wal_[step].single.push_back(std::move(key));
  }
  going_.clear();
  something_stays_ = false;
}

std::optional<std::string> refusal(const std::string& server, const BackupInfo& backup, const Backups& all, bool kept,
                                   std::int64_t minimum_redundancy) {
  if (kept)
    return fmt::format(
        "Skipping delete of backup {} for server {} as it has a current keep request. If you really want to delete "
        "this backup please remove the keep and try again.",
        backup.backup_id, server);
  const auto redundancy = std::ranges::count_if(all, [](const BackupInfo* other) { return other->copy_done(); });
  if (minimum_redundancy > 0 && backup.copy_done() && minimum_redundancy >= redundancy)
    return fmt::format(
        "Skipping delete of backup {} for server {} due to minimum redundancy requirements (minimum redundancy = {}, "
        "current redundancy = {})",
        backup.backup_id, server, minimum_redundancy, redundancy);
  for (const BackupInfo* other : all)
    if (other->parent_backup_id == backup.backup_id)
      return fmt::format(
          "Skipping delete of backup {} for server {} as backup {} is an increment of it: delete that one "
          "first",
          backup.backup_id, server, other->backup_id);
  return std::nullopt;
}

}  // namespace barman::cloud
