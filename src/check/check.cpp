#include "barman/check/check.h"

#include <fmt/core.h>

#include <algorithm>

#include "barman/core/error.h"
#include "barman/core/log.h"
#include "checks.h"
#include "explain.h"
#include "inspection.h"

namespace barman::check {
namespace {

constexpr const char* logger = "barman.server";

// One look, and the check under whose name a failure that nobody foresaw is reported.
struct Look {
  CheckId id;
  Lines (*inspect)(Inspection&);
};

// Before receive-wal is started.
constexpr Look before_streaming[] = {
    {CheckId::no_monitoring_privileges, check_monitoring_privileges},
    {CheckId::streaming, check_streaming_connection},
    {CheckId::wal_level, check_wal_level},
    {CheckId::system_identifier, check_system_identifier},
};

Lines inspect(const Look& look, Inspection& inspection) {
  try {
    return look.inspect(inspection);
  } catch (const Error& error) {
    if (error.code() == Errc::timeout) throw;
    log::error(logger, "{}", error.what());
    return {failed(look.id, first_line(error.what()))};
  } catch (const Interrupted&) {
    throw;
  } catch (const std::exception& error) {
    log::error(logger, "Check '{}' of server '{}': {}", check_of(look.id).name, inspection.config().name, error.what());
    return {failed(look.id, first_line(error.what()))};
  }
}

// Performance data is left out where the check of the same thing could not read it either.
std::optional<std::int64_t> measure(std::int64_t (*size)(Inspection&), Inspection& inspection) {
  try {
    return size(inspection);
  } catch (const Error& error) {
    if (error.code() == Errc::timeout) throw;
    return std::nullopt;
  }
}

void add_lines(const Look& look, Inspection& inspection, report::CheckReport& report) {
  inspection.time_left();
  for (report::CheckLine& line : inspect(look, inspection)) {
    if (!line.passed) log::error(logger, "Check '{}' failed for server '{}'", line.name, report.server);
    report.lines.push_back(std::move(line));
  }
}

template <typename Looks>
void within_time(report::CheckReport& report, Looks looks) {
  try {
    looks();
  } catch (const Error& error) {
    if (error.code() != Errc::timeout) throw;
    log::error(logger, "Check 'check timeout' failed for server '{}': {}", report.server, error.what());
    report.lines.push_back(failed(CheckId::timeout, "barman check command timed out"));
  }
}

Deadline deadline_of(const Target& target, const Options& options) {
  const std::chrono::seconds limit =
      options.timeout.value_or(std::chrono::seconds(target.server.config().check_timeout));
  if (limit.count() <= 0) return std::nullopt;
  return std::chrono::steady_clock::now() + limit;
}

report::CheckReport empty_report(const config::ServerConfig& config) {
  report::CheckReport report;
  report.server = config.name;
  report.active = config.active;
  report.disabled = config.disabled();
  report.configuration_errors = config.fault_texts();
  return report;
}

report::CheckReport run_all(Inspection& inspection) {
  report::CheckReport report = empty_report(inspection.config());
  within_time(report, [&] {
    for (const Check& check : all_checks()) {
      if (check.inspect != nullptr) add_lines({check.id, check.inspect}, inspection, report);
      if (check.measure != nullptr) report.*check.performance = measure(check.measure, inspection);
    }
  });
  if (!report.disabled &&
      std::ranges::find(report.lines, CheckId::configuration, &report::CheckLine::id) != report.lines.end()) {
    report.disabled = true;
    report.configuration_errors.push_back(inspection.late_configuration_problem().value_or(""));
  }
  return report;
}

}  // namespace

report::CheckReport run(Target& target, const Options& options) {
  Inspection inspection(target, deadline_of(target, options));
  return run_all(inspection);
}

report::Explanation explain(Target& target, const Options& options) {
  Inspection inspection(target, deadline_of(target, options));
  const report::CheckReport report = run_all(inspection);
  ConnectionErrors errors;
  std::vector<report::Stall> stalls;
  try {
    if (inspection.live() && !inspection.postgres().ok) errors[CheckId::postgres] = inspection.postgres().words;
    if (inspection.live() && !inspection.streaming().ok) errors[CheckId::streaming] = inspection.streaming().words;
    stalls = find_stalls(target).found;
  } catch (const Error& error) {
    if (error.code() != Errc::timeout) throw;  // the report says so
  }
  return explain(target.server.config(), report, errors, stalls);
}

report::CheckReport run_before_streaming(Target& target) {
  report::CheckReport report = empty_report(target.server.config());
  Inspection inspection(target, deadline_of(target, {}));
  within_time(report, [&] {
    for (const Look& look : before_streaming) add_lines(look, inspection, report);
  });
  return report;
}

bool blocks_backup(const report::CheckLine& line) { return !line.passed && check_of(line.id).blocks_backup; }

}  // namespace barman::check
