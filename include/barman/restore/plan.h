#pragma once
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "barman/restore/chain.h"
#include "barman/restore/request.h"

// How a base backup gets to its destination, as data: computed first, then carried out in this order by base_copy.
namespace barman::restore {

enum class Action {
  download,  // from the object store that holds the archives, and unpacked on this host
  fetch,     // archives are brought as they are to the host where they are unpacked
  decrypt,   // on this host, and unpacked on the other end of a pipe: no file holds what is clear
  unpack,    // on the host where they are
  copy,      // files, those that differ
  combine,   // the whole chain, each member from where it is by then
};

// Where the content of a backup can be between two actions.
enum class Place {
  catalogue,
  work_area_here,  // unpacked
  archives_there,
  work_area_there,
  combined_here,
  destination,
};
bool is_here(Place place);  // on this host, but for the destination, which may be anywhere

struct Step {
  std::string backup_id;
  Action action{};
  Place from{};
  Place to{};
  bool operator==(const Step&) const = default;
};

// `in_store`: the catalogue's archives are objects of a store. `misplaced`: members whose links to tablespaces lead out
// of the catalogue (a home that was moved, a copy of one), which pg_combinebackup would follow: they are combined from
// a copy.
std::vector<Step> plan_steps(const Chain& chain, const RestoreRequest& request, bool target_is_remote,
                             bool in_store = false, const std::set<std::string>& misplaced = {});

// Bytes that the steps need at a time in the work area of each host.
struct RoomNeeded {
  std::int64_t here = 0, there = 0;
  bool operator==(const RoomNeeded&) const = default;
};
struct MemberSize {
  std::int64_t stored = 0;    // in the catalogue
  std::int64_t unpacked = 0;  // as files
};
// `whole`: bytes of the cluster once it is combined.
RoomNeeded room_needed(const std::vector<Step>& steps, const std::map<std::string, MemberSize>& sizes,
                       std::int64_t whole);

}  // namespace barman::restore
