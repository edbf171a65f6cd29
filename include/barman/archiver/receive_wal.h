#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "barman/archiver/follow_timeline.h"
#include "barman/config/server_config.h"
#include "barman/exec/command.h"
#include "barman/fs/lock_file.h"
#include "barman/postgres/server.h"
#include "barman/report/notifier.h"

// Receiving WAL by streaming: pg_receivewal run in the foreground, the slot it reads from, and the status file by which
// it finds its position (algorithms.md section 8).
namespace barman::archiver {

struct Receiving {
  const config::ServerConfig& config;
  const fs::LockDirectory& locks;
  postgres::Server& postgres;      // with wal_conninfo applied
  postgres::Streaming& streaming;  // with wal_streaming_conninfo applied
  exec::Runner& local;
  Notifier& notifier;
};

// What follows is said through the notifier; failures are Errors with the texts of commands.md 3.6.
void create_slot(const Receiving& with, bool if_not_exists);
void drop_slot(const Receiving& with);

// Makes pg_receivewal start from the slot's (or the server's current) segment. Needs the receive-wal lock.
void reset_receiver(const Receiving& with);

// Receives under .{S}-receive-wal.lock until pg_receivewal ends. SIGINT and SIGTERM are passed on to it; `ended_by` is
// the signal that came, or 0 if it ended by itself and well. Everything else is an Error.
struct ReceiveOutcome {
  int ended_by = 0;
};
ReceiveOutcome receive_wal(const Receiving& with);

// plot_course() with the history that the server tells.
Course course_of(postgres::Streaming& streaming, const std::optional<ResumePoint>& resume, std::uint32_t timeline);

// --- The decisions, pure
// -----------------------------------------------------------------------------------------------

std::vector<std::string> receive_command(const std::string& program, const std::string& conninfo,
                                         const config::ServerConfig& config,
                                         const std::vector<std::string>& synchronous_standby_names);

// Newest name in streaming/ that tells a position: segments and partial ones, in reverse name order.
std::optional<std::string> newest_position(const std::vector<std::string>& names);

struct ResetPlan {
  enum class What { aligned, ahead, reset } what = What::aligned;
  std::optional<std::string> remove;  // a partial file
  std::string create;                 // the new status file
};
ResetPlan plan_reset(const std::optional<std::string>& newest, std::string_view restart_segment,
                     std::string_view current_segment);

}  // namespace barman::archiver
