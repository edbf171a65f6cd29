#pragma once
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "barman/catalog/annotations.h"
#include "barman/catalog/backup_info.h"
#include "barman/catalog/backup_order.h"
#include "barman/config/server_config.h"

namespace barman::catalog {

enum class RetentionStatus { valid, obsolete, potentially_obsolete, keep_full, keep_standalone, none };
std::string_view to_string(
    RetentionStatus status);  // "VALID", "OBSOLETE", "OBSOLETE*", "KEEP:FULL", "KEEP:STANDALONE", "-"

// algorithms.md section 12: a pure function of the backups, the policy, the keeps and the time. The newest are those
// that were taken last (backup_order.h).
std::map<std::string, RetentionStatus> retention_report(
    const std::map<std::string, BackupInfo>& backups, const config::RetentionPolicy& policy,
    std::int64_t minimum_redundancy, const std::function<std::optional<KeepTarget>(const std::string&)>& keep,
    const Timestamp& now, const TimelineHistories& histories = {});

}  // namespace barman::catalog
