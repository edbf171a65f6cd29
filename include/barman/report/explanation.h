#pragma once
#include <optional>
#include <string>
#include <vector>

#include "barman/report/check.h"

namespace barman::report {

// Something that stalls and ends, unless somebody looks, with a full disk or without WAL.
struct Stall {
  std::string kind;                   // "replication slot": one of a kind for each server
  std::string text;                   // what stalls, since when, how much of it
  std::string command;                // fixes it, or shows the reason
  std::optional<CheckId> check = {};  // of the same thing
};

// One thing that is wrong about a server, and what fails for no other reason than that.
struct Problem {
  std::string check;                 // name of the check or kind of the stall
  std::string cause;                 // may have several lines, as libpq's texts do
  std::vector<std::string> skipped;  // checks that say nothing while this is so
  std::string command;               // one to try; empty: none
};

// `check --explain`: causes before their consequences.
struct Explanation {
  std::string server;
  std::vector<Problem> problems;
};

}  // namespace barman::report
