#include "barman/restore/plan.h"

#include <algorithm>

namespace barman::restore {

namespace {

using catalog::BackupInfo;

// What is in a store comes to this host, and by a copy to where it is not written at once: to another host, and where
// files may be that a delta restore compares.
std::vector<Step> steps_from_store(const BackupInfo& backup, const RestoreRequest& request, bool target_is_remote) {
  const std::string& id = backup.backup_id;
  if (!target_is_remote && !request.delta) return {{id, Action::download, Place::catalogue, Place::destination}};
  return {{id, Action::download, Place::catalogue, Place::work_area_here},
          {id, Action::copy, Place::work_area_here, Place::destination}};
}

// For a backup that is restored alone: all the way to the destination.
std::vector<Step> steps_of(const BackupInfo& backup, const RestoreRequest& request, bool target_is_remote) {
  const std::string& id = backup.backup_id;
  if (!is_packed(backup)) return {{id, Action::copy, Place::catalogue, Place::destination}};
  const Action unpacking = backup.encryption ? Action::decrypt : Action::unpack;
  // tar writes without comparing with what is already there, so a delta restore unpacks elsewhere first.
  if (!target_is_remote && !request.delta) return {{id, unpacking, Place::catalogue, Place::destination}};
  if (request.staging_location == config::StagingLocation::local)
    return {{id, unpacking, Place::catalogue, Place::work_area_here},
            {id, Action::copy, Place::work_area_here, Place::destination}};
  if (backup.encryption) return {{id, Action::decrypt, Place::catalogue, Place::destination}};
  return {{id, Action::fetch, Place::catalogue, Place::archives_there},
          {id, Action::unpack, Place::archives_there, Place::destination}};
}

std::vector<Step> bring_from_store(const BackupInfo& member, bool there) {
  const std::string& id = member.backup_id;
  std::vector<Step> steps = {{id, Action::download, Place::catalogue, Place::work_area_here}};
  if (there) steps.push_back({id, Action::copy, Place::work_area_here, Place::work_area_there});
  return steps;
}

// To where the chain is combined; none: it is read from the catalogue.
std::vector<Step> bring(const BackupInfo& member, bool there, bool misplaced) {
  const std::string& id = member.backup_id;
  const Place area = there ? Place::work_area_there : Place::work_area_here;
  if (member.encryption) return {{id, Action::decrypt, Place::catalogue, area}};
  if (member.compression && there)
    return {{id, Action::fetch, Place::catalogue, Place::archives_there},
            {id, Action::unpack, Place::archives_there, area}};
  if (member.compression) return {{id, Action::unpack, Place::catalogue, area}};
  if (there || misplaced) return {{id, Action::copy, Place::catalogue, area}};
  return {};
}

}  // namespace

bool is_here(Place place) {
  return place == Place::catalogue || place == Place::work_area_here || place == Place::combined_here;
}

std::vector<Step> plan_steps(const Chain& chain, const RestoreRequest& request, bool target_is_remote, bool in_store,
                             const std::set<std::string>& misplaced) {
  const BackupInfo& leaf = *chain.back();
  if (chain.size() == 1)
    return in_store ? steps_from_store(leaf, request, target_is_remote) : steps_of(leaf, request, target_is_remote);
  const bool there = target_is_remote && request.staging_location == config::StagingLocation::remote;
  std::vector<Step> steps;
  Place source = Place::catalogue;  // of the leaf, the first
  // Not by std::views::reverse: clang 14 cannot compile the views of g++ 12's library.
  for (auto member = chain.rbegin(); member != chain.rend(); ++member) {
    for (Step& step : in_store ? bring_from_store(**member, there)
                               : bring(**member, there, misplaced.contains((*member)->backup_id))) {
      if (*member == &leaf) source = step.to;
      steps.push_back(std::move(step));
    }
  }
  const bool copied_at_last = target_is_remote && !there;
  steps.push_back(
      {leaf.backup_id, Action::combine, source, copied_at_last ? Place::combined_here : Place::destination});
  if (copied_at_last) steps.push_back({leaf.backup_id, Action::copy, Place::combined_here, Place::destination});
  return steps;
}

RoomNeeded room_needed(const std::vector<Step>& steps, const std::map<std::string, MemberSize>& sizes,
                       std::int64_t whole) {
  RoomNeeded room;
  std::int64_t archives = 0;  // gone once they are unpacked
  for (const Step& step : steps) {
    const MemberSize& size = sizes.at(step.backup_id);
    if (step.to == Place::work_area_here) room.here += size.unpacked;
    if (step.to == Place::work_area_there) room.there += size.unpacked;
    if (step.to == Place::archives_there) archives = std::max(archives, size.stored);
    if (step.to == Place::combined_here) room.here += whole;
  }
  room.there += archives;
  return room;
}

}  // namespace barman::restore
