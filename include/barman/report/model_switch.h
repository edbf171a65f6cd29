#pragma once
#include <string>
#include <vector>

#include "barman/report/facts.h"

namespace barman::report {

// What a configuration model changes for a server.
struct ModelSwitch {
  struct Change {
    std::string option;
    Fact from, to;
  };
  std::string server, model;
  bool already_active = false;
  std::vector<Change> changes;
};

}  // namespace barman::report
