#pragma once
#include <functional>
#include <optional>
#include <string>

#include "barman/cloud/backup.h"

namespace barman::cloud::cli {

// The value of a variable of the environment; nullptr: not set.
using Environment = std::function<const char*(const char* name)>;

// The backup that barman hands to a hook script; nullopt: this is no hook. Throws Failure with the status for a hook
// that cannot be served, Error(usage) for what is missing.
std::optional<FinishedBackup> backup_of_hook(const Environment& environment);

}  // namespace barman::cloud::cli
