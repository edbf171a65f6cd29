#include "delivery.h"

namespace barman::archiver {

std::uint64_t largest_delivery(WalKind kind) {
  constexpr std::uint64_t mib = 1024 * 1024;
  const bool text = kind == WalKind::history || kind == WalKind::backup_label;
  return text ? mib : 1024 * mib + 64 * mib;
}

}  // namespace barman::archiver
