#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "barman/archive/wal_queue.h"

// What to do with the files that wait for archiving: a pure function of a directory listing (algorithms.md section 6).
namespace barman::archiver {

using archive::Origin;
using archive::Waiting;

struct ArchivePlan {
  std::size_t found = 0;             // entries seen; those that start with a dot or stay for now do not count
  std::vector<std::string> archive;  // in WAL order (names ascending)
  std::vector<std::string> unknown;  // neither a WAL file nor a temporary one: to the errors directory
  std::vector<Waiting> unfit;        // stay until they are whole, or somebody takes them away
};

// `batch_size`: at most so many files are archived, 0: all. The segment being streamed is left alone: the newest
// .partial file or, when there is none, the last file (pg_receivewal renames a completed segment and syncs it later).
// Names ending in ".tmp" are somebody's unfinished business and stay. What stays holds up nothing else.
ArchivePlan plan_archive(Origin origin, std::vector<Waiting> waiting, std::int64_t batch_size);

}  // namespace barman::archiver
