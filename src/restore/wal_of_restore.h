#pragma once
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "barman/restore/forecast.h"
#include "barman/restore/restore.h"
#include "wal_delivery.h"

namespace barman::restore {

// The archived WAL that one restore copies.
class WalOfRestore {
 public:
  // All must outlive it.
  WalOfRestore(const RestoreRequest& request, const catalog::BackupInfo& backup, const RecoveryTarget& target,
               const RestoreRun& run);

  // A passphrase that is missing is missed before anything is copied. Throws Error(config).
  void require_readable() const;
  // Before anything is written, and before bring(). What recovery reads and cannot be copied throws Error(refused); the
  // rest is left out, which is reported to the notifier.
  void look(const Forecast& expected);
  // Throws Error. Returns how many files.
  std::size_t bring(const std::string& destination) const;

 private:
  std::string following_partial(const WalList& names) const;

  const RestoreRequest& request_;
  const catalog::BackupInfo& backup_;
  const RecoveryTarget& target_;
  const RestoreRun& run_;
  WalSelection selection_;
  std::vector<std::string> left_out_;                // in order
  std::function<bool(const WalName&)> is_needed_{};  // for recovery
};

}  // namespace barman::restore
