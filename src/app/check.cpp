#include "barman/app/check.h"

#include <fmt/core.h>

#include <algorithm>
#include <deque>
#include <future>

#include "barman/app/pending_wal.h"
#include "barman/archiver/switch_wal.h"
#include "barman/core/error.h"
#include "barman/core/signals.h"
#include "barman/postgres/conninfo.h"

namespace barman::app {
namespace {

// A configuration that is wrong about its connection has been told so; to the checks there is none.
bool usable(const config::Text& conninfo) {
  if (!conninfo) return false;
  try {
    postgres::parse_conninfo(*conninfo);
    return true;
  } catch (const Error&) {
    return false;
  }
}

bool streams(const config::ServerConfig& config) {
  const config::Text& conninfo = config.streaming_conninfo ? config.streaming_conninfo : config.conninfo;
  return (config.backup_method == config::BackupMethod::postgres || config.streaming_archiver) && usable(conninfo);
}

void switch_and_archive(Server& server, std::chrono::milliseconds timeout) {
  const archiver::SwitchTarget target{server.config().name, server.postgres(), server.primary_postgres()};
  const auto closed = archiver::switch_wal(target, false, server.notifier());
  wait_for_wal(server, closed, std::chrono::ceil<std::chrono::seconds>(timeout));
}

check::Target target_of(Server& server) {
  const config::ServerConfig& config = server.config();
  check::Target target{.global = server.global(),
                       .config = config,
                       .locks = server.locks(),
                       .backups = server.backups(),
                       .local = server.local(),
                       .postgres_host = server.postgres_host(),
                       .xlogdb = [&server]() -> catalog::XlogDb& { return server.xlogdb(); },
                       .archive_wal = [&server] { archive_pending_wal(server); },
                       .switch_and_archive_wal = {}};
  if (!config.active || config.passive() || !usable(config.conninfo)) return target;
  target.postgres = &server.postgres();
  target.primary = server.primary_postgres();
  target.switch_and_archive_wal = [&server](std::chrono::milliseconds timeout) { switch_and_archive(server, timeout); };
  if (streams(config)) target.streaming = &server.streaming();
  if (server.has_wal_overrides()) {
    target.wal_postgres = &server.wal_postgres();
    target.wal_streaming = &server.wal_streaming();
  }
  return target;
}

// Ends what others are doing when this one has thrown.
template <typename Results>
void wait_for_all(Results& results) {
  for (auto& result : results) {
    if (result.valid()) result.wait();
  }
}

}  // namespace

report::CheckReport check_server(const config::GlobalConfig& global, const config::ServerConfig& config,
                                 const check::Options& options) {
  SilentNotifier silent;
  Server server(global, config, silent);
  check::Target target = target_of(server);
  return check::run(target, options);
}

void check_servers(const config::GlobalConfig& global, const std::vector<const config::ServerConfig*>& servers,
                   const check::Options& options, const std::function<void(const report::CheckReport&)>& tell,
                   int parallel) {
  std::deque<std::future<report::CheckReport>> running;
  auto next = servers.begin();
  const auto start_more = [&] {
    for (; next != servers.end() && running.size() < static_cast<std::size_t>(parallel); ++next) {
      const config::ServerConfig& config = **next;
      running.push_back(std::async(std::launch::async,
                                   [&global, &config, &options] { return check_server(global, config, options); }));
    }
  };
  try {
    for (start_more(); !running.empty(); start_more()) {
      const report::CheckReport report = running.front().get();
      running.pop_front();
      tell(report);
    }
  } catch (...) {
    wait_for_all(running);
    throw;
  }
}

void require_ready_for_backup(Server& server, const check::Options& options) {
  const report::CheckReport report = check_server(server.global(), server.config(), options);
  if (std::ranges::none_of(report.lines, check::blocks_backup)) return;
  if (!report.configuration_errors.empty()) throw Error(Errc::refused, report.configuration_errors.front());
  throw Error(Errc::refused,
              fmt::format("Impossible to start the backup. Check the log for more details, or run 'barman check {}'",
                          report.server));
}

bool ready_for_streaming(Server& server) {
  SilentNotifier silent;
  Server own(server.global(), server.config(), silent);
  check::Target target = target_of(own);
  if (target.wal_postgres != nullptr) target.postgres = target.wal_postgres;
  if (target.wal_streaming != nullptr) target.streaming = target.wal_streaming;
  return check::run_before_streaming(target).passed();
}

}  // namespace barman::app
