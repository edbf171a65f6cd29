#include "barman/archiver/wait_for_wal.h"

#include <fmt/core.h>

#include "barman/core/signals.h"

namespace barman::archiver {
namespace {

constexpr int pause_ms = 100;

}  // namespace

bool wait_for_wal(const Archiving& with, const std::optional<std::string>& wal, std::chrono::seconds timeout) {
  using Clock = std::chrono::steady_clock;
  const config::ServerConfig& config = with.config;
  const std::string limit = timeout.count() > 0 ? fmt::format(" (max: {} seconds)", timeout.count()) : "";
  if (wal)
    with.notifier.info(fmt::format("Waiting for the WAL file {} from server '{}'{}", *wal, config.name, limit));
  else
    with.notifier.info(fmt::format("Waiting for a WAL file from server '{}' to be archived{}", config.name, limit));

  const auto before = wal ? std::map<std::uint32_t, std::string>() : with.archive.newest();
  const Clock::time_point end = Clock::now() + timeout;
  for (;;) {
    archive_wal(with, Say::what_is_done);
    if (wal ? with.archive.holds(*wal) : with.archive.newest() != before) return true;
    if (timeout.count() > 0 && Clock::now() >= end) break;
    signals::sleep_ms(pause_ms);
    signals::throw_if_pending();
  }
  if (wal)
    with.notifier.error(fmt::format("The WAL file {} has not been received in {} seconds", *wal, timeout.count()));
  else
    with.notifier.info(fmt::format("A WAL file has not been received in {} seconds", timeout.count()));
  return false;
}

}  // namespace barman::archiver
