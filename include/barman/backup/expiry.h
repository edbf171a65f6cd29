#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "barman/backup/retention_plan.h"

namespace barman::backup {

// When retention removes a backup, as far as that can be known from what the catalogue holds.
struct Expiry {
  enum class Rule {
    due,       // the next run of cron removes it
    time,      // at `at`, whether or not backups are taken until then
    backups,   // not before `more` newer full backups are there
    kept,      // somebody asked to keep it
    calendar,  // retention_calendar holds it
    none,      // nothing removes it: there is no policy that is enforced
    unjudged   // no policy is about it: it failed, is being taken, or misses the root of its chain
  };
  Rule rule = Rule::none;
  std::optional<Timestamp> at{};
  std::int64_t more = 0;
};

std::string_view to_string(Expiry::Rule rule);  // "due", "time", ...

// Of every backup of `plan`, which was made at `now` of the same catalogue, keeps and rules; by id. `enforced`: cron
// removes what the policy gives up (removes_by_policy()).
std::map<std::string, Expiry> expiries(const catalog::BackupCatalog& catalog, const RetentionPlan& plan,
                                       const catalog::Keeps& keep, const RetentionRules& rules, bool enforced,
                                       const Timestamp& now);

// By the policy alone, of the backup at `index` of those that count, newest first, if it stays at the moment.
// `below_keep`: of the increments on top of it where it is itself kept standalone. They are not needed as soon as it is
// the one that covers the beginning of a recovery window.
Expiry expiry_by_policy(const config::RetentionPolicy& policy, std::int64_t minimum_redundancy,
                        const std::vector<catalog::CountedBackup>& counted, std::size_t index, bool below_keep = false);

}  // namespace barman::backup
