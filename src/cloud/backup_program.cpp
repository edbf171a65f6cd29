// barman-cloud-backup: a base backup of the cluster on this machine, or of one that barman has taken.
#include <fmt/core.h>

#include <cstdlib>

#include "backup_hook.h"
#include "backup_logger.h"
#include "backup_options.h"
#include "backup_snapshots.h"
#include "barman/cloud/backup.h"
#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/core/text.h"
#include "barman/output/writer.h"
#include "command.h"
#include "programs.h"

namespace barman::cloud {
namespace {

// Each time PostgreSQL is silent for so long, a second connection looks whether it is alive.
constexpr std::chrono::seconds patience{60};

usage::OptionSpec::Store size_option(std::optional<std::uint64_t>& target) {
  return [&target](const std::string& text) -> std::optional<std::string> {
    target = parse_size(text);
    if (target) return std::nullopt;
    return fmt::format("'{}' is not a valid size string", to_upper(text));
  };
}

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
    options.value({"--kms-key-name"}, common_.direct.kms_key_name, "KMS_KEY_NAME",
                  "the key in Google's key management that encrypts the objects");
    declare_snapshot_zone(options, snapshot_);
    declare_tags(options);
    declare_encryption(options);
    declare_snapshot_locks(options, snapshot_);
    options.section(azure_section);
    options.value({"--encryption-scope"}, common_.direct.encryption_scope, "ENCRYPTION_SCOPE",
                  "the encryption scope of the Azure service that encrypts the objects");
    declare_snapshot_azure(options, snapshot_);
    declare_target(options, common_, Use::write);
  }

  void check() override {
    for (const std::string& text : csv_tags_) tags_.push_back(parse_csv_tag(text));
    require_distinct(tags_);
    hook_ = backup_of_hook([](const char* name) { return std::getenv(name); });
    if (hook_ && name_) throw Error(Errc::usage, "Cannot set backup name when running as a hook script");
    refuse_snapshots(snapshot_, common_.provider(), compression_.has_value(),
                     !common_.direct.kms_key_id.empty() || !common_.direct.kms_key_name.empty());
    common_.direct.encryption = encryption_.value_or("");
    common_.direct.bytes_per_second = max_bandwidth_.value_or(0);
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
    options.value({"-S", "--max-archive-size"}, size_option(max_archive_size_), "MAX_ARCHIVE_SIZE",
                  "begin another archive when one has become so large (default: 100GB)");
    options.value({"--min-chunk-size"}, size_option(min_chunk_size_), "MIN_CHUNK_SIZE",
                  "upload archives in parts of at least this size (default: as the store needs it)");
    options.value({"--max-bandwidth"}, size_option(max_bandwidth_), "MAX_BANDWIDTH",
                  "upload no more than this in a second (default: no limit)");
  }

  void declare_tags(usage::Options& options) {
    options.value_list({"--tags"}, csv_tags_, "TAGS_LIST", "tags KEY,VALUE of all objects of the backup");
    usage::OptionSpec tag;
    tag.names = {"--tag"};
    tag.kind = usage::OptionSpec::Kind::repeated_value;
    tag.metavar = "TAGS_APPEND";
    tag.help = "a tag KEY,VALUE of all objects of the backup; may be repeated";
    tag.store = [this](const std::string& text) { return add_tag(text); };
    options.custom(std::move(tag));
    options.exclusive({"--tags", "--tag"});
  }

  void declare_encryption(usage::Options& options) {
    options.section(s3_section);
    options.choice({"-e", "--encryption"}, encryption_, {"AES256", "aws:kms"}, "how S3 encrypts the objects");
    options.value({"--sse-kms-key-id"}, common_.direct.kms_key_id, "SSE_KMS_KEY_ID",
                  "the key in AWS's key management that encrypts the objects; needs --encryption aws:kms");
    declare_customer_key(options, common_, Use::write);
  }

  std::optional<std::string> set_name(const std::string& text) {
    name_ = text;
    return problem_of_name(text);
  }

  std::optional<std::string> add_tag(const std::string& text) {
    auto tag = parse_tag(text);
    if (!tag) return fmt::format("invalid check_tag value: '{}'", text);
    tags_.push_back(std::move(*tag));
    return std::nullopt;
  }

  UploadRequest upload_request(const Session& session) const {
    UploadRequest request;
    request.layout = session.layout;
    request.compression = compression_;
    if (jobs_) request.jobs = static_cast<std::size_t>(*jobs_);
    if (max_archive_size_) request.max_archive_size = *max_archive_size_;
    request.min_chunk_size = min_chunk_size_;
    request.tags = tags_;
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
  std::optional<std::uint64_t> max_archive_size_, min_chunk_size_, max_bandwidth_;
  std::optional<std::string> name_, encryption_;
  std::vector<std::string> csv_tags_;
  store::Tags tags_;
  SnapshotOptions snapshot_;
  std::optional<FinishedBackup> hook_;
};

}  // namespace

std::unique_ptr<Command> backup_command() { return std::make_unique<CloudBackupProgram>(); }

}  // namespace barman::cloud
