#pragma once
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "barman/core/time.h"

// What the configuration says about one server, parsed, defaults applied, the active model merged. Read-only: a
// command's own options travel in its request, never in here.
namespace barman::config {

enum class BackupMethod { rsync, postgres, local_rsync, snapshot, local_to_cloud };
enum class ReuseBackup { off, copy, link };
enum class CreateSlot { manual, automatic };
enum class StagingLocation { local, remote };
enum class BackupFormat { plain, tar };
enum class BackupLocation { client, server };

std::string_view to_string(BackupMethod method);  // "rsync", "local-rsync", ...
std::string_view to_string(ReuseBackup reuse);
std::string_view to_string(BackupLocation location);

struct RetentionPolicy {
  enum class Kind { redundancy, recovery_window } kind = Kind::redundancy;
  enum class Unit { days, weeks, months } unit = Unit::days;
  int value = 0;
  std::string canonical() const;  // "REDUNDANCY 2", "RECOVERY WINDOW OF 2 WEEKS"
  Micros window() const;          // recovery window only; a month is 31 days
  friend bool operator==(const RetentionPolicy&, const RetentionPolicy&) = default;
};
std::optional<RetentionPolicy> parse_retention_policy(std::string_view text);

// For how many days, ISO weeks, months and years that have backups the first one of each is kept. 0: not asked for.
struct RetentionCalendar {
  int days = 0, weeks = 0, months = 0, years = 0;
  std::string canonical() const;  // "7 days, 4 weeks"
  friend bool operator==(const RetentionCalendar&, const RetentionCalendar&) = default;
};
// "7 days, 4 weeks, 12 months, 3 years": each unit at most once, in any order.
std::optional<RetentionCalendar> parse_retention_calendar(std::string_view text);

using Text = std::optional<std::string>;  // unset when empty or "None"

// What is wrong with a server's configuration, in the words that are printed.
struct Fault {
  enum class Kind { setting, connection, streaming_connection };
  std::string text;
  Kind kind = Kind::setting;
  friend bool operator==(const Fault&, const Fault&) = default;
};

// Whether a directory is one in an object store: "s3://BUCKET/PATH".
inline bool is_store_url(std::string_view directory) { return directory.find("://") != std::string_view::npos; }

struct ServerConfig {
  std::string name;
  std::vector<Fault> faults;  // any of them disables the server; the first is what most commands print
  bool disabled() const { return !faults.empty(); }
  bool has_fault(Fault::Kind kind) const;
  std::vector<std::string> fault_texts() const;
  bool passive() const { return primary_ssh_command.has_value(); }
  bool live() const { return active && !passive(); }  // PostgreSQL is ours to ask
  std::string meta_directory() const { return backup_directory + "/meta"; }

  bool by_rsync() const { return backup_method == BackupMethod::rsync || backup_method == BackupMethod::local_rsync; }
  bool by_pg_basebackup() const { return backup_method == BackupMethod::postgres; }
  bool exclusive() const { return backup_options.contains("exclusive_backup"); }
  bool streams() const { return by_pg_basebackup() || streaming_archiver; }  // backups, WAL or both
  const Text& conninfo_for_streaming() const { return streaming_conninfo ? streaming_conninfo : conninfo; }
  // What replaces conninfo for WAL: unset where it is the same. wal_streaming_conninfo alone serves both.
  const Text& wal_conninfo_override() const { return wal_conninfo ? wal_conninfo : wal_streaming_conninfo; }
  // Another server than conninfo leads to: check looks there, too.
  bool wal_from_elsewhere() const { return wal_conninfo_override() && wal_conninfo_override() != conninfo; }

  std::chrono::seconds patience() const { return std::chrono::seconds(hang_timeout); }  // 0: none
  std::string search_path() const { return path_prefix.value_or(""); }  // before PATH, where programs are looked for

