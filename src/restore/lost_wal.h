#pragma once
#include <string>
#include <vector>

#include "barman/archive/wal_archive.h"
#include "barman/restore/forecast.h"
#include "wal_delivery.h"

// Segments that the index lists and that are not there: their loss counts only where recovery reads them.
namespace barman::restore {

// Whether recovery may read a segment on its way; true where that is not known.
bool may_read(const Segment& segment, const Forecast& forecast);

struct LostWal {
  std::vector<std::string> needed;  // names, in order
  std::vector<std::string> others;
};

// Of the segments that a restore would copy. Throws Error for an index that cannot be read.
LostWal lost_wal(const WalSelection& selection, const Forecast& forecast, archive::WalArchive& archive);

// "'.../000000010000000000000007' is listed in the WAL index but does not exist"
std::string lost_in_words(const LostWal& lost, const archive::WalArchive& archive);
std::string advice_on_lost(const archive::WalArchive& archive);

}  // namespace barman::restore
