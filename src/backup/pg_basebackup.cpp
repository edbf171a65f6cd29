#include "pg_basebackup.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <thread>
#include <utility>

#include "backup_run.h"
#include "barman/basebackup/facts.h"
#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/core/on_exit.h"
#include "barman/core/periodic.h"
#include "barman/core/text.h"
#include "barman/exec/command.h"
#include "barman/exec/pg_tools.h"
#include "barman/fs/file.h"
#include "barman/fs/tree.h"
#include "barman/postgres/conninfo.h"
#include "barman/wal/segment.h"
#include "barman/wal/text_files.h"
#include "encryption.h"
#include "outside_files.h"
#include "store_backup.h"
#include "tarball.h"

namespace barman::backup {

namespace {

using config::BackupFormat;

constexpr int first_with_compression_detail = 15;
constexpr int first_without_wal = 10;

// "client-zstd:level=3,workers=2"
std::string compression_detail(const config::ServerConfig& config) {
  std::string detail;
  if (config.backup_compression_location) detail = fmt::format("{}-", to_string(*config.backup_compression_location));
  detail += *config.backup_compression;
  std::vector<std::string> options;
  if (config.backup_compression_level) options.push_back(fmt::format("level={}", *config.backup_compression_level));
  if (config.backup_compression_workers)
    options.push_back(fmt::format("workers={}", *config.backup_compression_workers));
  if (!options.empty()) detail += ":" + join(options, ",");
  return detail;
}

void add_compression(const config::ServerConfig& config, int client_major, std::vector<std::string>& argv) {
  if (!config.backup_compression) return;
  argv.emplace_back(in_tar_format(config) ? "--format=tar" : "--format=plain");
  if (client_major >= first_with_compression_detail) {
    argv.push_back("--compress=" + compression_detail(config));
  } else if (config.backup_compression == "none") {
    argv.emplace_back("--compress=0");
  } else {
    if (config.backup_compression_level) argv.push_back(fmt::format("--compress={}", *config.backup_compression_level));
    argv.emplace_back("--gzip");
  }
}

constexpr mode_t private_directory = 0700;
constexpr std::uint64_t longest_label = 1024 * 1024;

std::vector<std::string> target_directories(const BackupRun& run) {
  std::vector<std::string> directories;
  if (run.info.tablespaces)
    for (const catalog::Tablespace& tablespace : *run.info.tablespaces)
      directories.push_back(run.tablespace_directory(tablespace));
  directories.push_back(run.data_directory());
  return directories;
}

// pg_basebackup wants them empty; what a failed attempt left is in the way of the next.
void make_empty_directories(const BackupRun& run) {
  for (const std::string& directory : target_directories(run)) {
    fs::remove_tree(directory);
    fs::make_directories(fs::parent_directory(directory));
    fs::make_directories(directory, private_directory);
  }
}

// The connection for --dbname, and the password for the environment, where others cannot see it.
struct Login {
  std::string conninfo;
  std::vector<std::pair<std::string, std::string>> environment;
};

Login login(const BackupRun& run) {
  auto items = postgres::parse_conninfo(run.server.streaming().conninfo());
  Login result;
  if (const auto password = items.find("password"); password != items.end()) {
    result.environment.emplace_back("PGPASSWORD", password->second);
    items.erase(password);
  }
  result.conninfo =
      fmt::format("{} {}", postgres::to_conninfo(items),
                  postgres::to_conninfo({{"application_name", run.server.config().streaming_backup_name}}));
  return result;
}

exec::Command command_of(const BackupRun& run, const exec::PgTool& tool, std::chrono::seconds patience) {
  const Login connection = login(run);
  PgBasebackupCall call;
  call.program = tool.path;
  call.client_major = tool.major();
  call.connection = connection.conninfo;
  call.data_directory = run.data_directory();
  if (run.info.tablespaces)
    for (const catalog::Tablespace& tablespace : *run.info.tablespaces)
      call.tablespaces.emplace_back(tablespace.location, run.tablespace_directory(tablespace));
  call.bandwidth_limit = run.request.bandwidth_limit;
  if (run.request.parent)
    call.parent_manifest = run.server.backups().data_directory(*run.request.parent) + "/backup_manifest";
  call.immediate_checkpoint = run.request.immediate_checkpoint;
  exec::Command command(pg_basebackup_arguments(call, run.server.config()), exec::Limits::unless_idle(patience));
  command.environment = connection.environment;
  command.log_output = false;
  return command;
}

// Compressed, it is not known how much will come.
std::int64_t expected_bytes(const BackupRun& run) {
  const auto& compression = run.server.config().backup_compression;
  return in_tar_format(run.server.config()) && compression != "none" ? 0 : run.info.cluster_size.value_or(0);
}

void enter(BasebackupPhase phase, const BackupRun& run) {
  Progress& progress = run.progress;
  switch (phase) {
    case BasebackupPhase::checkpoint:
      return progress.wait(basebackup::waiting_for_checkpoint,
                           basebackup::checkpoint_advice(run.request.immediate_checkpoint));
    case BasebackupPhase::copying:
      return progress.start("", expected_bytes(run));
    case BasebackupPhase::archiving:
      progress.wait(basebackup::waiting_for_archiver, "");
      return switch_on_primary(run);
    case BasebackupPhase::syncing:
      return progress.wait(writing_to_disk, "");
  }
}

void attempt(BackupRun& run, const exec::PgTool& tool, std::chrono::seconds inactivity) {
  make_empty_directories(run);
  exec::Command command = command_of(run, tool, inactivity);
  command.on_output_line = [](std::string_view line) { log::write(log::Level::info, logger, line); };
  command.on_error_line = [&run](std::string_view line) {
    log::write(log::Level::info, logger, line);
    if (const auto phase = phase_begun_by(line)) enter(*phase, run);
  };
  const exec::Outcome outcome = run.server.local().run(command);
  if (!outcome.ok())
    throw Error(Errc::postgres, fmt::format("data transfer failure on directory '{}'\npg_basebackup error:\n{}",
                                            run.data_directory(), exec::describe(command, outcome)));
}

// How much is there already, looked up now and then: never for more than a tenth of the time.
class Growth {
 public:
  Growth(Progress& progress, std::string directory)
      : progress_(progress),
        directory_(std::move(directory)),
        watch_(progress.shown() ? interval : std::chrono::milliseconds(0), [this] { return look(); }) {}
  ~Growth() = default;

