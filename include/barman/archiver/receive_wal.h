#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "barman/config/server_config.h"
#include "barman/postgres/server.h"
#include "barman/server/server_context.h"
#include "barman/wal/segment.h"
#include "barman/wal/text_files.h"

// Whether resuming keeps the receiver on the timeline of its server, which may have been promoted,
// restored or exchanged meanwhile. Pure but for the notifier's part in receive_wal.
namespace barman::archiver {

// Where pg_receivewal resumes from what it finds in streaming/: at the start of the highest segment that is partial, or
// behind the highest that is complete (FindStreamingStart in PostgreSQL's pg_receivewal.c: the segment number counts
// first, then the timeline). std::nullopt: it finds nothing and starts at the slot, or where the server is.
struct ResumePoint {
  std::uint32_t timeline = 0;
  Lsn position;
  friend bool operator==(const ResumePoint&, const ResumePoint&) = default;
};
std::optional<ResumePoint> resume_point(const std::vector<std::string>& names, std::uint64_t segment_size);

struct Course {
  enum class What {
    straight,  // the server is on the timeline that was received, or nothing was
    follow,    // its timeline left the received one at or after the resume point: nothing is missing, nothing is lost
    beyond,    // ... before it: what was received behind `fork` is not in the server's past
    stranger,  // the received timeline is not in the server's past at all
    behind,    // the received timeline is newer than the server's: it is not the one that was promoted
  } what = What::straight;
  Lsn fork;  // where the server's past left the received timeline
};
// `history`: of the server's timeline; empty for timeline 1.
Course plot_course(const std::optional<ResumePoint>& resume, std::uint32_t server_timeline,
                   const std::vector<HistoryEntry>& history);

// What is wrong, for people; empty where the receiver may continue. `fix`: a command that fixes it.
struct Obstacle {
  std::string text, fix;
};
std::optional<Obstacle> obstacle(const Course& course, const ResumePoint& resume, std::uint32_t server_timeline,
                                 const std::string& server);

// Receiving WAL by streaming: pg_receivewal run in the foreground, the slot it reads from, and the status file by which
// it finds its position (algorithms.md section 8).

// What follows is said through the notifier; failures are Errors with the texts of commands.md 3.6.
void create_slot(ServerContext& server, bool if_not_exists);
void drop_slot(ServerContext& server);

// Makes pg_receivewal start from the slot's (or the server's current) segment. Needs the receive-wal lock.
void reset_receiver(ServerContext& server);

// Receives under .{S}-receive-wal.lock until pg_receivewal ends. SIGINT and SIGTERM are passed on to it; `ended_by` is
// the signal that came, or 0 if it ended by itself and well. Everything else is an Error.
struct ReceiveOutcome {
  int ended_by = 0;
};
ReceiveOutcome receive_wal(ServerContext& server);

// plot_course() with the history that the server reports.
Course course_of(postgres::Streaming& streaming, const std::optional<ResumePoint>& resume, std::uint32_t timeline);

// --- The decisions, pure
// -----------------------------------------------------------------------------------------------

std::vector<std::string> receive_command(const std::string& program, const std::string& conninfo,
                                         const config::ServerConfig& config,
                                         const std::vector<std::string>& synchronous_standby_names);

// Newest name in streaming/ that implies a position: segments and partial ones, in reverse name order.
std::optional<std::string> newest_position(const std::vector<std::string>& names);

struct ResetPlan {
  enum class What { aligned, ahead, reset } what = What::aligned;
  std::optional<std::string> remove;  // a partial file
  std::string create;                 // the new status file
};
ResetPlan plan_reset(const std::optional<std::string>& newest, std::string_view restart_segment,
                     std::string_view current_segment);

}  // namespace barman::archiver
