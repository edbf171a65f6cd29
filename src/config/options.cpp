#include "barman/config/options.h"

#include <array>
#include <string>
#include <unordered_map>

#include "barman/core/numbers.h"
#include "barman/core/text.h"
#include "option.h"

namespace barman::config {
namespace {

constexpr unsigned s = scope_server, gs = scope_global | s, sm = s | scope_model, gsm = gs | scope_model,
                   m = scope_model;
constexpr std::string_view identity = "Server and connections", directories = "Directories", wal = "WAL archiving",
                           backup = "Backup", restore = "Restore", hooks = "Hook scripts",
                           cloud = "Snapshots and cloud";

constexpr OptionRow hook(std::string_view name, std::string_view help) {
  return {{name, gs, hooks, "command", "", "", help}, parse_text, assign_hook, show_hook};
}

// A level is kept as text; a number is shown as one.
void assign_level(const OptionRow&, Draft& draft, Value value) {
  const auto* number = std::get_if<std::int64_t>(&value);
  put(draft.server.compression_level, number == nullptr ? std::move(value) : Value(std::to_string(*number)));
}
Value show_level(const OptionRow&, const ServerConfig& server) {
  const auto number = parse_python_int(server.compression_level);
  return number ? Value(*number) : get(server.compression_level);
}

void assign_disabled(const OptionRow&, Draft& draft, Value value) { put(draft.disabled_by_model, std::move(value)); }
Value show_disabled(const OptionRow&, const ServerConfig& server) { return server.disabled(); }

// Empty is not the same as not written.
void assign_copy_retention(const OptionRow&, Draft& draft, Value value) {
  put(draft.cloud_copy_retention_policy.emplace(), std::move(value));
}

Value show_retention(const OptionRow&, const ServerConfig& server) {
  return server.retention_policy ? Value(*server.retention_policy) : get(server.retention_policy_text);
}

// Warnings about values come in this order.
constexpr auto rows = std::to_array<OptionRow>({
    field<&ServerConfig::active>({"active", sm, identity, "boolean", "true", "",
                                  "Work with this server; when false, only commands that read are allowed."},
                                 parse_boolean),
    field<&ServerConfig::archiver>({"archiver", gsm, wal, "boolean", "false", "",
                                    "Archive WAL files that PostgreSQL delivers to incoming_wals_directory."},
                                   parse_boolean),
    field<&ServerConfig::archiver_batch_size>(
        {"archiver_batch_size", gsm, wal, "integer", "0", "",
         "Most files archived from incoming_wals_directory in one run; 0 for all."},
        parse_integer),
    field<&ServerConfig::autogenerate_manifest>({"autogenerate_manifest", gsm, backup, "boolean", "false", "",
                                                 "Write a backup_manifest at the end of an rsync backup."},
                                                parse_boolean),
    field<&ServerConfig::aws_addressing_style>({.name = "aws_addressing_style",
                                                .scope = gsm,
                                                .group = cloud,
                                                .type = "auto | virtual | path",
                                                .fallback = "auto",
                                                .superseded_by = "",
                                                .help = "How buckets of S3 are addressed.",
                                                .ours = true},
                                               parse_addressing_style),
    field<&ServerConfig::aws_check_object_lock>(
        {"aws_check_object_lock", gsm, cloud, "boolean", "false", "", "Look for object locks before deleting from S3."},
        parse_boolean),
    field<&ServerConfig::aws_encryption>(
        {"aws_encryption", gsm, cloud, "AES256 | aws:kms", "", "", "Server-side encryption of objects in S3."},
        parse_aws_encryption),
    field<&ServerConfig::aws_endpoint_url>({.name = "aws_endpoint_url",
                                            .scope = gsm,
                                            .group = cloud,
                                            .type = "URL",
                                            .fallback = "",
                                            .superseded_by = "",
                                            .help = "Where S3 is, if it is not that of AWS.",
                                            .ours = true},
                                           parse_text),
    field<&ServerConfig::aws_profile>({"aws_profile", gsm, cloud, "text", "", "", "AWS profile."}, parse_text),
    field<&ServerConfig::aws_read_timeout>(
        {"aws_read_timeout", gsm, cloud, "integer", "", "", "Seconds to wait for an answer of AWS."}, parse_integer),
    field<&ServerConfig::aws_region>({"aws_region", gsm, cloud, "text", "", "", "AWS region."}, parse_text),
    field<&ServerConfig::aws_sse_customer_key>(
        {"aws_sse_customer_key", gsm, cloud, "text", "", "",
         "file:///PATH of a file with a key of 256 bits in base64, with which S3 encrypts (SSE-C)."},
        parse_text),
    field<&ServerConfig::aws_sse_kms_key_id>(
        {"aws_sse_kms_key_id", gsm, cloud, "text", "", "", "KMS key for server-side encryption."}, parse_text),
    unsupported({"aws_await_snapshots_timeout", gsm, cloud, "integer", "3600", "",
                 "Seconds to wait until AWS has completed the snapshots."},
                parse_integer),
    unsupported(
        {"aws_snapshot_lock_mode", gsm, cloud, "governance | compliance", "", "", "Lock mode of AWS snapshots."},
        parse_text),
    unsupported({"aws_snapshot_lock_duration", gsm, cloud, "integer", "", "", "Days an AWS snapshot stays locked."},
                parse_integer),
    unsupported({"aws_snapshot_lock_cool_off_period", gsm, cloud, "integer", "", "",
                 "Hours in which a compliance lock may still be changed."},
                parse_integer),
    unsupported(
        {"aws_snapshot_lock_expiration_date", gsm, cloud, "text", "", "", "When the lock of an AWS snapshot ends."},
        parse_text),
    field<&ServerConfig::azure_credential>({"azure_credential", gsm, cloud, "text", "", "",
                                            "Kind of credential for Azure: azure-cli, managed-identity or default."},
                                           parse_text),
    unsupported(
        {"azure_resource_group", gsm, cloud, "text", "", "", "Azure resource group of the instance and its disks."},
        parse_text),
    unsupported(
        {"azure_subscription_id", gsm, cloud, "text", "", "", "Azure subscription of the instance and its disks."},
        parse_text),
    field<&ServerConfig::backup_compression>(
        {"backup_compression", gsm, backup, "gzip | lz4 | zstd | none", "", "", "Compression done by pg_basebackup."},
        parse_backup_compression),
    field<&ServerConfig::backup_compression_format>(
        {"backup_compression_format", gsm, backup, "plain | tar", "", "",
         "What a compressed pg_basebackup leaves on disk; plain needs backup_compression_location = server."},
        parse_backup_format),
    field<&ServerConfig::backup_compression_level>(
        {"backup_compression_level", gsm, backup, "integer", "", "", "Level of backup_compression."}, parse_integer),
    field<&ServerConfig::backup_compression_location>(
        {"backup_compression_location", gsm, backup, "client | server", "", "",
         "Which side of pg_basebackup compresses; server needs PostgreSQL 15."},
        parse_backup_location),
    field<&ServerConfig::backup_compression_workers>(
        {"backup_compression_workers", gsm, backup, "integer", "", "", "Threads of zstd in pg_basebackup."},
        parse_integer),
    field<&ServerConfig::backup_directory>(
        {"backup_directory", s, directories, "path", "%(barman_home)s/%(name)s", "", "Directory of the server."},
        parse_directory),
    field<&ServerConfig::backup_method>(
        {"backup_method", gsm, backup, "rsync | postgres | local-rsync | snapshot | local-to-cloud", "rsync", "",
         "How base backups are taken."},
        parse_backup_method),
    field<&ServerConfig::backup_options>(
        {"backup_options", gsm, backup, "list of concurrent_backup, exclusive_backup, external_configuration", "", "",
         "How PostgreSQL is told of a backup: concurrent_backup, or exclusive_backup up to PostgreSQL 14. With "
         "external_configuration nobody is warned of configuration files outside the data directory."},
        parse_backup_options),
    late<&Draft::bandwidth_limit, &ServerConfig::bandwidth_limit>(
        {"bandwidth_limit", gsm, backup, "integer", "", "",
         "Most kilobytes per second that a backup or restore transfers; 0 for no limit."}),
    field<&ServerConfig::basebackup_retry_sleep>(
        {"basebackup_retry_sleep", gsm, backup, "integer", "30", "", "Seconds between attempts to copy."},
        parse_integer),
    field<&ServerConfig::basebackup_retry_times>(
        {"basebackup_retry_times", gsm, backup, "integer", "0", "", "Attempts after a copy that failed."},
        parse_integer),
    field<&ServerConfig::basebackups_directory>(
        {"basebackups_directory", s, directories, "path", "%(backup_directory)s/base", "",
         "Base backups: a directory, or a URL of an object store."},
        parse_directory_or_url),
    field<&ServerConfig::check_timeout>({"check_timeout", gsm, identity, "integer", "30", "",
                                         "Seconds that all checks of a server may take; 0 for no limit."},
                                        parse_integer),
    {{.name = "cloud_copy",
      .scope = gsm,
      .group = cloud,
      .type = "URL",
      .fallback = "",
      .superseded_by = "",
      .help = "Where cron keeps a second copy of backups and WAL: s3://BUCKET/PATH, or a URL of Azure or Google.",
      .ours = true},
     parse_url,
     assign_member<&ServerConfig::cloud_copy>,
     show_member<&ServerConfig::cloud_copy>,
     /*keeps_invalid=*/true},
    {{.name = "cloud_copy_retention_policy",
      .scope = gsm,
      .group = cloud,
      .type = "REDUNDANCY n | RECOVERY WINDOW OF n DAYS, WEEKS or MONTHS",
      .fallback = "",
      .superseded_by = "",
      .help = "Which backups stay in the second copy; without it as retention_policy says, set to nothing all of them.",
      .ours = true},
     parse_text,
     assign_copy_retention,
     show_member<&ServerConfig::cloud_copy_retention_policy_text>},
    field<&ServerConfig::cloud_delete_batch_size>(
        {"cloud_delete_batch_size", gsm, cloud, "integer", "", "", "Objects deleted in one request."}, parse_integer),
    field<&ServerConfig::cloud_staging_directory>(
        {"cloud_staging_directory", gsm, cloud, "path", "/tmp/barman/cloud-staging", "",
         "Taken, and of no effect: nothing waits on disk for its upload."},
        parse_absolute_path),
    field<&ServerConfig::cloud_staging_max_size>({"cloud_staging_max_size", gsm, cloud, "size", "30Gi", "",
                                                  "Taken, and of no effect: see cloud_staging_directory."},
                                                 parse_size),
    field<&ServerConfig::cloud_upload_max_archive_size>({"cloud_upload_max_archive_size", sm, cloud, "size", "100Gi",
                                                         "", "Size at which the archive of a backup is split."},
                                                        parse_size),
    field<&ServerConfig::cloud_upload_min_chunk_size>(
        {"cloud_upload_min_chunk_size", sm, cloud, "size", "", "", "Least bytes uploaded in one part."}, parse_size),
    field<&ServerConfig::cloud_wal_archive_parallel>(
        {"cloud_wal_archive_parallel", gsm, cloud, "integer", "0", "", "WAL files uploaded at the same time."},
        parse_integer),
    field<&ServerConfig::cloud_wal_restore_parallel>(
        {"cloud_wal_restore_parallel", gsm, cloud, "integer", "0", "", "WAL files downloaded at the same time."},
        parse_integer),
    field<&ServerConfig::cluster>(
        {"cluster", sm, identity, "text", "%(name)s", "", "Name that ties models to servers."}, parse_text),
    field<&ServerConfig::compression>(
        {"compression", gsm, wal, "gzip | bzip2 | pygzip | pybzip2 | pigz | xz | zstd | lz4 | snappy | custom", "", "",
         "Compression of archived WAL files. pygzip, pybzip2 and custom are deprecated."},
        parse_compression),
    {{"compression_level", gsm, wal, "low | medium | high | integer", "medium", "",
      "Level of compression. lz4 at medium is fast instead while more than 32 files wait."},
     parse_compression_level,
     assign_level,
     show_level},
    field<&ServerConfig::conninfo>(
        {"conninfo", sm, identity, "connection string", "", "", "How to reach PostgreSQL with SQL."}, parse_text),
    field<&ServerConfig::custom_compression_filter>({"custom_compression_filter", gsm, wal, "command", "", "-",
                                                     "Compresses a WAL file from standard input to standard output."},
                                                    parse_text),
    field<&ServerConfig::custom_compression_magic>({"custom_compression_magic", gsm, wal, "hexadecimal", "", "-",
                                                    "First bytes of what custom_compression_filter writes."},
                                                   parse_text),
    field<&ServerConfig::custom_decompression_filter>(
        {"custom_decompression_filter", gsm, wal, "command", "", "-", "Undoes custom_compression_filter."}, parse_text),
    field<&ServerConfig::description>({"description", sm, identity, "text", "", "", "Free text shown in lists."},
                                      parse_text),
    {{"disabled", m, identity, "boolean", "false", "", "Refuse to work with the server."},
     parse_boolean,
     assign_disabled,
     show_disabled},
    {{.name = "drill_bandwidth_limit",
      .scope = gsm,
      .group = restore,
      .type = "integer",
      .fallback = "",
      .superseded_by = "",
      .help =
          "Most kilobytes per second that a drill reads out of the catalogue: files, archives, WAL; 0 for no limit.",
      .ours = true},
     parse_integer,
     assign_member<&ServerConfig::drill_bandwidth_limit>,
     show_member<&ServerConfig::drill_bandwidth_limit>},
    {{.name = "drill_directory",
      .scope = gsm,
      .group = restore,
      .type = "path",
      .fallback = "",
      .superseded_by = "",
      .help = "Where drills restore to; without it .drill in backup_directory.",
      .ours = true},
     parse_absolute_path,
     assign_member<&ServerConfig::drill_directory>,
     show_member<&ServerConfig::drill_directory>},
    {{.name = "drill_schedule",
      .scope = gsm,
      .group = restore,
      .type = "off | daily | weekly | every N days",
      .fallback = "off",
      .superseded_by = "",
      .help = "How often cron tries out a restore.",
      .ours = true},
     parse_drill_schedule,
     assign_member<&ServerConfig::drill_schedule>,
     show_member<&ServerConfig::drill_schedule>},
    {{.name = "drill_sql",
      .scope = gsm,
      .group = restore,
      .type = "path",
      .fallback = "",
      .superseded_by = "",
      .help = "File of SQL statements, one a line, each of which must return true in the restored cluster.",
      .ours = true},
     parse_absolute_path,
     assign_member<&ServerConfig::drill_sql>,
     show_member<&ServerConfig::drill_sql>},
    {{.name = "drill_target",
      .scope = gsm,
      .group = restore,
      .type = "latest | random",
      .fallback = "latest",
      .superseded_by = "",
      .help =
          "What a drill recovers without being told: the latest backup to the end of its WAL, or any backup to any segment.",
      .ours = true},
     parse_drill_target,
     assign_member<&ServerConfig::drill_target>,
     show_member<&ServerConfig::drill_target>},
    {{.name = "drill_window",
      .scope = gsm,
      .group = restore,
      .type = "hours",
      .fallback = "",
      .superseded_by = "",
      .help = "When cron may start a drill: 22-6, or 22:30-06:00.",
      .ours = true},
     parse_drill_window,
     assign_member<&ServerConfig::drill_window>,
     show_member<&ServerConfig::drill_window>},
    {{"encryption", gsm, wal, "none | gpg", "none", "",
      "Encryption of WAL files archived, and of tar backups taken, from now on. Another value disables the server."},
     parse_encryption,
     assign_member<&ServerConfig::encryption>,
     show_member<&ServerConfig::encryption>,
     /*keeps_invalid=*/true},
    field<&ServerConfig::encryption_key_id>({"encryption_key_id", gsm, wal, "text", "", "",
                                             "Whom gpg encrypts for: a key id, a fingerprint or an address."},
                                            parse_text),
    secret<&ServerConfig::encryption_passphrase_command>(
        {"encryption_passphrase_command", gsm, wal, "command", "", "",
         "Prints the passphrase that restore, get-wal and check decrypt with."}),
    field<&ServerConfig::errors_directory>({"errors_directory", s, directories, "path", "%(backup_directory)s/errors",
                                            "", "WAL files that were not accepted."},
                                           parse_directory),
    field<&ServerConfig::forward_config_path>({"forward_config_path", gsm, identity, "boolean", "false", "",
                                               "A passive node passes its own configuration path to the primary."},
                                              parse_boolean),
    unsupported({"gcp_project", gsm, cloud, "text", "", "", "Google Cloud project of the instance and its disks."},
                parse_text),
    unsupported({"gcp_zone", sm, cloud, "text", "", "", "Google Cloud zone of the instance and its disks."},
                parse_text),
    field<&ServerConfig::immediate_checkpoint>({"immediate_checkpoint", gsm, identity, "boolean", "false", "",
                                                "Ask for a fast checkpoint at the start of a backup."},
                                               parse_boolean),
    field<&ServerConfig::incoming_wals_directory>(
        {"incoming_wals_directory", s, directories, "path", "%(backup_directory)s/incoming", "",
         "Where archive_command and put-wal deliver WAL files."},
        parse_directory),
    field<&ServerConfig::keepalive_interval>(
        {"keepalive_interval", sm, identity, "integer", "60", "",
         "Seconds between queries that keep the connection of a backup alive; 0 for none."},
        parse_integer),
    field<&ServerConfig::last_backup_maximum_age>(
        {"last_backup_maximum_age", gsm, backup, "interval", "", "", "check fails when the last backup is older."},
        parse_interval),
    field<&ServerConfig::last_backup_minimum_size>(
        {"last_backup_minimum_size", gsm, backup, "size", "", "", "check fails when the last backup is smaller."},
        parse_size),
    field<&ServerConfig::last_wal_maximum_age>(
        {"last_wal_maximum_age", gsm, wal, "interval", "", "", "check fails when the last archived WAL file is older."},
        parse_interval),
    field<&ServerConfig::combine_mode>({"combine_mode", gsm, restore, "copy | link | clone | copy-file-range", "copy",
                                        "", "How pg_combinebackup brings files together."},
                                       parse_combine_mode),
    field<&ServerConfig::local_staging_path>({"local_staging_path", gsm, restore, "path", "", "staging_path",
                                              "Work area on this machine for decryption and combining."},
                                             parse_absolute_path),
    field<&ServerConfig::max_incoming_wals_queue>({"max_incoming_wals_queue", gsm, wal, "integer", "", "",
                                                   "check fails when more WAL files wait to be archived."},
                                                  parse_integer),
    late<&Draft::minimum_redundancy, &ServerConfig::minimum_redundancy>(
        {"minimum_redundancy", gsm, backup, "integer", "0", "",
         "Full backups that are DONE, and that no deletion may go below."}),
    field<&ServerConfig::network_compression>(
        {"network_compression", gsm, backup, "boolean", "false", "",
         "Let rsync compress what it transfers; not with backup_method = postgres."},
        parse_boolean),
    field<&ServerConfig::parallel_jobs>(
        {"parallel_jobs", gsm, backup, "integer", "1", "", "Files copied at the same time."}, parse_integer),
    field<&ServerConfig::parallel_jobs_start_batch_period>(
        {"parallel_jobs_start_batch_period", gsm, backup, "integer", "1", "",
         "Seconds in which one batch of copy jobs may start."},
        parse_integer),
    field<&ServerConfig::parallel_jobs_start_batch_size>(
        {"parallel_jobs_start_batch_size", gsm, backup, "integer", "10", "", "Copy jobs that may start in one period."},
        parse_integer),
    field<&ServerConfig::path_prefix>({"path_prefix", gsm, identity, "paths", "", "",
                                       "Directories searched for programs before PATH, separated by colons."},
                                      parse_text),
    hook("post_archive_retry_script", "Runs after a WAL file is archived, again until it succeeds or asks to stop."),
    hook("post_archive_script", "Runs after a WAL file is archived."),
    hook("post_backup_retry_script", "Runs after a backup, again until it succeeds or asks to stop."),
    hook("post_backup_script", "Runs after a backup."),
    hook("post_delete_retry_script", "Runs after a backup is deleted, again until it succeeds or asks to stop."),
    hook("post_delete_script", "Runs after a backup is deleted."),
    hook("post_recovery_retry_script", "Runs after a restore, again until it succeeds or asks to stop."),
    hook("post_recovery_script", "Runs after a restore."),
    hook("post_wal_delete_retry_script", "Runs after a WAL file is deleted, again until it succeeds or asks to stop."),
    hook("post_wal_delete_script", "Runs after a WAL file is deleted."),
    hook("pre_archive_retry_script", "Runs before a WAL file is archived, again until it succeeds or asks to stop."),
    hook("pre_archive_script", "Runs before a WAL file is archived."),
    hook("pre_backup_retry_script", "Runs before a backup, again until it succeeds or asks to stop."),
    hook("pre_backup_script", "Runs before a backup."),
    hook("pre_delete_retry_script", "Runs before a backup is deleted, again until it succeeds or asks to stop."),
    hook("pre_delete_script", "Runs before a backup is deleted."),
    hook("pre_recovery_retry_script", "Runs before a restore, again until it succeeds or asks to stop."),
    hook("pre_recovery_script", "Runs before a restore."),
    hook("pre_wal_delete_retry_script", "Runs before a WAL file is deleted, again until it succeeds or asks to stop."),
    hook("pre_wal_delete_script", "Runs before a WAL file is deleted."),
    field<&ServerConfig::primary_checkpoint_timeout>(
        {"primary_checkpoint_timeout", sm, identity, "integer", "0", "",
         "Seconds before a checkpoint is forced on the primary of a standby; 0 for never."},
        parse_integer),
    field<&ServerConfig::primary_conninfo>({"primary_conninfo", sm, identity, "connection string", "", "",
                                            "How to reach the primary when conninfo is a standby."},
                                           parse_text),
    field<&ServerConfig::primary_ssh_command>({"primary_ssh_command", gsm, identity, "ssh command", "", "",
                                               "How to reach the primary Barman; makes this node passive."},
                                              parse_text),
    field<&ServerConfig::recovery_options>(
        {"recovery_options", gsm, restore, "list of get-wal, delta-restore", "", "",
         "What restore does without being told: get-wal, recovery fetches its WAL; delta-restore, the destination "
         "need not be empty."},
        parse_recovery_options),
    field<&ServerConfig::recovery_staging_path>({"recovery_staging_path", gsm, restore, "path", "", "staging_path",
                                                 "Work area on the machine restored to, for decompression."},
                                                parse_absolute_path),
    field<&ServerConfig::create_slot>({"create_slot", gsm, wal, "manual | auto", "manual", "",
                                       "Whether receive-wal creates slot_name when it is missing."},
                                      parse_create_slot),
    late<&Draft::retention_calendar, &ServerConfig::retention_calendar_text>(
        {.name = "retention_calendar",
         .scope = gsm,
         .group = backup,
         .type = "list of n days, n weeks, n months, n years",
         .fallback = "",
         .superseded_by = "",
         .help = "Beside retention_policy: the first backup of each of the last days, weeks, months, years is kept.",
         .ours = true}),
    {{"retention_policy", gsm, backup, "REDUNDANCY n | RECOVERY WINDOW OF n DAYS, WEEKS or MONTHS", "", "",
      "Which backups are kept; without it all of them."},
     parse_text,
     assign_late<&Draft::retention_policy>,
     show_retention},
    late<&Draft::retention_policy_mode, &ServerConfig::retention_policy_mode>(
        {"retention_policy_mode", gsm, backup, "auto", "auto", "",
         "How retention_policy is enforced; there is no other way."}),
    field<&ServerConfig::reuse_backup>(
        {"reuse_backup", gsm, backup, "copy | link | off", "", "",
         "What happens to files unchanged since the previous rsync backup: a copy or a hard link of them there, or "
         "off: transferred again."},
        parse_reuse_backup),
    field<&ServerConfig::slot_name>(
        {"slot_name", gsm, wal, "slot name", "", "", "Replication slot used to stream WAL."}, parse_slot_name),
    unsupported({"snapshot_disks", sm, cloud, "list", "", "",
                 "Disks that a snapshot backup covers; these are refused by this program."},
                parse_disks),
    unsupported({"snapshot_gcp_project", gsm, cloud, "text", "", "gcp_project",
                 "Google Cloud project of the instance and its disks."},
                parse_text),
    unsupported({"snapshot_instance", sm, cloud, "text", "", "", "Instance whose disks are copied."}, parse_text),
    unsupported({"snapshot_provider", gsm, cloud, "aws | azure | gcp", "", "", "Cloud that takes the snapshots."},
                parse_text),
    unsupported(
        {"snapshot_zone", sm, cloud, "text", "", "gcp_zone", "Google Cloud zone of the instance and its disks."},
        parse_text),
    field<&ServerConfig::ssh_command>(
        {"ssh_command", sm, identity, "ssh command", "", "", "How to reach the machine of PostgreSQL."}, parse_text),
    field<&ServerConfig::staging_path>(
        {"staging_path", gsm, restore, "path", "", "",
         "Work area of restore for decompression, decryption and combining; without it /tmp."},
        parse_absolute_path),
    field<&ServerConfig::staging_location>(
        {"staging_location", gsm, restore, "local | remote", "local", "", "On which machine staging_path is."},
        parse_staging_location),
    field<&ServerConfig::streaming_archiver>({"streaming_archiver", gsm, wal, "boolean", "false", "",
                                              "Receive WAL through the replication protocol and archive it."},
                                             parse_boolean),
    field<&ServerConfig::streaming_archiver_batch_size>(
        {"streaming_archiver_batch_size", gsm, wal, "integer", "0", "",
         "Most files archived from streaming_wals_directory in one run; 0 for all."},
        parse_integer),
    field<&ServerConfig::streaming_archiver_name>({"streaming_archiver_name", gsm, wal, "text", "barman_receive_wal",
                                                   "", "application_name of the process that receives WAL."},
                                                  parse_text),
    field<&ServerConfig::streaming_backup_name>({"streaming_backup_name", gsm, backup, "text",
                                                 "barman_streaming_backup", "", "application_name of pg_basebackup."},
                                                parse_text),
    field<&ServerConfig::streaming_conninfo>({"streaming_conninfo", sm, identity, "connection string", "%(conninfo)s",
                                              "", "How to reach PostgreSQL with the replication protocol."},
                                             parse_text),
    field<&ServerConfig::streaming_wals_directory>({"streaming_wals_directory", s, directories, "path",
                                                    "%(backup_directory)s/streaming", "", "Where WAL is streamed to."},
                                                   parse_directory),
    late<&Draft::tablespace_bandwidth_limit, &ServerConfig::tablespace_bandwidth_limit>(
        {"tablespace_bandwidth_limit", gsm, backup, "list of NAME:integer", "", "",
         "bandwidth_limit of single tablespaces, separated by blanks; of rsync only."}),
    field<&ServerConfig::wal_conninfo>({"wal_conninfo", sm, identity, "connection string", "", "",
                                        "Used instead of conninfo where WAL streaming is looked after."},
                                       parse_text),
    late<&Draft::wal_retention_policy, &ServerConfig::wal_retention_policy>(
        {"wal_retention_policy", gsm, backup, "main", "main", "",
         "Which WAL files are kept: those that the backups need. There is no other policy."}),
    field<&ServerConfig::wal_streaming_conninfo>({"wal_streaming_conninfo", sm, identity, "connection string", "", "",
                                                  "Used instead of streaming_conninfo to receive WAL."},
                                                 parse_text),
    field<&ServerConfig::wals_directory>({"wals_directory", s, directories, "path", "%(backup_directory)s/wals", "",
                                          "Archived WAL files: a directory, or a URL of an object store."},
                                         parse_directory_or_url),
    field<&ServerConfig::warehousepg_dbid>(
        {"warehousepg_dbid", gsm, backup, "integer", "", "", "dbid passed to pg_basebackup of WarehousePG."},
        parse_integer),
    field<&ServerConfig::worm_mode>(
        {"worm_mode", gsm, wal, "boolean", "false", "", "Never remove WAL files older than the first backup."},
        parse_boolean),
    field<&ServerConfig::xlogdb_directory>({"xlogdb_directory", gs, directories, "path", "%(wals_directory)s", "",
                                            "Where the index of archived WAL files is."},
                                           parse_text),
    field<&ServerConfig::hang_timeout>(
        {"hang_timeout", gs, identity, "integer", "3600", "",
         "Seconds after which a copy, a remote command or a PostgreSQL that does nothing any more is given up; 0 for never.",
         true},
        parse_integer),
    field<&ServerConfig::legacy_links>(
        {"legacy_links", gs, directories, "boolean", "true", "",
         "Serve base/ID/backup.info and wals/xlog.db to tools that look for them where Barman kept them before 3.13.",
         true},
        parse_boolean),
});

constexpr auto global_rows = std::to_array<OptionInfo>({
    {"barman_home", scope_global, "Global", "path", "", "", "Root of the data directory; required."},
    {"barman_lock_directory", scope_global, "Global", "path", "%(barman_home)s", "",
     "Where lock files are; it has to exist."},
    {"barman_user", scope_global, "Global", "text", "barman", "", "Account to run as."},
    {"config_changes_queue", scope_global, "Global", "path", "%(barman_home)s/cfg_changes.queue", "",
     "Changes that config-update has accepted and not yet made."},
    {"configuration_files_directory", scope_global, "Global", "path", "", "",
     "Directory whose *.conf files are read too."},
    {"lock_directory_cleanup", scope_global, "Global", "boolean", "true", "",
     "Remove unused lock files at the end of cron."},
    {"log_file", scope_global, "Global", "path", "", "", "Log file; standard error if unset."},
    {"log_format", scope_global, "Global", "text", "", "",
     "Form of a log line, in the notation of Python's logging, with four percent signs for each one."},
    {"log_level", scope_global, "Global", "DEBUG | INFO | WARNING | ERROR | CRITICAL", "INFO", "",
     "Least level that is logged."},
});

}  // namespace

std::span<const OptionRow> option_rows() { return rows; }

std::size_t option_index(std::string_view name) {
  static const auto index = [] {
    std::unordered_map<std::string_view, std::size_t> map;
    for (std::size_t i = 0; i < rows.size(); ++i) map.emplace(rows[i].info.name, i);
    return map;
  }();
  const auto found = index.find(name);
  return found == index.end() ? rows.size() : found->second;
}

const std::vector<OptionInfo>& server_options() {
  static const auto list = [] {
    std::vector<OptionInfo> infos;
    for (const OptionRow& row : rows) infos.push_back(row.info);
    return infos;
  }();
  return list;
}

const std::vector<OptionInfo>& global_options() {
  static const std::vector<OptionInfo> list(global_rows.begin(), global_rows.end());
  return list;
}

void assign_hook(const OptionRow& row, Draft& draft, Value value) {
  std::string name(row.info.name);
  if (const auto* text = std::get_if<std::string>(&value))
    draft.server.hooks.insert_or_assign(std::move(name), *text);
  else
    draft.server.hooks.erase(name);
}

Value show_hook(const OptionRow& row, const ServerConfig& server) {
  const auto found = server.hooks.find(std::string(row.info.name));
  return found == server.hooks.end() ? Value(nullptr) : Value(found->second);
}

// Kept as text that parses to the same value; "" is an option that was emptied.
void assign_unsupported(const OptionRow& row, Draft& draft, Value value) {
  std::string text;
  if (const auto* word = std::get_if<std::string>(&value)) text = *word;
  if (const auto* flag = std::get_if<bool>(&value)) text = *flag ? "true" : "false";
  if (const auto* number = std::get_if<std::int64_t>(&value)) text = std::to_string(*number);
  if (const auto* list = std::get_if<std::vector<std::string>>(&value)) text = join(*list, ",");
  draft.server.unsupported.insert_or_assign(std::string(row.info.name), std::move(text));
}

Value show_unsupported(const OptionRow& row, const ServerConfig& server) {
  const auto found = server.unsupported.find(std::string(row.info.name));
  const std::string_view text = found == server.unsupported.end() ? row.info.fallback : std::string_view(found->second);
  return text.empty() ? Value(nullptr) : row.parse(text, {row.info.name, server.name});
}

}  // namespace barman::config
