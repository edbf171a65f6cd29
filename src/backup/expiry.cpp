#include "barman/backup/expiry.h"

#include <algorithm>

#include "barman/catalog/backup_chain.h"

namespace barman::backup {
namespace {

using catalog::CountedBackup;
using catalog::KeepTarget;
using catalog::RetentionStatus;
using Rule = Expiry::Rule;

std::optional<std::size_t> index_of(const std::vector<CountedBackup>& counted, const std::string& id) {
  const auto found = std::ranges::find(counted, id, [](const CountedBackup& one) { return one.backup->backup_id; });
  return found == counted.end() ? std::nullopt : std::optional(static_cast<std::size_t>(found - counted.begin()));
}

// What the rules say once the keeps of the calendar are as they should be.
class Judge {
 public:
  Judge(const catalog::BackupCatalog& catalog, const RetentionPlan& plan, const catalog::Keeps& keep,
        const RetentionRules& rules, std::vector<CountedBackup> counted)
      : catalog_(catalog), plan_(plan), keep_(keep), rules_(rules), counted_(std::move(counted)) {}

  Expiry operator()(const RetentionStep& step) const {
    if (step.goes) return {Rule::due};
    if (!rules_.policy) return {};
    const catalog::BackupInfo& backup = *step.backup;
    if (backup.type() == catalog::BackupType::incremental) return of_increment(step, backup);
    const auto index = index_of(counted_, backup.backup_id);
    if (!index) return {Rule::unjudged};
    if (plan_.holds.contains(backup.backup_id)) return {Rule::calendar};
    return keep_(backup.backup_id) ? Expiry{Rule::kept} : by_policy(*index, false);
  }

 private:
  Expiry of_increment(const RetentionStep& step, const catalog::BackupInfo& backup) const {
    const auto index = index_of(counted_, catalog::chain_of(catalog_, backup).root().backup_id);
    if (!index || step.status == RetentionStatus::none) return {Rule::unjudged};
    const auto target = keep_(counted_[*index].backup->backup_id);
    if (target == KeepTarget::full) return {Rule::kept};
    return by_policy(*index, target.has_value());
  }
  Expiry by_policy(std::size_t index, bool below_keep) const {
    return expiry_by_policy(*rules_.policy, rules_.minimum_redundancy, counted_, index, below_keep);
  }

  const catalog::BackupCatalog& catalog_;
  const RetentionPlan& plan_;
  const catalog::Keeps& keep_;
  const RetentionRules& rules_;
  std::vector<CountedBackup> counted_;
};

}  // namespace

std::string_view to_string(Expiry::Rule rule) {
  switch (rule) {
    case Rule::due:
      return "due";
    case Rule::time:
      return "time";
    case Rule::backups:
      return "backups";
    case Rule::kept:
      return "kept";
    case Rule::calendar:
      return "calendar";
    case Rule::none:
      return "none";
    case Rule::unjudged:
      return "unjudged";
  }
  return "none";
}

Expiry expiry_by_policy(const config::RetentionPolicy& policy, std::int64_t minimum_redundancy,
                        const std::vector<CountedBackup>& counted, std::size_t index, bool below_keep) {
  const auto newer = static_cast<std::int64_t>(index);
  if (policy.kind == config::RetentionPolicy::Kind::redundancy) {
    const std::int64_t wanted = std::max<std::int64_t>(policy.value, minimum_redundancy);
    return {Rule::backups, std::nullopt, std::max<std::int64_t>(wanted - newer, 1)};
  }
  std::optional<Timestamp> covered;  // from when on one that counts covers the beginning of the window
  const std::size_t last = below_keep ? index + 1 : index;
  for (std::size_t at = 0; at < last; ++at)
    if (const auto& ended = counted[at].ended; ended && (!covered || *ended < *covered)) covered = *ended;
  const std::int64_t missing = below_keep ? 0 : minimum_redundancy - newer;
  if (missing > 0 || !covered) return {Rule::backups, std::nullopt, std::max<std::int64_t>(missing, 1)};
  return {Rule::time, *covered + policy.window(), 0};
}

std::map<std::string, Expiry> expiries(const catalog::BackupCatalog& catalog, const RetentionPlan& plan,
                                       const catalog::Keeps& keep, const RetentionRules& rules, bool enforced,
                                       const Timestamp& now) {
  const auto staying = catalog.staying();
  const Judge judge(catalog, plan, keep, rules, catalog::counted_backups(staying, now, catalog.histories()));
  std::map<std::string, Expiry> all;
  for (const RetentionStep& step : plan.steps) {
    const bool half_deleted = catalog.is_half_deleted(step.backup->backup_id);
    all.emplace(step.backup->backup_id, enforced || half_deleted ? judge(step) : Expiry{});
  }
  return all;
}

}  // namespace barman::backup
