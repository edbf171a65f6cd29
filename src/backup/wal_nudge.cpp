#include "wal_nudge.h"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>

#include "barman/core/error.h"
#include "barman/core/log.h"

namespace barman::backup {
namespace {

using std::chrono::seconds;

constexpr seconds first_wait{1}, next_wait{10};
constexpr int repetitions = 10;

// False: asked to end.
bool pause(const std::stop_token& end, seconds time) {
  std::mutex mutex;
  std::condition_variable_any changed;
  std::unique_lock lock(mutex);
  changed.wait_for(lock, end, time, [] { return false; });
  return !end.stop_requested();
}

void attempt(const std::function<void()>& what) {
  try {
    what();
  } catch (const Interrupted&) {  // whoever waits for the backup reports it
  } catch (const Error& error) {
    log::warning("barman.backup_executor", "cannot switch WAL on the primary: {}", error.what());
  }
}

void work(const std::stop_token& end, postgres::Server& primary, seconds checkpoint_timeout) {
  if (!pause(end, first_wait)) return;
  attempt([&] { primary.switch_wal(); });
  for (int i = 0; i < repetitions; ++i) {
    if (!pause(end, next_wait)) return;
    attempt([&] { primary.switch_wal(); });
  }
  if (checkpoint_timeout.count() <= 0 || !pause(end, checkpoint_timeout)) return;
  attempt([&] {
    primary.checkpoint();
    primary.switch_wal();
  });
}

}  // namespace

WalNudge::WalNudge(postgres::Server* primary, std::int64_t checkpoint_timeout) {
  if (primary == nullptr) return;
  thread_ = std::jthread(
      [primary, checkpoint_timeout](const std::stop_token& end) { work(end, *primary, seconds(checkpoint_timeout)); });
}

}  // namespace barman::backup
