#include "barman/cloud/wal_fetch.h"

#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/core/parallel.h"
#include "barman/fs/file.h"

namespace barman::cloud {
namespace {

constexpr std::string_view logger = "barman.cloud";
constexpr mode_t spool_file_mode = 0600;

// Without a place for what is fetched ahead, it is fetched when it is asked for.
bool make_spool(const WalSpool& spool) {
  try {
    spool.create();
    return true;
  } catch (const Error& error) {
    log::warning(logger, "Nothing is fetched ahead: {}", with_hint(error));
    return false;
  }
}

void prefetch(store::ObjectStore& store, const WalSpool& spool, const std::vector<WalObject>& copies, RateLimit& rate) {
  try {
    download_wal(store, copies,
                 {.path = spool.path_of(copies.front().name), .mode = spool_file_mode, .durable = true, .rate = &rate});
  } catch (const std::exception& error) {
    log::warning(logger, "WAL file {} could not be fetched ahead: {}", copies.front().name, error.what());
  }
}

}  // namespace

bool fetch_wal(store::ObjectStore& store, const Layout& layout, const WalSpool& spool, const WalWish& wish,
               const std::string& destination) {
  if (!is_special(destination) && spool.deliver(wish.name, destination)) return true;
  const WalSelection selection = select_wal(list_for(store, layout, wish), wish);
  if (selection.wanted.empty()) return false;
  const store::Object& found = selection.wanted.front().object;
  log::info(logger, "Found WAL {} for server {} as {}", found.key.substr(found.key.rfind('/') + 1), layout.server,
            found.key);
  fs::remove_abandoned_replacements(destination);
  const bool keeps = !selection.ahead.empty() && make_spool(spool);
  RateLimit rate(wish.bytes_per_second);
  ThreadGroup others;
  for (const std::vector<WalObject>& copies : selection.ahead)
    if (keeps && !spool.holds(copies.front().name))
      others.start([&store, &spool, &copies, &rate] { prefetch(store, spool, copies, rate); });
  download_wal(store, selection.wanted, {.path = destination, .rate = &rate});
  others.join();
  rate.settle();  // PostgreSQL asks for the next file as soon as this has ended, and what is small passes at once
  return true;
}

}  // namespace barman::cloud
