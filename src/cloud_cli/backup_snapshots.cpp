#include "backup_snapshots.h"

#include <fmt/core.h>

#include "barman/core/error.h"
#include "barman/core/numbers.h"
#include "barman/core/text.h"
#include "command.h"

namespace barman::cloud::cli {
namespace {

using store::Provider;

constexpr std::int64_t longest_cool_off = 72, longest_lock = 36500;

usage::OptionSpec::Store in_range(std::optional<std::int64_t>& target, std::int64_t highest, const char* kind) {
  return [&target, highest, kind](const std::string& text) -> std::optional<std::string> {
    target = parse_decimal(text);
    if (target && *target >= 1 && *target <= highest) return std::nullopt;
    return fmt::format("invalid check_aws_snapshot_lock_{}_range value: '{}'", kind, text);
  };
}

// "2026-01-01T00:00:00.000Z".
bool is_moment(std::string_view text) {
  constexpr std::string_view shape = "dddd-dd-ddTdd:dd:dd.";
  if (text.size() < shape.size() + 2 || !text.ends_with('Z')) return false;
  for (std::size_t i = 0; i < text.size() - 1; ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    if (i >= shape.size() || shape[i] == 'd' ? !digit : text[i] != shape[i]) return false;
  }
  return true;
}

usage::OptionSpec::Store moment(std::string& target) {
  return [&target](const std::string& text) -> std::optional<std::string> {
    target = text;
    if (is_moment(text)) return std::nullopt;
    return fmt::format("Invalid date: '{}'. Expected format is '%Y-%m-%dT%H:%M:%S.%fZ'.", text);
  };
}

[[noreturn]] void refuse(const std::string& text) { throw Error(Errc::usage, text); }

void require_complete(const SnapshotOptions& snapshot, Provider provider) {
  std::vector<std::string> missing;
  if (snapshot.disks.empty()) missing.emplace_back("snapshot_disks");
  if (snapshot.instance.empty()) missing.emplace_back("snapshot_instance");
  if (provider == Provider::azure_blob_storage && snapshot.azure_resource_group.empty())
    missing.emplace_back("azure_resource_group");
  if (!missing.empty()) refuse("Incomplete options for snapshot backup - missing: " + join(missing, ", "));
  if (provider == Provider::google_cloud_storage && snapshot.gcp_project.empty())
    refuse("--gcp-project option must be set for snapshot backups when cloud provider is google-cloud-storage");
  if (provider == Provider::azure_blob_storage && snapshot.azure_subscription.empty())
    refuse("--azure-subscription-id option must be set for snapshot backups when cloud provider is azure-blob-storage");
}

}  // namespace

void declare_snapshot_disks(usage::Options& options, SnapshotOptions& snapshot) {
  options.value({"--snapshot-instance"}, snapshot.instance, "SNAPSHOT_INSTANCE",
                "the machine that the disks are attached to (snapshots are refused by this build)");
  options.repeated({"--snapshot-disk"}, snapshot.disks, "NAME",
                   "a disk that a snapshot is to be taken of (snapshots are refused by this build)");
  options.value({"--snapshot-zone"}, snapshot.gcp_zone, "GCP_ZONE", "deprecated: the same as --gcp-zone");
}

void declare_snapshot_projects(usage::Options& options, SnapshotOptions& snapshot) {
  options.section(google_section);
  options.value({"--snapshot-gcp-project"}, snapshot.gcp_project, "GCP_PROJECT",
                "deprecated: the same as --gcp-project");
  options.value({"--gcp-project"}, snapshot.gcp_project, "GCP_PROJECT", "the project that holds snapshots");
}

void declare_snapshot_zone(usage::Options& options, SnapshotOptions& snapshot) {
  options.value({"--gcp-zone"}, snapshot.gcp_zone, "GCP_ZONE", "the zone of the disks for snapshots");
  options.section("");
}

void declare_snapshot_locks(usage::Options& options, SnapshotOptions& snapshot) {
  options.section(s3_section);
  options.value({"--aws-region"}, snapshot.aws_region, "AWS_REGION", "the region of the disks for snapshots");
  options.number({"--aws-await-snapshots-timeout"}, snapshot.await_timeout, usage::Number::positive,
                 "AWS_AWAIT_SNAPSHOTS_TIMEOUT", "how many seconds to wait for snapshots (default: 3600)");
  options.choice({"--aws-snapshot-lock-mode"}, snapshot.lock_mode, {"governance", "compliance"},
                 "how snapshots are locked");
  options.value({"--aws-snapshot-lock-cool-off-period"},
                in_range(snapshot.lock_cool_off, longest_cool_off, "cool_off_period"),
                "AWS_SNAPSHOT_LOCK_COOL_OFF_PERIOD",
                "for how many hours (1 to 72) a lock in compliance mode can still be changed");
  options.value({"--aws-snapshot-lock-expiration-date"}, moment(snapshot.lock_expiration),
                "AWS_SNAPSHOT_LOCK_EXPIRATION_DATE", "until when snapshots are locked, as YYYY-MM-DDThh:mm:ss.sssZ");
  options.value({"--aws-snapshot-lock-duration"}, in_range(snapshot.lock_duration, longest_lock, "duration"),
                "AWS_SNAPSHOT_LOCK_DURATION", "for how many days (1 to 36500) snapshots are locked");
  options.exclusive({"--aws-snapshot-lock-expiration-date", "--aws-snapshot-lock-duration"});
  options.section("");
}

void declare_snapshot_azure(usage::Options& options, SnapshotOptions& snapshot) {
  options.section(azure_section);
  options.value({"--azure-subscription-id"}, snapshot.azure_subscription, "AZURE_SUBSCRIPTION_ID",
                "the subscription that owns the disks for snapshots");
  options.value({"--azure-resource-group"}, snapshot.azure_resource_group, "AZURE_RESOURCE_GROUP",
                "the resource group of the disks for snapshots");
  options.section("");
}

void refuse_snapshots(const SnapshotOptions& snapshot, Provider provider, bool compressed, bool kms_key) {
  if (!snapshot.wanted()) return;
  if (compressed) refuse("Compression options cannot be used with snapshot backups");
  if (kms_key) refuse("KMS key cannot be specified for snapshot backups");
  require_complete(snapshot, provider);
  if (snapshot.lock_mode == "governance" && snapshot.lock_cool_off)
    refuse("'aws_snapshot_lock_mode' = 'governance' cannot be used with 'aws_snapshot_lock_cool_off_period'");
  throw Error(Errc::unsupported, "backups by snapshots of disks are not supported by this build",
              "leave out the options about snapshots: the files of the cluster are copied then");
}

}  // namespace barman::cloud::cli
