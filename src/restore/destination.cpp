#include "destination.h"

#include <fmt/core.h>

#include <algorithm>

#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/core/signals.h"
#include "barman/exec/command.h"

namespace barman::restore {

namespace {

constexpr mode_t private_directory = 0700;

// $1 destination. The directories of pg_wal stay: PostgreSQL has them.
constexpr const char* leftovers_script = R"sh(
cd "$1" || exit
for directory in pg_log log pg_xlog; do
  [ ! -d "$directory" ] || [ -L "$directory" ] || find "$directory" -mindepth 1 -delete || exit
done
[ ! -d pg_wal ] || [ -L pg_wal ] || find pg_wal -mindepth 1 ! -type d -delete || exit
rm -f -- postmaster.pid recovery.conf tablespace_map
)sh";

void prepare_directory(fs::Host& host, const std::string& path) {
  host.make_directories(path, private_directory);
  host.check_writable(path);
}

}  // namespace

void prepare_destinations(const RestoreRequest& request, const std::vector<PlacedTablespace>& tablespaces, bool bare,
                          fs::Host& host) {
  prepare_directory(host, request.destination);
  for (const PlacedTablespace& tablespace : tablespaces) {
    if (bare && !pattern_below(request.destination, tablespace.location).empty()) continue;
    try {
      prepare_directory(host, tablespace.location);
    } catch (const Error& error) {
      throw Error(error.code(),
                  fmt::format("unable to prepare '{}' tablespace (destination '{}'): {}", tablespace.name,
                              tablespace.location, error.what()),
                  relocation_hint(tablespace));
    }
  }
}

DestinationBefore::DestinationBefore(const RestoreRequest& request, const std::vector<PlacedTablespace>& tablespaces,
                                     fs::Host& host)
    : host_(host) {
  for (const PlacedTablespace& tablespace : tablespaces)
    entries_.emplace_back(tablespace.location, host.list(tablespace.location));
  entries_.emplace_back(request.destination, host.list(request.destination));
}

void DestinationBefore::bring_back() const {
  const signals::Deferral deferral;
  for (const auto& [directory, before] : entries_) {
    try {
      for (const std::string& name : host_.list(directory))
        if (!std::ranges::binary_search(before, name)) host_.remove_tree(fmt::format("{}/{}", directory, name));
    } catch (const std::exception& error) {
      log::warning("barman.restore", "cannot remove what was restored so far: {}", error.what());
    }
  }
}

void remove_leftovers(const std::string& destination, fs::Host& host) {
  const exec::Command command({"sh", "-c", leftovers_script, "sh", destination}, exec::Limits::within(host.patience()));
  exec::run_checked(host.runner(), command, fmt::format("cannot clean '{}'", destination));
}

}  // namespace barman::restore
