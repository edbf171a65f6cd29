#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>

#include "barman/wal/record.h"
#include "page_header.h"

namespace barman {

// A run of records that lie whole in a piece of WAL, over however many pages. Nearly all records do, and need neither
// state nor a copy. Whatever is unusual, damage included, ends the run and is left to WalReader.
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
