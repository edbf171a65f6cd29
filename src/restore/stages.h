#pragma once
#include <string>
#include <vector>

#include "barman/catalog/backup_info.h"
#include "barman/restore/restore.h"

// How the base backup comes to its destination, as data: computed first, then carried out in this order by base_copy.
// What is still to come has its place here: to decrypt is an action before unpack; to combine the backups of a chain is
// one that follows those of every member.
namespace barman::restore {

enum class Action {
  fetch,   // archives are brought as they are to the host where they are unpacked
  unpack,  // on the host where they are
  copy,    // files, those that differ
};

// Where the content of a backup can be between two actions.
enum class Place { catalogue, local_work_area, target_work_area, destination };

struct Stage {
  std::string backup_id;
  Action action{};
  Place from{};
  Place to{};
  bool operator==(const Stage&) const = default;
};

// `chain`: the backup to restore and before it all that it is built upon, the full one first.
std::vector<Stage> plan_stages(const std::vector<const catalog::BackupInfo*>& chain, const RestoreRequest& request,
                               bool target_is_remote);

}  // namespace barman::restore
