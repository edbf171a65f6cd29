#pragma once
#include <string>
#include <vector>

namespace barman::report {

// Operations that were asked for through the REST service, of one server or of the instance.
struct OperationList {
  struct Item {
    std::string id, type;  // type: recovery, config_switch, config_update
  };
  std::vector<Item> operations;
};

struct OperationStatus {
  std::string id;
  std::string status;  // IN_PROGRESS, DONE, FAILED
};

}  // namespace barman::report
