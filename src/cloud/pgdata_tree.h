#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "archive_upload.h"
#include "pgdata_rules.h"

namespace barman::cloud {

// Is given the bytes of files as they are read.
using Counted = std::function<void(std::uint64_t)>;

// What PostgreSQL does to its files meanwhile is expected: one that vanishes is left out, of one that grows what it had
// when it was opened is stored, one that shrinks is filled up with zeros. WAL makes all of that right. Everything else
// is an Error; a signal is Interrupted.
void upload_tree(ArchiveUpload& archive, const std::string& root, const TreeRules& rules, const Counted& counted);

// One file under a name of its own. False: there is none.
bool upload_file(ArchiveUpload& archive, const std::string& path, const std::string& name, const Counted& counted);

// A file that is not on the disk, for the owner of `directory` alone.
void upload_text(ArchiveUpload& archive, std::string_view text, const std::string& name, const std::string& directory);

}  // namespace barman::cloud
