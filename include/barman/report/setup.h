#pragma once
#include <optional>
#include <string>
#include <vector>

#include "barman/report/backups.h"

namespace barman::report {

// What `barman init` has found out about a PostgreSQL server that is to be backed up, what is missing there, and what
// has become of the configuration.
struct Setup {
  std::string server;
  struct Finding {
    std::string name;
    bool ok = false;
    std::string detail;
  };
  std::vector<Finding> findings;
  struct Remedy {
    std::string where;               // "As a superuser of PostgreSQL:"
    std::vector<std::string> lines;  // to be copied
  };
  std::vector<Remedy> remedies;

  std::string file, content;  // of the server's configuration; no content: nothing is written of a server that is not
                              // reached
  enum class Outcome { not_written, dry_run, unchanged, written } outcome = Outcome::not_written;
  std::optional<std::string> problem;  // why it was not written
  std::vector<NextStep> next_steps;

  bool ready() const {  // nothing is missing, and the configuration is there, or would be
    for (const Finding& finding : findings)
      if (!finding.ok) return false;
    return outcome != Outcome::not_written;
  }
};

}  // namespace barman::report
