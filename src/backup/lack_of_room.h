#pragma once
#include <string_view>

namespace barman::backup {

// Whether the words of a failure, ours or those of rsync or pg_basebackup, say that a file system or a quota has no
// room left (ENOSPC, EDQUOT). pg_basebackup says so in the language of its user. Room that is there afterwards proves
// nothing: both programs remove what they could not finish.
bool names_lack_of_room(std::string_view failure);

}  // namespace barman::backup