  // Identity, connection, state
  bool active = true;
  Text description;
  std::string cluster;
  Text conninfo, streaming_conninfo, wal_conninfo, wal_streaming_conninfo, primary_conninfo;
  std::int64_t primary_checkpoint_timeout = 0;  // seconds
  Text primary_ssh_command;
  bool forward_config_path = false;
  Text ssh_command;
  Text path_prefix;
  bool immediate_checkpoint = false;
  std::int64_t keepalive_interval = 60;  // seconds, 0: off
  std::int64_t check_timeout = 30;       // seconds, 0: none
  std::int64_t hang_timeout = 3600;      // seconds, 0: none; what does nothing for so long is given up

  // Directories
  std::string backup_directory, basebackups_directory, wals_directory, incoming_wals_directory,
      streaming_wals_directory, errors_directory, xlogdb_directory;

  // WAL archiving
  bool archiver = false;
  std::int64_t archiver_batch_size = 0;
  bool streaming_archiver = false;
  std::int64_t streaming_archiver_batch_size = 0;
  std::string streaming_archiver_name = "barman_receive_wal";
  Text slot_name;
  CreateSlot create_slot = CreateSlot::manual;
  Text compression;                          // word of codec::parse_algorithm
  std::string compression_level = "medium";  // low, medium, high or digits
  Text custom_compression_filter, custom_decompression_filter;
  Text custom_compression_magic;  // as written, 0x...
  std::optional<std::int64_t> max_incoming_wals_queue;
  std::optional<Micros> last_wal_maximum_age;
  Text encryption, encryption_key_id, encryption_passphrase_command;  // encryption: "gpg" or unset
  bool worm_mode = false;
  bool legacy_links = true;  // see catalog/legacy_layout.h

  // Backup
  BackupMethod backup_method = BackupMethod::rsync;
  std::set<std::string> backup_options;  // concurrent_backup, exclusive_backup, external_configuration
  std::optional<ReuseBackup> reuse_backup;
  std::int64_t parallel_jobs = 1, parallel_jobs_start_batch_size = 10, parallel_jobs_start_batch_period = 1;
  std::int64_t basebackup_retry_times = 0, basebackup_retry_sleep = 30;
  std::optional<std::int64_t> bandwidth_limit;  // kB/s
  std::map<std::string, std::int64_t> tablespace_bandwidth_limit;
  bool network_compression = false;
  Text backup_compression;  // gzip lz4 zstd none
  std::optional<BackupFormat> backup_compression_format;
  std::optional<std::int64_t> backup_compression_level;
  std::optional<BackupLocation> backup_compression_location;
  std::optional<std::int64_t> backup_compression_workers;
  std::string streaming_backup_name = "barman_streaming_backup";
  bool autogenerate_manifest = false;
  std::optional<std::int64_t> warehousepg_dbid;
  std::int64_t minimum_redundancy = 0;
  Text retention_policy_text;                           // as written
  std::optional<RetentionPolicy> retention_policy;      // unset also when the text is invalid
  Text retention_calendar_text;                         // as written
  std::optional<RetentionCalendar> retention_calendar;  // unset also when the text is invalid
  std::string retention_policy_mode = "auto";
  std::string wal_retention_policy = "main";
  std::optional<Micros> last_backup_maximum_age;
  std::optional<std::int64_t> last_backup_minimum_size;
  bool retention_policy_valid() const { return !retention_policy_text || retention_policy.has_value(); }
  bool retention_calendar_valid() const { return !retention_calendar_text || retention_calendar.has_value(); }

  // Restore
  std::set<std::string> recovery_options;  // get-wal, delta-restore
  Text staging_path;
  StagingLocation staging_location = StagingLocation::local;
  Text local_staging_path, recovery_staging_path;
  std::string combine_mode = "copy";

  // Drills; see config/drill.h
  Text drill_schedule, drill_window;  // words of parse_drill_interval() and parse_drill_window(); unset: never, always
  Text drill_directory;               // unset: below backup_directory
  Text drill_sql;                     // file of statements
  std::string drill_target = "latest";                // or random
  std::optional<std::int64_t> drill_bandwidth_limit;  // kB/s

  // Hook scripts, by option name: "pre_backup_script", "post_archive_retry_script", ...; only those set.
  std::map<std::string, std::string> hooks;