 private:
  static constexpr std::chrono::milliseconds interval{500};
  using Clock = std::chrono::steady_clock;

  bool look() {
    const auto start = Clock::now();
    if (start < next_) return true;
    try {
      progress_.update(fs::measure_tree(directory_).all);
    } catch (const Interrupted&) {
      return false;  // whoever waits for the copy reports it
    } catch (const Error&) {
      // A file vanished meanwhile; the next look counts again.
    }
    next_ = Clock::now() + (Clock::now() - start) * 10;
    return true;
  }

  Progress& progress_;
  std::string directory_;
  Clock::time_point next_;
  Periodic watch_;
};

// Repeated as the configuration says.
void repeat(BackupRun& run, const std::function<void()>& attempt) {
  run.server.postgres().close();
  run.server.streaming().close();
  exec::with_retry(run.request.retry, attempt, [&run](int number, const std::string& failure) {
    log::warning(logger, "{}", failure);
    run.server.notifier().warning(fmt::format("Failure executing a backup using pg_basebackup (attempt {})", number));
    run.server.notifier().warning(
        fmt::format("The files copied so far will be removed and the backup process will restart in {} seconds",
                    run.request.retry.sleep_seconds));
  });
}

void copy_files(BackupRun& run) {
  const auto tool = exec::find_pg_basebackup(run.server.config().search_path());
  if (!tool)
    throw Error(Errc::not_found, "pg_basebackup not found",
                "install PostgreSQL's client programs or set path_prefix to their directory");
  // It does nothing while PostgreSQL makes the checkpoint that it begins with.
  const std::chrono::seconds patience = run.server.config().patience();
  const auto inactivity = patience.count() > 0 ? patience + run.server.postgres().checkpoint_timeout() : patience;
  fs::make_directories(run.server.backups().base_directory(run.info.backup_id));
  const OnExit clear([&run] { run.progress.finish(); });
  run.progress.start("", expected_bytes(run));
  const Growth growth(run.progress, run.server.backups().base_directory(run.info.backup_id));
  repeat(run, [&] { attempt(run, *tool, inactivity); });
}

// Into the object store, or a directory here.
void copy_to_store(BackupRun& run, const OutsideFiles& outside) {
  const OnExit clear([&run] { run.progress.finish(); });
  repeat(run, [&] { copy_by_stream(run, outside); });
}

void read_label(BackupRun& run) {
  const std::string data = run.data_directory();
  if (in_tar_format(run.server.config())) {
    run.info.compression = run.server.config().backup_compression;
    const std::vector<std::string> names = fs::list_directory(data);
    const auto base = std::ranges::find_if(names, [](const std::string& name) { return name.starts_with("base.tar"); });
    if (base == names.end()) throw Error(Errc::corrupt, fmt::format("no base.tar in '{}'", data));
    run.info.backup_label = read_member(data + "/" + *base, "backup_label", longest_label);
  } else {
    run.info.backup_label = fs::read_file(data + "/backup_label");
  }
}

void set_begin_by_label(BackupRun& run) {
  const BackupLabel label = parse_backup_label(*run.info.backup_label);
  const auto segment = parse_segment(label.start_wal);
  const std::optional<Timestamp> began = run.info.begin_time ? run.info.begin_time : label.start_time;
  basebackup::set_begin(run.info, label.start, segment->timeline, began.value_or(run.copy_start));
  run.info.begin_wal = label.start_wal;
}

void finalise(BackupRun& run) {
  run.server.notifier().info("Finalising the backup.");
  run.action = "issuing stop of the backup";
  postgres::Server& postgres = run.server.postgres();
  const postgres::WalPosition position = postgres.current_position();
  basebackup::set_end(run.info, position.lsn, postgres.timeline(), position.time);
  if (position.file) run.info.end_wal = position.file;
  if (position.offset) run.info.end_offset = *position.offset;
  run.switch_wal();
  run.purge_before_first();
}

}  // namespace

bool in_tar_format(const config::ServerConfig& config) {
  return config.backup_compression && config.backup_compression_format != BackupFormat::plain;
}

std::string mapping_part(std::string_view path) { return replace_all(path, "=", "\\="); }

std::vector<std::string> pg_basebackup_arguments(const PgBasebackupCall& call, const config::ServerConfig& config) {
  std::vector<std::string> argv = {call.program, "--dbname=" + call.connection, "-v", "--no-password",
                                   "--pgdata=" + call.data_directory};
  if (config.warehousepg_dbid) argv.push_back(fmt::format("--target-gp-dbid={}", *config.warehousepg_dbid));
  if (call.client_major >= first_without_wal) argv.insert(argv.end(), {"--no-slot", "--wal-method=none"});
  for (const auto& [location, target] : call.tablespaces)
    argv.push_back(fmt::format("--tablespace-mapping={}={}", mapping_part(location), mapping_part(target)));
  if (call.bandwidth_limit > 0) argv.push_back(fmt::format("--max-rate={}", call.bandwidth_limit));
  if (call.parent_manifest) argv.push_back("--incremental=" + *call.parent_manifest);
  if (call.immediate_checkpoint) argv.emplace_back("--checkpoint=fast");
  add_compression(config, call.client_major, argv);
  return argv;
}

std::optional<BasebackupPhase> phase_begun_by(std::string_view line) {
  using enum BasebackupPhase;
  static constexpr std::array<std::pair<std::string_view, BasebackupPhase>, 4> words = {{
      {"waiting for checkpoint to complete", checkpoint},
      {"checkpoint completed", copying},
      {"waiting for required WAL segments to be archived", archiving},
      {"syncing data to disk", syncing},
  }};
  for (const auto& [text, phase] : words)
    if (line.find(text) != std::string_view::npos) return phase;
  return std::nullopt;
}

void switch_on_primary(const BackupRun& run) {
  if (run.server.primary_postgres() == nullptr) return;
  try {
    run.server.primary_postgres()->switch_wal();
  } catch (const Error& error) {
    log::warning(logger, "cannot switch WAL on the primary: {}", error.what());
  }
}

void backup_by_pg_basebackup(BackupRun& run) {
  collect_metadata(run, false);
  const postgres::WalPosition position = run.server.postgres().current_position();
  basebackup::set_begin(run.info, position.lsn, run.server.postgres().timeline(), position.time);
  run.info.begin_wal = position.file;
  if (position.offset) run.info.begin_offset = *position.offset;
  run.announce_start();

  run.action = "copying files";
  const bool to_store = run.server.backups().elsewhere();
  run.server.notifier().info(to_store
                                 ? stream_announcement(run)
                                 : fmt::format("Starting backup copy via pg_basebackup for {}", run.info.backup_id));
  run.copy_start = now();
  note_encryption(run);
  run.save();
  const OutsideFiles outside = to_store ? read_outside_files(run) : OutsideFiles();
  if (to_store)
    copy_to_store(run, outside);
  else
    copy_files(run);
  const Micros elapsed = now() - run.copy_start;
  run.server.notifier().info(fmt::format("Copy done (time: {})", human_interval(elapsed)));
  const double seconds = static_cast<double>(elapsed.count()) / 1e6;
  if (!to_store) {
    run.info.copy_stats.emplace();
    run.info.copy_stats->copy_time = seconds;
    read_label(run);
  }
  run.info.copy_stats->total_time = seconds;
  set_begin_by_label(run);
  finalise(run);
  if (to_store)
    report_outside_files(run, outside);
  else
    keep_outside_files(run);
}

}  // namespace barman::backup
