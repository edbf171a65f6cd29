#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>

#include "barman/wal/record.h"
#include "page_header.h"

namespace barman {

// Records, one behind the other, that are whole in a piece of WAL: nearly all are, over however many pages. They need
// no state and no copy, and have to be as most are; whatever else there is, damage as well, is left to who can judge
// it.
struct RecordRun {
  std::uint64_t records = 0;
  Lsn first{}, last{};    // where the first and the last of them begin; needs records > 0
  std::size_t bytes = 0;  // of the piece, to behind the last of them, where the next one can begin
};

// `piece` begins at `begin`, where a record can begin or a page does; the record before began at `previous`. `page` is
// the header of the page before: of the pages that follow, magic number and timeline have to be the same. Visits the
// records that are noted.
RecordRun read_run(std::string_view piece, Lsn begin, Lsn previous, const PageHeader& page,
                   const std::function<void(const WalRecord&)>& visit);

}  // namespace barman