  // Object stores
  bool keeps_wal_in_store() const { return is_store_url(wals_directory); }
  // Where the index is: never in a store.
  std::string index_directory() const {
    return keeps_wal_in_store() && xlogdb_directory.starts_with(wals_directory) ? meta_directory() : xlogdb_directory;
  }
  bool is_second_copy = false;  // this is how the second copy of the server sees itself (as_second_copy)
  bool keeps_backups_in_store() const { return is_store_url(basebackups_directory); }
  Text aws_profile, aws_region, aws_endpoint_url;
  std::string aws_addressing_style = "auto";
  std::optional<std::int64_t> aws_read_timeout;                   // seconds
  Text aws_encryption, aws_sse_kms_key_id, aws_sse_customer_key;  // "AES256", "aws:kms"; file:///PATH
  bool aws_check_object_lock = false;
  Text azure_credential;
  std::optional<std::int64_t> cloud_delete_batch_size;  // objects
  std::string cloud_staging_directory = "/tmp/barman/cloud-staging";
  std::int64_t cloud_staging_max_size = std::int64_t{30} << 30;  // bytes
  std::int64_t cloud_upload_max_archive_size = std::int64_t{100} << 30;
  std::optional<std::int64_t> cloud_upload_min_chunk_size;
  std::int64_t cloud_wal_archive_parallel = 0, cloud_wal_restore_parallel = 0;
  Text cloud_copy;                                             // URL of a second copy of the catalogue
  Text cloud_copy_retention_policy_text;                       // as written, or that of the server
  std::optional<RetentionPolicy> cloud_copy_retention_policy;  // unset: everything stays in the copy

  // Options of features that this build reads and refuses to act on (snapshots): option name to text.
  std::map<std::string, std::string> unsupported;

  // Active configuration model, if any.
  Text active_model;

  // Printed by every command that works on this server: WARNING lines, and lines for the log alone (logger
  // barman.server).
  struct LogLine {
    bool error = false;  // level ERROR, else WARNING
    std::string text;
  };
  std::vector<std::string> warnings;
  std::vector<LogLine> log_lines;

  // Which file sets an option for this server: its section, [barman] or the active model. Not listed: built-in default.
  std::vector<std::pair<std::string_view, std::shared_ptr<const std::string>>> sources;
  std::string source(std::string_view option) const;  // file, or "default"
};

// Why backups of this server cannot be encrypted although they should be, in the words that Barman uses; nullopt: they
// can, or should not. WAL can be with a key alone.
std::optional<std::string> encryption_problem(const ServerConfig& config);

// Why WAL cannot be kept in the object store that wals_directory names, and why what it and basebackups_directory name
// cannot be used, in the words that Barman uses; nullopt: it can, or there is no store.
std::optional<std::string> wal_store_problem(const ServerConfig& config);
std::optional<std::string> store_problem(const ServerConfig& config);

// Why cloud_copy of this server cannot work, and what to do about it; nullopt: it can, or there is none.
struct CloudCopyProblem {
  std::string text, advice;
};
std::optional<CloudCopyProblem> cloud_copy_problem(const ServerConfig& config);
// The server with its second copy in the place of its catalogue and its WAL: only read, and by whoever has nothing but
// the configuration.
ServerConfig as_second_copy(const ServerConfig& config);

// What is wrong with the backup_compression options for these versions of pg_basebackup and of the server (15), in the
// words that Barman uses; nullopt: nothing. Version 0: not known, the rules that depend on it are left out.
std::optional<std::string> backup_compression_problem(const ServerConfig& config, int client_major, int server_major);

// One value of the configuration as writers need it: JSON type kept, Python spelling derivable.
struct OptionValue {
  using Variant = std::variant<std::nullptr_t, bool, std::int64_t, std::string, std::set<std::string>,
                               std::vector<std::string>, std::map<std::string, std::int64_t>, Micros, RetentionPolicy>;
  Variant value;
  std::string source;  // configuration file, or "default"
};

// All server options but our own, with the names of config.md section 8 (without name, passive_node and active_model),
// as Barman shows them.
std::map<std::string, OptionValue> describe(const ServerConfig& server);

}  // namespace barman::config
