#pragma once
#include <cstdint>
#include <thread>

#include "barman/postgres/server.h"

namespace barman::backup {

// A backup of a standby ends when the primary closes the segment it ended in, which an idle primary does not do. As
// long as this object lives, segments are switched there: after a second, then up to ten times every ten seconds, at
// last after `checkpoint_timeout` seconds (0: not) with a checkpoint. Does nothing without a primary.
class WalNudge {
 public:
  WalNudge(postgres::Server* primary, std::int64_t checkpoint_timeout);
  WalNudge(const WalNudge&) = delete;
  WalNudge& operator=(const WalNudge&) = delete;
  ~WalNudge() = default;

 private:
  std::jthread thread_;
};

}  // namespace barman::backup
