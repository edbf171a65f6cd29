#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace barman::catalog {

// The snapshots of disks that a backup consists of (formats.md 3.6), with the fields that Barman knows of its provider;
// one that is missing is None.
struct SnapshotsInfo {
  using Value = std::variant<std::nullptr_t, bool, std::int64_t, double, std::string>;
  using Fields = std::vector<std::pair<std::string, Value>>;
  struct Snapshot {
    Fields provider;  // sorted
    Value mount_options, mount_point;
  };
  std::string provider;  // gcp, azure, aws; of others every field is kept
  Fields provider_info;
  std::vector<Snapshot> snapshots;
};

// Of BackupInfo::snapshots_info; nullopt if that is something else.
std::optional<SnapshotsInfo> read_snapshots(std::string_view literal);

std::string python_text(const SnapshotsInfo::Value& value);  // as str() prints it

}  // namespace barman::catalog
