#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "barman/core/time.h"
#include "barman/report/survey.h"

// `barman report`: what a survey comes to, for whoever answers for the backups.
namespace barman::report {

enum class Verdict {
  good,
  attention,  // it can be restored, and something is not as it should be
  risk,       // it cannot be restored as it should be, or soon will not
  unused      // inactive: nothing is expected of it
};
const char* word_of(Verdict verdict);  // "good", "attention", "risk", "unused"

// Something that is not as it should be.
struct Concern {
  bool serious = false;  // a risk
  std::string text;
  std::string command;  // shows more, or helps; empty: none
};

// Moments that can be restored, without a gap.
struct Stretch {
  std::string backup_id;  // the backup that they are restored from
  std::uint32_t timeline = 0;
  Timestamp from, to;
  bool to_is_exact = false;  // a commit is known there; else it is when the WAL was written
  std::string ended_by;      // as RecoveryInterval says it
  std::vector<std::string> missing;
};

// How much comes in, of what is there of the last thirty days, or since the first of it.
struct Inflow {
  double days = 0;
  double wal_bytes = 0, backup_bytes = 0;  // a day
  double bytes() const { return wal_bytes + backup_bytes; }
};

struct ServerState {
  Verdict verdict = Verdict::good;
  std::vector<Concern> concerns;  // serious ones first
  std::vector<Stretch> stretches;
  std::optional<Timestamp> restorable_to;  // the last moment of all of them
  double restorable_seconds = 0;           // their length
  std::optional<Timestamp> stays_from;     // what lies before it goes with the backups that retention removes next
  Inflow inflow;
  std::optional<double> wal_compression;  // bytes in PostgreSQL for each that is stored
};

// When a file system is full, were nothing removed from it.
struct DiskForecast {
  SurveyedFilesystem filesystem;
  double bytes_a_day = 0;
  std::optional<Timestamp> full;  // unset: nothing comes in, or it takes longer than ten years
};

struct StateReport {
  Survey survey;
  std::vector<ServerState> states;  // of survey.servers, in their order
  std::vector<Concern> concerns;    // about all of them
  std::vector<DiskForecast> disks;
  // The server that would lose the most: its newest restorable moment is the oldest. An index of the servers.
  std::optional<std::size_t> weakest;
  int count(Verdict verdict) const;
};

}  // namespace barman::report
