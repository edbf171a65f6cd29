#include <fmt/core.h>

#include "barman/cloud/place.h"
#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/store/object_store.h"
#include "checks.h"
#include "inspection.h"

namespace barman::check {
namespace {

// Why a place cannot be used; nullopt: it can. `what`: "backup" or "WAL".
std::optional<std::string> problem_at(const cloud::Place* (ServerContext::*place_of)(), std::string_view what,
                                      Inspection& inspection) {
  inspection.time_left();
  try {
    const cloud::Place& place = *(inspection.target().server.*place_of)();
    if (place.store->bucket_exists()) return std::nullopt;
    return fmt::format("the bucket of the {} storage, {}, does not exist", what, place.store->name());
  } catch (const Error& error) {
    inspection.time_left();
    log::error("barman.server", "Exception occurred while testing cloud connectivity for {} storage: {}", what,
               with_hint(error));
    return fmt::format(
        "Could not connect to the cloud provider for {} storage. Check your credentials and configuration", what);
  }
}

}  // namespace

Lines check_cloud_storage(Inspection& inspection) {
  const config::ServerConfig& config = inspection.config();
  if (!config.keeps_backups_in_store() && !config.keeps_wal_in_store()) return {};
  auto problem = config::store_problem(config);
  if (!problem && config.keeps_backups_in_store())
    problem = problem_at(&ServerContext::backup_place, "backup", inspection);
  if (!problem && config.keeps_wal_in_store()) problem = problem_at(&ServerContext::wal_place, "WAL", inspection);
  return {line(CheckId::cloud_storage, !problem, problem.value_or(""))};
}

}  // namespace barman::check
