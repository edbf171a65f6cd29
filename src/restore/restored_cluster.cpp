#include "restored_cluster.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>

#include "barman/archive/wal_archive.h"
#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/core/numbers.h"
#include "barman/core/text.h"
#include "barman/exec/pg_tools.h"
#include "recovery_configuration.h"
#include "settings.h"

namespace barman::restore {

namespace {

constexpr std::string_view logger = "barman.restore";
constexpr std::int64_t default_port = 5432;

// $1 data directory. A host without /proc says nothing of its ports.
constexpr const char* survey_script = R"sh(
stat -c 'owner %a %U' -- "$1"
cat /proc/net/tcp /proc/net/tcp6 2>/dev/null
exit 0
)sh";

template <typename Number>
std::optional<Number> parse_in(std::string_view text, int base) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// Of a row of /proc/net/tcp: number, local address:port, remote one, state. 0A is LISTEN.
std::optional<std::int64_t> listening_port(const std::vector<std::string>& words) {
  if (words.size() < 4 || words[3] != "0A") return std::nullopt;
  const std::size_t colon = words[1].rfind(':');
  if (colon == std::string::npos) return std::nullopt;
  return parse_in<std::int64_t>(std::string_view(words[1]).substr(colon + 1), 16);
}

template <typename Ask>
void ask(std::string_view what, Ask&& question) {
  try {
    question();
  } catch (const Error& error) {
    log::warning(logger, "next steps without {}: {}", what, error.what());
  }
}

void look_at_host(RestoredCluster& cluster, fs::Host& host) {
  exec::Command command({"sh", "-c", survey_script, "sh", cluster.destination}, exec::Limits::within(host.patience()));
  command.log_output = false;
  const HostSurvey survey = parse_survey(exec::run_checked(host.runner(), command, "cannot ask the target host").out);
  cluster.owner = survey.owner;
  cluster.mode = survey.mode;
  cluster.port_in_use = cluster.port && survey.ports.contains(*cluster.port);
}

// `recovery_file`: where the recovery settings went.
void look_at_configuration(RestoredCluster& cluster, const std::string& recovery_file, fs::Host& host) {
  const auto main = host.read_file_if_exists(cluster.destination + "/postgresql.conf");
  if (!main) return;
  std::string text = *main + '\n';
  text += host.read_file_if_exists(cluster.destination + "/postgresql.auto.conf").value_or("") + '\n';
  if (recovery_file != "postgresql.conf" && recovery_file != "postgresql.auto.conf")
    text += host.read_file_if_exists(fmt::format("{}/{}", cluster.destination, recovery_file)).value_or("");
  const auto port = setting_in(text, "port");
  cluster.port = port ? parse_decimal(*port) : default_port;
  const std::string hot_standby = to_lower(setting_in(text, "hot_standby").value_or("on"));
  cluster.hot_standby = hot_standby != "off" && hot_standby != "false" && hot_standby != "no" && hot_standby != "0";
  if (auto command = setting_in(text, "restore_command")) cluster.restore_command = std::move(command);
}

void look_for_pg_ctl(RestoredCluster& cluster, int major, fs::Host& host) {
  const auto tools = exec::list_pg_tools(host.runner(), "pg_ctl", host.patience());
  const auto fit = std::ranges::find(tools, major, &exec::PgTool::major);
  if (fit != tools.end()) cluster.pg_ctl = fit->path;
}

// PostgreSQL takes the number behind the last of those that follow the one it recovers along.
std::uint32_t next_timeline(const catalog::BackupInfo& backup, const RecoveryTarget& target,
                            const archive::WalArchive& archive) {
  auto newest = target.timeline_id.value_or(static_cast<std::uint32_t>(backup.timeline.value_or(1)));
  while (archive.holds(history_name(newest + 1))) ++newest;
  return newest + 1;
}

}  // namespace

HostSurvey parse_survey(std::string_view answer) {
  HostSurvey survey;
  for (const std::string& line : split_lines(answer)) {
    const std::vector<std::string> words = split_whitespace(line);
    if (words.size() == 3 && words[0] == "owner") {
      survey.mode = parse_in<std::uint32_t>(words[1], 8);
      survey.owner = words[2];
    } else if (const auto port = listening_port(words)) {
      survey.ports.insert(*port);
    }
  }
  return survey;
}

RestoredCluster look_at_restored(const RestoreRequest& request, const catalog::BackupInfo& backup,
                                 const RecoveryTarget& target, const Forecast& expected,
                                 const std::vector<PlacedTablespace>& tablespaces, const report::RestoreReport& report,
                                 const RestoreRun& run) {
  RestoredCluster cluster;
  cluster.server = run.server.config().name;
  cluster.version = backup.version.value_or(0);
  cluster.destination = request.destination;
  for (const PlacedTablespace& tablespace : tablespaces) cluster.tablespaces.push_back(tablespace.location);
  cluster.remote = run.target_host.is_remote();
  cluster.target = target;
  cluster.wants_recovery = wants_recovery(request, target);
  if (expected.judgement && expected.judgement->stop) cluster.last = describe_last(*expected.judgement->stop);
  cluster.standby = request.standby_mode;
  cluster.changes = report.changes;
  cluster.warnings = report.warnings;
  cluster.missing_files = report.missing_files;
  cluster.kept_files = report.kept_files;
  ask("the configuration", [&] { look_at_configuration(cluster, report.recovery_file, run.target_host); });
  if (!request.get_wal) cluster.restore_command.reset();
  ask("owner and ports", [&] { look_at_host(cluster, run.target_host); });
  ask("pg_ctl", [&] { look_for_pg_ctl(cluster, backup.major_version(), run.target_host); });
  if (cluster.wants_recovery)
    ask("the timeline", [&] { cluster.next_timeline = next_timeline(backup, target, run.server.archive()); });
  return cluster;
}

}  // namespace barman::restore
