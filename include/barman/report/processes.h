#pragma once
#include <string>
#include <vector>

namespace barman::report {

// The barman processes that hold a lock of one server.
struct ProcessList {
  struct Item {
    std::string task;  // receive-wal, sync-backup, backup, cron, archive-wal, sync-wal
    int pid = 0;
  };
  std::string server;
  std::vector<Item> items;
};

}  // namespace barman::report
