#include "barman/archiver/receive_wal.h"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <tuple>

#include "barman/archive/wal_queue.h"
#include "barman/core/error.h"
#include "barman/core/signals.h"
#include "barman/exec/command.h"
#include "barman/exec/pg_tools.h"
#include "barman/exec/shell.h"
#include "barman/fs/file.h"
#include "barman/fs/lock_file.h"
#include "barman/postgres/conninfo.h"
#include "barman/wal/segment.h"

namespace barman::archiver {

namespace {

using config::CreateSlot;
using config::ServerConfig;
using postgres::SlotError;

constexpr std::string_view partial_suffix = ".partial";
constexpr int signal_base = 128;

// Failures of the receiver itself carry this word in front, as operators' scripts know it.
Error failure(const std::string& text, std::string hint = {}) {
  return Error(Errc::postgres, fmt::format("ArchiverFailure:{}", text), std::move(hint));
}

Error no_slot_name(std::string_view action) {
  return Error(
      Errc::config,
      fmt::format("Unable to {} a physical replication slot: slot_name configuration option required", action));
}

Error cannot_connect(const ServerConfig& config, const Error& reason) {
  return Error(Errc::postgres, fmt::format("Cannot connect to server '{}'\nDETAILS: {}", config.name, reason.what()),
               reason.hint());
}

void make_slot(ServerContext& server, bool if_not_exists) {
  const std::string& slot = *server.config().slot_name;
  server.notifier().info(
      fmt::format("Creating physical replication slot '{}' on server '{}'", slot, server.config().name));
  try {
    server.wal_streaming().create_physical_slot(slot);
  } catch (const SlotError& error) {
    if (error.why() == SlotError::Why::none_free) {
      throw Error(Errc::refused,
                  fmt::format("All replication slots for server '{}' are in use\nFree one or increase the "
                              "max_replication_slots value on your PostgreSQL server.",
                              server.config().name));
    }
    if (!if_not_exists) throw Error(Errc::refused, fmt::format("Replication slot '{}' already exists", slot));
    server.notifier().info(
        fmt::format("Replication slot '{}' already exists and --if-not-exists was specified. Skipping creation", slot));
    return;
  }
  server.notifier().info(fmt::format("Replication slot '{}' created", slot));
}

// The slot to read from, nobody else reading from it; nullopt: it may be created.
std::optional<postgres::Slot> find_slot(ServerContext& server) {
  const std::string& name = *server.config().slot_name;
  const auto slot = server.wal_postgres().slot(name);
  if (slot && slot->active) throw failure(fmt::format("replication slot '{}' is already in use", name));
  if (!slot && server.config().create_slot != CreateSlot::automatic) {
    throw failure(
        fmt::format("replication slot '{}' doesn't exist. Please execute 'barman receive-wal --create-slot {}'", name,
                    server.config().name));
  }
  return slot;
}

void prepare_slot(ServerContext& server) {
  if (!server.config().slot_name || find_slot(server)) return;
  server.notifier().info(fmt::format("Creating replication slot '{}'", *server.config().slot_name));
  make_slot(server, false);
}

exec::PgTool find_receiver(ServerContext& server) {
  const auto tool = exec::find_pg_receivewal(server.config().search_path());
  if (!tool)
    throw failure("pg_receivewal not present in $PATH", "install the PostgreSQL client programs, or set path_prefix");
  const int server_major = server.wal_streaming().version() / 10000;
  if (tool->major() < server_major) {
    throw failure("pg_receivewal version not compatible with PostgreSQL server version",
                  fmt::format("{} is version {}, the server is version {}", tool->path, tool->version, server_major));
  }
  return *tool;
}

// pg_receivewal refuses to start behind a partial file that is neither new nor whole.
void fix_partial_file(ServerContext& server) {
  const archive::WalQueue streaming(server.config(), archive::Origin::streaming);
  const std::vector<std::string> names = streaming.names();
  const auto newest = std::find_if(names.rbegin(), names.rend(), [](const std::string& name) {
    const auto parsed = parse_wal_name(name);
    return parsed && parsed->kind == WalKind::partial;
  });
  if (newest == names.rend()) return;
  const std::string path = streaming.location(*newest);
  const auto info = fs::stat_if_exists(path);
  const std::uint64_t wanted = server.wal_postgres().segment_size();
  if (!info || info->st_size == 0 || static_cast<std::uint64_t>(info->st_size) == wanted) return;
  server.notifier().info(fmt::format("Truncating partial file {} that has wrong size {} while {} was expected.", path,
                                     info->st_size, wanted));
  if (::truncate(path.c_str(), 0) != 0) throw_errno("truncate", path);
}

// pg_receivewal follows a promoted server by itself where it can. Where it cannot it would fail, and be started again,
// every minute, with words that name no way out.
void expect_right_course(ServerContext& server) {
  const archive::WalQueue streaming(server.config(), archive::Origin::streaming);
  const auto resume = resume_point(streaming.names(), server.wal_postgres().segment_size());
  const std::uint32_t timeline = server.wal_streaming().identify().timeline;
  if (!resume || resume->timeline == timeline) return;
  const Course course = course_of(server.wal_streaming(), resume, timeline);
  if (const auto problem = obstacle(course, *resume, timeline, server.config().name))
    throw failure(problem->text, problem->fix);
  server.notifier().info(
      fmt::format("The server was promoted: its timeline {} continues from timeline {} at {}. Following it "
                  "from {} on.",
                  timeline, resume->timeline, to_string(course.fork), to_string(resume->position)));
}

fs::LockFile lock_receiver(ServerContext& server, const std::string& when_busy) {
  auto lock = fs::LockFile::try_acquire(server.locks().receive_wal());
  if (!lock) throw Error(Errc::lock_busy, when_busy);
  return std::move(*lock);
}

// The password goes by the environment: everybody can see command lines.
exec::Command make_command(ServerContext& server, const std::string& program) {
  auto items = postgres::parse_conninfo(server.wal_streaming().conninfo());
  std::vector<std::pair<std::string, std::string>> environment;
  if (const auto password = items.find("password"); password != items.end()) {
    environment.emplace_back("PGPASSWORD", password->second);
    items.erase(password);
  }
  exec::Command command(receive_command(program, postgres::to_conninfo(items), server.config(),
                                        server.wal_postgres().synchronous_standby_names()),
                        exec::Limits::none());
  command.environment = std::move(environment);
  command.log_output = false;
  command.own_signals = true;
  command.on_output_line = [&server](std::string_view line) {
    if (signals::pending() == 0) server.notifier().info(fmt::format("{}: {}", server.config().name, line));
  };
  command.on_error_line = command.on_output_line;
  return command;
}

}  // namespace

std::vector<std::string> receive_command(const std::string& program, const std::string& conninfo,
                                         const ServerConfig& config,
                                         const std::vector<std::string>& synchronous_standby_names) {
  std::vector<std::string> argv = {
      program,         fmt::format("--dbname={} application_name={}", conninfo, config.streaming_archiver_name),
      "--verbose",     "--no-loop",
      "--no-password", "--directory=" + archive::WalQueue(config, archive::Origin::streaming).directory()};
  if (config.slot_name) argv.push_back(fmt::format("--slot={}", *config.slot_name));
  const bool synchronous = std::ranges::any_of(synchronous_standby_names, [&](const std::string& name) {
    return name == "*" || name == config.streaming_archiver_name;
  });
  if (synchronous) argv.emplace_back("--synchronous");
  return argv;
}

Course course_of(postgres::Streaming& streaming, const std::optional<ResumePoint>& resume, std::uint32_t timeline) {
  std::vector<HistoryEntry> history;
  if (resume && resume->timeline < timeline)
    history = parse_history(streaming.timeline_history(timeline), history_name(timeline));
  return plot_course(resume, timeline, history);
}

std::optional<std::string> newest_position(const std::vector<std::string>& names) {
  std::optional<std::string> newest;
  for (const std::string& name : names) {
    const auto parsed = parse_wal_name(name);
    if (!parsed || (parsed->kind != WalKind::segment && parsed->kind != WalKind::partial)) continue;
    if (!newest || name > *newest) newest = name;
  }
  return newest;
}

ResetPlan plan_reset(const std::optional<std::string>& newest, std::string_view restart_segment,
                     std::string_view current_segment) {
  ResetPlan plan;
  const std::string wanted = fmt::format("{}{}", restart_segment, partial_suffix);
  if (!newest || *newest == restart_segment || *newest == wanted) return plan;
  const bool partial = newest->ends_with(partial_suffix);
  const std::string_view segment =
      std::string_view(*newest).substr(0, partial ? newest->size() - partial_suffix.size() : newest->size());
  if (segment > current_segment) {
    plan.what = ResetPlan::What::ahead;
    return plan;
  }
  plan.what = ResetPlan::What::reset;
  if (partial) plan.remove = newest;
  plan.create = wanted;
  return plan;
}

void create_slot(ServerContext& server, bool if_not_exists) {
  if (!server.config().slot_name) throw no_slot_name("create");
  try {
    server.wal_streaming().identify();
  } catch (const Error& error) {
    if (error.code() != Errc::postgres) throw;
    throw cannot_connect(server.config(), error);
  }
  make_slot(server, if_not_exists);
}

void drop_slot(ServerContext& server) {
  if (!server.config().slot_name) throw no_slot_name("drop");
  const std::string& slot = *server.config().slot_name;
  try {
    server.wal_streaming().identify();
  } catch (const Error& error) {
    if (error.code() != Errc::postgres) throw;
    throw cannot_connect(server.config(), error);
  }
  server.notifier().info(
      fmt::format("Dropping physical replication slot '{}' on server '{}'", slot, server.config().name));
  try {
    server.wal_streaming().drop_slot(slot);
  } catch (const SlotError& error) {
    if (error.why() == SlotError::Why::in_use) {
      throw Error(Errc::refused, fmt::format("Cannot drop replication slot '{}' on server '{}' because it is in use.",
                                             slot, server.config().name));
    }
    throw Error(Errc::not_found, fmt::format("Replication slot '{}' does not exist", slot));
  }
  server.notifier().info(fmt::format("Replication slot '{}' dropped", slot));
}

void reset_receiver(ServerContext& server) {
  const ServerConfig& config = server.config();
  const fs::LockFile lock = lock_receiver(
      server,
      fmt::format("Unable to reset the status of receive-wal for server {}. Process is still running", config.name));
  const std::uint64_t size = server.wal_postgres().segment_size();
  const postgres::StreamingIdentity identity = server.wal_streaming().identify();
  const std::string current = to_string(segment_at(identity.position, identity.timeline, size));
  std::string restart = current;
  if (config.slot_name) {
    const auto slot = find_slot(server);
    const auto lsn = slot && slot->restart_lsn ? parse_lsn(*slot->restart_lsn) : std::nullopt;
    if (lsn) restart = to_string(segment_at(*lsn, identity.timeline, size));
  }
  const archive::WalQueue streaming(config, archive::Origin::streaming);
  const auto newest = newest_position(streaming.names());
  const ResetPlan plan = plan_reset(newest, restart, current);
  switch (plan.what) {
    case ResetPlan::What::aligned:
      server.notifier().info("Nothing to do. Position of receive-wal is aligned.");
      return;
    case ResetPlan::What::ahead:
      throw Error(
          Errc::refused,
          fmt::format("The receive-wal position is ahead of PostgreSQL current WAL lsn ({} > {})", *newest, current));
    case ResetPlan::What::reset:
      break;
  }
  server.notifier().info("Resetting receive-wal directory status");
  const std::string created = streaming.location(plan.create);
  const std::string removed = plan.remove ? streaming.location(*plan.remove) : std::string();
  if (plan.remove) server.notifier().info(fmt::format("Removing status file {}", removed));
  server.notifier().info(fmt::format("Creating status file {}", created));
  fs::replace_file(created, "");  // first: without any status file the receiver would skip to the current segment
  if (plan.remove) fs::remove_file(removed);
}

ReceiveOutcome receive_wal(ServerContext& server) {
  const ServerConfig& config = server.config();
  server.notifier().info(fmt::format("Starting receive-wal for server {}", config.name));
  const fs::LockFile lock =
      lock_receiver(server, fmt::format("Another receive-wal process is already running for server {}.", config.name));
  fs::make_directories(archive::WalQueue(config, archive::Origin::streaming).directory());
  const exec::PgTool tool = find_receiver(server);
  expect_right_course(server);
  prepare_slot(server);
  fix_partial_file(server);
  const exec::Command command = make_command(server, tool.path);
  server.wal_postgres().close();
  server.wal_streaming().close();
  const exec::Outcome outcome = server.local().run(command);
  if (const int signal = signals::pending(); signal != 0) return {signal};
  if (outcome.status > signal_base) {
    throw failure(fmt::format("pg_receivewal terminated by signal: {}", outcome.status - signal_base));
  }
  if (outcome.status != 0) {
    throw failure(fmt::format("pg_receivewal terminated with error code: {}", outcome.status));
  }
  return {};
}

std::optional<ResumePoint> resume_point(const std::vector<std::string>& names, std::uint64_t segment_size) {
  std::optional<WalName> highest;
  const auto rank = [](const WalName& name) {
    return std::tuple(name.segment.log, name.segment.seg, name.segment.timeline, name.kind == WalKind::segment);
  };
  for (const std::string& name : names) {
    const auto parsed = parse_wal_name(name);
    if (!parsed || (parsed->kind != WalKind::segment && parsed->kind != WalKind::partial)) continue;
    if (!highest || rank(*parsed) > rank(*highest)) highest = parsed;
  }
  if (!highest) return std::nullopt;
  const Segment from = highest->kind == WalKind::partial ? highest->segment : next(highest->segment, segment_size);
  return ResumePoint{from.timeline, start_of(from, segment_size)};
}

Course plot_course(const std::optional<ResumePoint>& resume, std::uint32_t server_timeline,
                   const std::vector<HistoryEntry>& history) {
  using What = Course::What;
  if (!resume || resume->timeline == server_timeline) return {};
  if (resume->timeline > server_timeline) return {What::behind, {}};
  const auto left = std::ranges::find(history, resume->timeline, &HistoryEntry::parent);
  if (left == history.end()) return {What::stranger, {}};
  return {resume->position <= left->switchpoint ? What::follow : What::beyond, left->switchpoint};
}

std::optional<Obstacle> obstacle(const Course& course, const ResumePoint& resume, std::uint32_t server_timeline,
                                 const std::string& server) {
  const std::string reset = fmt::format("barman receive-wal --reset {}", exec::shell_quote(server));
  switch (course.what) {
    case Course::What::straight:
    case Course::What::follow:
      break;
    case Course::What::beyond:
      return Obstacle{
          fmt::format("WAL was received up to {} on timeline {}, which the server left at {} for timeline {}: "
                      "it was promoted, or restored, before it had the rest",
                      to_string(resume.position), resume.timeline, to_string(course.fork), server_timeline),
          fmt::format("{}, and take a new backup", reset)};
    case Course::What::stranger:
      return Obstacle{
          fmt::format("WAL was received of timeline {}, which is not in the past of timeline {} on which the "
                      "server is",
                      resume.timeline, server_timeline),
          fmt::format("{}, and take a new backup", reset)};
    case Course::What::behind:
      return Obstacle{fmt::format("WAL was received of timeline {}, but the server is on timeline {} still: it is not "
                                  "the one that was promoted",
                                  resume.timeline, server_timeline),
                      "let conninfo and streaming_conninfo lead to the server that was promoted"};
  }
  return std::nullopt;
}

}  // namespace barman::archiver
