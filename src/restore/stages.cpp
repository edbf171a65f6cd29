#include "stages.h"

#include "barman/core/error.h"

namespace barman::restore {

namespace {

// Of a member that nothing is built upon: it goes all the way to the destination.
std::vector<Stage> stages_of(const catalog::BackupInfo& backup, const RestoreRequest& request, bool target_is_remote) {
  const std::string& id = backup.backup_id;
  if (!backup.compression) return {{id, Action::copy, Place::catalogue, Place::destination}};
  // What tar writes knows no comparison with what is there already.
  if (!target_is_remote && !request.delta) return {{id, Action::unpack, Place::catalogue, Place::destination}};
  if (request.staging_location == config::StagingLocation::remote)
    return {{id, Action::fetch, Place::catalogue, Place::target_work_area},
            {id, Action::unpack, Place::target_work_area, Place::destination}};
  return {{id, Action::unpack, Place::catalogue, Place::local_work_area},
          {id, Action::copy, Place::local_work_area, Place::destination}};
}

}  // namespace

std::vector<Stage> plan_stages(const std::vector<const catalog::BackupInfo*>& chain, const RestoreRequest& request,
                               bool target_is_remote) {
  if (chain.size() != 1)
    throw Error(Errc::unsupported, "this build does not combine block-level incremental backups yet",
                "restore it with Barman itself; nothing has been changed");
  return stages_of(*chain.front(), request, target_is_remote);
}

}  // namespace barman::restore
