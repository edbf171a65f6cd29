#pragma once
#include <string>

#include "barman/archive/publisher.h"

namespace barman::archive {

struct Comparison {
  PreparedWal::Kind kind;  // archived, replaces_damaged or other_content
  std::string problem;     // of the stored copy, where that is damaged
};

// What to do about a file that waits, given the copy that is stored under its name, which is at `stored` for now.
Comparison compare_with(const PreparedWal& wal, const std::string& stored, const config::ServerConfig& config,
                        const codec::Stage& settings);

}  // namespace barman::archive
