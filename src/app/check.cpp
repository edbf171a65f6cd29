#include "barman/app/check.h"

#include <fmt/core.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>

#include "barman/app/pending_wal.h"
#include "barman/app/status.h"
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
  if (streams_from_elsewhere(config)) {
    target.wal_postgres = &server.wal_postgres();
    target.wal_streaming = &server.wal_streaming();
  }
  return target;
}

// Checks servers on several threads, each taking the next one: a server that keeps its thread waiting for an answer
// keeps no other server waiting. Results are asked for in order.
class Checkers {
 public:
  using Check = std::function<report::CheckReport(std::size_t)>;
  Checkers(std::size_t count, std::size_t threads, Check check) : check_(std::move(check)), results_(count) {
    for (std::size_t i = 0; i < threads && i < count; ++i) threads_.emplace_back([this] { work(); });
  }
  Checkers(const Checkers&) = delete;
  Checkers& operator=(const Checkers&) = delete;
  ~Checkers() {
    next_ = results_.size();
    for (std::thread& thread : threads_) thread.join();
  }

  report::CheckReport result(std::size_t index) {
    std::unique_lock lock(mutex_);
    ready_.wait(lock, [&] { return results_[index].done; });
    if (results_[index].failure) std::rethrow_exception(results_[index].failure);
    return std::move(results_[index].report);
  }

 private:
  struct Result {
    bool done = false;
    report::CheckReport report;
    std::exception_ptr failure;
  };

  void work() {
    for (std::size_t i = next_++; i < results_.size(); i = next_++) {
      Result result;
      try {
        result.report = check_(i);
      } catch (...) {
        result.failure = std::current_exception();
      }
      result.done = true;
      const std::lock_guard lock(mutex_);
      results_[i] = std::move(result);
      ready_.notify_one();
    }
  }

  const Check check_;
  std::atomic<std::size_t> next_ = 0;
  std::mutex mutex_;
  std::condition_variable ready_;
  std::vector<Result> results_;
  std::vector<std::thread> threads_;
};

}  // namespace

report::CheckReport check_server(const config::GlobalConfig& global, const config::ServerConfig& config,
                                 const check::Options& options) {
  SilentNotifier silent;
  Server server(global, config, silent);
  check::Target target = target_of(server);
  return check::run(target, options);
}

report::Explanation explain_server(const config::GlobalConfig& global, const config::ServerConfig& config,
                                   const check::Options& options) {
  SilentNotifier silent;
  Server server(global, config, silent);
  check::Target target = target_of(server);
  return check::explain(target, options);
}

check::StallSearch stalls_of_server(const config::GlobalConfig& global, const config::ServerConfig& config,
                                    std::chrono::seconds patience) {
  SilentNotifier silent;
  Server server(global, config, silent);
  check::Target target = target_of(server);
  const postgres::Deadline deadline = std::chrono::steady_clock::now() + patience;
  for (postgres::Server* connection : {target.postgres, target.wal_postgres})
    if (connection != nullptr) connection->set_deadline(deadline);
  for (postgres::Streaming* connection : {target.streaming, target.wal_streaming})
    if (connection != nullptr) connection->set_deadline(deadline);
  return check::find_stalls(target);
}

void check_servers(const config::GlobalConfig& global, const std::vector<const config::ServerConfig*>& servers,
                   const check::Options& options, const std::function<void(const report::CheckReport&)>& tell,
                   int parallel) {
  Checkers checkers(servers.size(), static_cast<std::size_t>(parallel),
                    [&](std::size_t index) { return check_server(global, *servers[index], options); });
  for (std::size_t i = 0; i < servers.size(); ++i) tell(checkers.result(i));
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
