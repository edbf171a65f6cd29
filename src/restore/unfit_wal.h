#pragma once
#include <string>
#include <vector>

#include "barman/archive/wal_archive.h"
#include "barman/restore/forecast.h"
#include "wal_delivery.h"

// Archived files that cannot be copied: which are lost, or do not hold what their names say. They count only where
// recovery reads them.
namespace barman::restore {

// Whether recovery may read a file on its way; true where that is not known.
bool may_read(const WalName& wal, const Forecast& forecast);

struct UnfitFile {
  std::string name, problem;
};

struct UnfitWal {
  std::vector<UnfitFile> needed, others;  // each in the order of their names
};

// Of the files that a restore would copy: those that the index lists and that are not there, and of the segments that
// are noted as not whole those that would not be delivered either. Damage that nobody has seen is found by who copies.
// Throws Error for an index that cannot be read.
UnfitWal unfit_wal(const WalSelection& selection, const Forecast& forecast, archive::WalArchive& archive);

// Of several, which must not be none: what is wrong with the first one, and how many more there are.
std::string in_words(const std::vector<UnfitFile>& files);
// The same of files that are left out.
std::string left_out_in_words(const std::vector<UnfitFile>& files, bool needed);
// What to do about files that recovery needs.
std::string advice_on_unfit(const archive::WalArchive& archive);

}  // namespace barman::restore
