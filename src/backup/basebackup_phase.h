#pragma once
#include <optional>
#include <string_view>

namespace barman::backup {

// What pg_basebackup -v is at.
enum class BasebackupPhase { checkpoint, copying, archiving, syncing };

// The phase that begins with a line of its standard error; nothing for other lines, and for other languages than
// English.
std::optional<BasebackupPhase> phase_begun_by(std::string_view line);

}  // namespace barman::backup
