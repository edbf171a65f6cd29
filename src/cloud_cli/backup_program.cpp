// barman-cloud-backup: a base backup of the cluster on this machine, or of one that barman has taken.
#include <fmt/core.h>

#include <cstdlib>

#include "backup_hook.h"
#include "backup_options.h"
#include "backup_snapshots.h"
#include "barman/cloud/backup.h"
#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/output/writer.h"
#include "command.h"
#include "programs.h"
#include "upload_options.h"

namespace barman::cloud::cli {
namespace {

constexpr std::string_view logger = "barman.cloud";

// Each time PostgreSQL is silent for so long, a second connection looks whether it is alive.
constexpr std::chrono::seconds patience{60};

class CloudBackupProgram : public Command {
 public:
  void declare(usage::Options& options) override {
    declare_common(options, common_);
    declare_compression(options);
    declare_connection(options);
    declare_upload(options);
    options.value({"-d", "--dbname"}, connection_.dbname, "DBNAME",
                  "database to connect with, or a whole connection string (default: postgres)");
    options.value(
        {"-n", "--name"}, [this](const std::string& text) { return set_name(text); }, "BACKUP_NAME",
        "a name for this backup, by which barman-cloud-restore and others find it");
    declare_snapshot_disks(options, snapshot_);
    declare_snapshot_projects(options, snapshot_);
    declare_kms_key_name(options, common_);
    declare_snapshot_zone(options, snapshot_);
    declare_tags(options, tags_, "", "all objects of the backup");
    declare_encryption(options, common_, "");
    declare_kms_key_id(options, common_);
    declare_customer_key(options, common_, Use::write);
    declare_snapshot_locks(options, snapshot_);
    declare_encryption_scope(options, common_);
    declare_snapshot_azure(options, snapshot_);
    declare_target(options, common_, Use::write);
  }

  void check() override {
    upload_.tags = tags_.tags();
    require_distinct(upload_.tags);
    hook_ = backup_of_hook([](const char* name) { return std::getenv(name); });
    if (hook_ && name_) throw Error(Errc::usage, "Cannot set backup name when running as a hook script");
    refuse_snapshots(snapshot_, common_.provider(), compression_.has_value(),
                     !common_.direct.kms_key_id.empty() || !common_.direct.kms_key_name.empty());
  }

  void run(Session& session) override {
    // Lines of the log would run into the line that shows the progress.
    const auto writer = output::make_writer(
        {.quiet = common_.quiet > 0 || common_.verbose > 0,
         .plain_terminal = output::is_plain_terminal(std::getenv("NO_COLOR"), std::getenv("TERM"))});
    const auto progress = writer->progress(fmt::format("Backup of {}", session.layout.server));
    if (hook_)
      upload_finished(*hook_, upload_request(session), session.store, *progress);
    else
      back_up(session, *progress);
  }

 private:
  void declare_compression(usage::Options& options) {
    using codec::Algorithm;
    options.flag({"-z", "--gzip"}, compression_, Algorithm::gzip, "compress the archives with gzip");
    options.flag({"-j", "--bzip2"}, compression_, Algorithm::bzip2, "compress the archives with bzip2");
    options.flag({"--snappy"}, compression_, Algorithm::snappy, "compress the archives with snappy");
    options.flag({"--lz4"}, compression_, Algorithm::lz4, "compress the archives with lz4");
    options.flag({"--zstd"}, compression_, Algorithm::zstd, "compress the archives with zstd, on all cores");
    options.exclusive({"-z", "-j", "--snappy", "--lz4", "--zstd"});
  }

  void declare_connection(usage::Options& options) {
    options.value({"-h", "--host"}, connection_.host, "HOST",
                  "host or socket of PostgreSQL (default: as libpq has it)");
    options.value({"-p", "--port"}, connection_.port, "PORT", "port of PostgreSQL (default: as libpq has it)");
    options.value({"-U", "--user"}, connection_.user, "USER", "user of PostgreSQL (default: as libpq has it)");
    options.flag({"--immediate-checkpoint"}, immediate_checkpoint_, "have the first checkpoint made at once");
  }

  void declare_upload(usage::Options& options) {
    options.number({"-J", "--jobs"}, jobs_, usage::Number::positive, "JOBS",
                   "connections that upload at the same time (default: 2)");
    options.number({"--keepalive-interval"}, keepalive_, usage::Number::non_negative, "KEEPALIVE_INTERVAL",
                   "ask PostgreSQL something every so many seconds, so that nobody takes the connection for idle; 0: "
                   "never (default: 60)");
    declare_size(options, {"-S", "--max-archive-size"}, upload_.max_archive_size, "MAX_ARCHIVE_SIZE",
                 "begin another archive when one has become so large (default: 100GB)");
    declare_size(options, {"--min-chunk-size"}, min_chunk_size_, "MIN_CHUNK_SIZE",
                 "upload archives in parts of at least this size (default: as the store needs it)");
    declare_size(options, {"--max-bandwidth"}, common_.direct.bytes_per_second, "MAX_BANDWIDTH",
                 "upload no more than this in a second (default: no limit)");
  }

  std::optional<std::string> set_name(const std::string& text) {
    name_ = text;
    return problem_of_name(text);
  }

  UploadRequest upload_request(const Session& session) const {
    UploadRequest request = upload_;
    request.layout = session.layout;
    request.compression = compression_;
    if (jobs_) request.jobs = static_cast<std::size_t>(*jobs_);
    if (min_chunk_size_ > 0) request.min_chunk_size = min_chunk_size_;
    return request;
  }

  void back_up(Session& session, Progress& progress) {
    const std::string conninfo = conninfo_of(connection_);
    postgres::Server server(conninfo, patience, postgres::connect_as_barman);
    try {
      server.connect();
    } catch (const Error& error) {
      throw Failure(exit_refused, fmt::format("Cannot connect to postgres: {}", with_hint(error)));
    }
    BackupRequest request{
        .upload = upload_request(session), .name = name_, .immediate_checkpoint = immediate_checkpoint_};
    if (keepalive_) request.keepalive = std::chrono::seconds(*keepalive_);
    const MakeServer another = [&] { return std::make_unique<postgres::Server>(conninfo); };
    const BackupOutcome outcome = take_backup(request, session.store, server, another, progress);
    const std::string failure = outcome.failure ? with_hint(*outcome.failure, outcome.hint) : std::string();
    if (outcome.failure && outcome.unrecorded) log::error(logger, "{}", failure);
    if (outcome.unrecorded) throw Failure(exit_refused, *outcome.unrecorded);
    if (outcome.failure) throw Failure(exit_refused, failure);
  }

  std::optional<codec::Algorithm> compression_;
  ConnectionWords connection_;
  bool immediate_checkpoint_ = false;
  std::optional<std::int64_t> jobs_, keepalive_;
  UploadRequest upload_;
  std::uint64_t min_chunk_size_ = 0;  // 0: as the store needs it
  std::optional<std::string> name_;
  TagOptions tags_;
  SnapshotOptions snapshot_;
  std::optional<FinishedBackup> hook_;
};

}  // namespace

std::unique_ptr<Command> backup_command() { return std::make_unique<CloudBackupProgram>(); }

}  // namespace barman::cloud::cli
