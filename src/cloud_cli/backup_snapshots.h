#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "barman/store/open.h"
#include "barman/usage/options.h"

namespace barman::cloud::cli {

// The options of a backup that consists of snapshots of disks, which this build does not take. They are understood, so
// that what is wrong with them is said, and then refused.
struct SnapshotOptions {
  std::string instance;
  std::vector<std::string> disks;
  std::string gcp_zone, gcp_project, aws_region, azure_subscription, azure_resource_group;
  std::optional<std::int64_t> await_timeout;
  std::optional<std::string> lock_mode;
  std::optional<std::int64_t> lock_cool_off, lock_duration;
  std::string lock_expiration;

  bool wanted() const { return !disks.empty() || !instance.empty(); }
};
// The usage block has them in four places, with others between.
void declare_snapshot_disks(usage::Options& options, SnapshotOptions& snapshot);
void declare_snapshot_projects(usage::Options& options, SnapshotOptions& snapshot);
void declare_snapshot_zone(usage::Options& options, SnapshotOptions& snapshot);
void declare_snapshot_locks(usage::Options& options, SnapshotOptions& snapshot);
void declare_snapshot_azure(usage::Options& options, SnapshotOptions& snapshot);

// Nothing if no snapshots are wanted. Throws Error in the reference's words where it has some.
void refuse_snapshots(const SnapshotOptions& snapshot, store::Provider provider, bool compressed, bool kms_key);

}  // namespace barman::cloud::cli
