#include "barman/app/check.h"

#include <fmt/core.h>

#include <algorithm>

#include "barman/app/status.h"
#include "barman/app/wal.h"
#include "barman/archive/wal_archive.h"
#include "barman/archiver/switch_wal.h"
#include "barman/catalog/backup_catalog.h"
#include "barman/catalog/xlogdb.h"
#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/core/parallel.h"
#include "barman/core/signals.h"
#include "barman/exec/local_runner.h"
#include "barman/fs/host.h"
#include "barman/fs/lock_file.h"
#include "barman/postgres/conninfo.h"
#include "barman/postgres/server.h"
#include "stall_watch.h"

namespace barman::app {
namespace {

// An invalid connection has been reported with the configuration; the checks have none.
bool usable(const config::Text& conninfo) {
  if (!conninfo) return false;
  try {
    postgres::parse_conninfo(*conninfo);
    return true;
  } catch (const Error&) {
    return false;
  }
}

void switch_and_archive(ServerContext& server, std::chrono::milliseconds timeout) {
  const auto closed = archiver::switch_wal(server, /*force=*/false);
  wait_for_wal(server, closed, std::chrono::ceil<std::chrono::seconds>(timeout));
}

check::Target target_of(ServerContext& server) {
  const config::ServerConfig& config = server.config();
  check::Target target{.server = server, .archive_wal = [&server] { archive_pending_wal(server); }};
  if (!config.live() || !usable(config.conninfo)) return target;
  target.postgres = &server.postgres();
  target.primary = server.primary_postgres();
  target.switch_and_archive_wal = [&server](std::chrono::milliseconds timeout) { switch_and_archive(server, timeout); };
  if (config.streams() && usable(config.conninfo_for_streaming())) target.streaming = &server.streaming();
  if (config.wal_from_elsewhere()) {
    target.wal_postgres = &server.wal_postgres();
    target.wal_streaming = &server.wal_streaming();
  }
  return target;
}

report::Explanation explain_server(const config::GlobalConfig& global, const config::ServerConfig& config,
                                   CheckTimeout timeout) {
  SilentNotifier silent;
  ServerContext server(global, config, silent);
  check::Target target = target_of(server);
  return check::explain(target, {.timeout = timeout});
}

// With collaborators of its own, so that nothing is said on the way.
report::CheckReport check_silently(const config::GlobalConfig& global, const config::ServerConfig& config,
                                   const postgres::Connect& connect, CheckTimeout timeout) {
  SilentNotifier silent;
  ServerContext server(global, config, silent, connect);
  check::Target target = target_of(server);
  return check::run(target, {.timeout = timeout});
}

report::CheckReport failed_check(const config::ServerConfig& config, const std::string& why) {
  report::CheckReport report;
  report.server = config.name;
  report.active = config.active;
  report.disabled = config.disabled();
  report.lines = {check::failed(report::CheckId::whole, why.substr(0, why.find('\n')))};
  report.configuration_errors = config.fault_texts();
  return report;
}

// A server that cannot be checked has failed its check; it does not keep the others from being checked.
template <typename Work, typename Otherwise>
auto guarded(Work work, Otherwise otherwise) {
  try {
    return work();
  } catch (const Error& error) {
    log::error("barman.server", "{}", error.what());
    return otherwise(error.what());
  } catch (const Interrupted&) {
    throw;
  } catch (const std::exception& error) {
    log::error("barman.server", "internal error: {}", error.what());
    return otherwise(error.what());
  }
}

// Each server's result on a thread of its own, so that one that waits for an answer holds up no other; shown in the
// order of the servers.
template <typename Result>
void for_each_server(const std::vector<const config::ServerConfig*>& servers, std::size_t parallel,
                     const std::function<Result(const config::ServerConfig&)>& make,
                     const std::function<void(const Result&)>& show) {
  OrderedResults<Result> results(servers.size(), parallel, servers.size(),
                                 [&](std::size_t index) { return make(*servers[index]); });
  while (const std::optional<Result> result = results.next()) show(*result);
}

}  // namespace

report::CheckReport check_server(const config::GlobalConfig& global, const config::ServerConfig& config,
                                 CheckTimeout timeout) {
  return check_silently(global, config, postgres::connect_as_barman, timeout);
}

check::StallSearch stalls_of_server(const config::GlobalConfig& global, const config::ServerConfig& config,
                                    std::chrono::seconds patience) {
  SilentNotifier silent;
  ServerContext server(global, config, silent);
  check::Target target = target_of(server);
  const Deadline deadline = std::chrono::steady_clock::now() + patience;
  server.set_deadline(deadline);
  for (postgres::Server* connection : {target.postgres, target.wal_postgres})
    if (connection != nullptr) connection->set_deadline(deadline);
  for (postgres::Streaming* connection : {target.streaming, target.wal_streaming})
    if (connection != nullptr) connection->set_deadline(deadline);
  return check::find_stalls(target);
}

void check_servers(const config::GlobalConfig& global, const std::vector<const config::ServerConfig*>& servers,
                   CheckTimeout timeout, const std::function<void(const report::CheckReport&)>& show,
                   std::size_t parallel) {
  for_each_server<report::CheckReport>(
      servers, parallel,
      [&](const config::ServerConfig& config) {
        return guarded([&] { return check_server(global, config, timeout); },
                       [&](const std::string& why) { return failed_check(config, why); });
      },
      show);
}

void explain_servers(const config::GlobalConfig& global, const std::vector<const config::ServerConfig*>& servers,
                     CheckTimeout timeout, const std::function<void(const report::Explanation&)>& show,
                     std::size_t parallel) {
  for_each_server<report::Explanation>(
      servers, parallel,
      [&](const config::ServerConfig& config) {
        return guarded(
            [&] { return explain_server(global, config, timeout); },
            [&](const std::string& why) {
              return report::Explanation{config.name, {{check::name_of(report::CheckId::whole), why, {}, {}}}};
            });
      },
      show);
}

void require_ready_for_backup(ServerContext& server, CheckTimeout timeout) {
  const report::CheckReport report = check_silently(server.global(), server.config(), server.connect(), timeout);
  if (std::ranges::none_of(report.lines, check::blocks_backup)) return;
  if (!report.configuration_errors.empty()) throw Error(Errc::refused, report.configuration_errors.front());
  throw Error(Errc::refused,
              fmt::format("Impossible to start the backup. Check the log for more details, or run 'barman check {}'",
                          report.server));
}

bool ready_for_streaming(ServerContext& server) {
  SilentNotifier silent;
  ServerContext own(server.global(), server.config(), silent, server.connect());
  check::Target target = target_of(own);
  if (target.wal_postgres != nullptr) target.postgres = target.wal_postgres;
  if (target.wal_streaming != nullptr) target.streaming = target.wal_streaming;
  return check::run_before_streaming(target).passed();
}

}  // namespace barman::app
