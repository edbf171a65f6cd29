#pragma once
#include <chrono>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "barman/postgres/server.h"
#include "barman/report/check.h"
#include "barman/server/server_context.h"

// Whether a server is configured, reachable and healthy (algorithms.md section 10). A list of small checks, each of
// which looks at one thing and leaves no line, one or several. None of them throws: what goes wrong is what they
// report.
namespace barman::check {

// What the checks look at. Connections are opened by the checks that need them; a null one does not apply to this
// server.
struct Target {
  ServerContext& server;
  postgres::Server* postgres = nullptr;      // conninfo; active, not passive
  postgres::Streaming* streaming = nullptr;  // method postgres, or streaming_archiver
  postgres::Server* wal_postgres = nullptr;  // with wal_conninfo or wal_streaming_conninfo
  postgres::Streaming* wal_streaming = nullptr;
  postgres::Server* primary = nullptr;  // primary_conninfo
  // Last resorts of the check "WAL archive", both silent: move what has arrived into the archive; close the current
  // segment and wait for it.
  std::function<void()> archive_wal{};
  std::function<void(std::chrono::milliseconds timeout)> switch_and_archive_wal{};
};

struct Options {
  std::optional<std::chrono::seconds> timeout;  // 0: none; unset: check_timeout
};

// Runs every check in order. When the time is over the line "check timeout" is added and the remaining ones are left
// out; what is being waited for (a connection, a query, ssh) is given up at that moment. SIGINT throws
// Interrupted.
report::CheckReport run(Target& target, const Options& options = {});

// `check --explain`: the same checks, and stalls, from cause to consequence.
report::Explanation explain(Target& target, const Options& options = {});

// Problems that will fill a disk or stop WAL archiving: a replication slot that holds back WAL, WAL that nobody
// archives, a failing archive_command, a
// receiver that cannot follow its server, a disk that is nearly full. The connections' deadlines are the caller's.
struct StallSearch {
  std::vector<report::Stall> found;
  bool complete = true;  // false: not everything could be looked at
};
StallSearch find_stalls(Target& target);

inline constexpr const char* stalled_receiver = "receive-wal";  // the kind of a receiver that had better not be started

// The four checks that must hold before receive-wal starts: monitoring privileges, streaming, wal_level, system
// identifier.
report::CheckReport run_before_streaming(Target& target);

// Whether this line stops a backup. Those about the past of the catalogue and about waiting WAL do not.
bool blocks_backup(const report::CheckLine& line);

std::string name_of(report::CheckId id);
report::CheckLine failed(report::CheckId id, std::string hint = {});

}  // namespace barman::check
