#pragma once
#include <gtest/gtest.h>

#include "fakes/server_on_disk.h"

namespace barman::catalog {

// A server "s" with empty directories below a temporary one.
class ServerDirectory : public testing::Test, protected fakes::ServerOnDisk {
 protected:
  ServerDirectory() : ServerOnDisk("s") { config_.backup_method = config::BackupMethod::postgres; }

  config::ServerConfig& config_ = config;
  fs::LockDirectory& locks_ = locks;
};

}  // namespace barman::catalog
