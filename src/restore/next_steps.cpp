#include "next_steps.h"

#include <fmt/core.h>

#include "barman/core/text.h"
#include "barman/exec/shell.h"
#include "kept_configuration.h"

namespace barman::restore {

namespace {

using report::NextStep;
using Steps = std::vector<NextStep>;

constexpr std::int64_t default_port = 5432;

std::string word(const std::string& text) {
  constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+:@,=";
  const bool safe = !text.empty() && text.find_first_not_of(plain) == std::string::npos;
  return safe ? text : exec::shell_quote(text);
}

std::string host(const RestoredCluster& cluster) { return cluster.remote ? "the target host" : "this host"; }

std::string places(const RestoredCluster& cluster) {
  std::string words = word(cluster.destination);
  for (const std::string& tablespace : cluster.tablespaces) words += " " + word(tablespace);
  return words;
}

std::string lines_of(const std::vector<report::ReportedSetting>& settings) {
  std::vector<std::string> places;
  for (const auto& setting : settings)
    places.push_back(fmt::format("{} ({}, line {})", setting.key, setting.file, setting.line + 1));
  return join(places, ", ");
}

void add_files(Steps& steps, const RestoredCluster& cluster) {
  if (!cluster.missing_files.empty())
    steps.push_back({fmt::format("Put the configuration files into place that were not in the backup: {}.",
                                 join(cluster.missing_files, ", ")),
                     {}});
  if (!cluster.kept_files.empty())
    steps.push_back({fmt::format("The configuration files that the server had outside its data directory are in {}/{}: "
                                 "review them, and take from them what the new server is to have.",
                                 word(cluster.destination), catalog::kept_configuration_directory),
                     {}});
  if (cluster.owner != "postgres")
    steps.push_back(
        {fmt::format("Give the files to the user that runs PostgreSQL on {}, who alone can start it{}.", host(cluster),
                     cluster.owner ? fmt::format("; they belong to '{}' now", *cluster.owner) : ""),
         "chown -R postgres: " + places(cluster)});
  if (cluster.mode && *cluster.mode != 0700 && *cluster.mode != 0750)
    steps.push_back(
        {fmt::format("Close the data directory to others: PostgreSQL does not start with mode {:04o}.", *cluster.mode),
         "chmod 0700 " + word(cluster.destination)});
  if (!cluster.warnings.empty())
    steps.push_back(
        {fmt::format("Review the settings that lead out of the restored cluster: {}.", lines_of(cluster.warnings)),
         {}});
  if (cluster.restore_command)
    steps.push_back({"See that the user that runs PostgreSQL can execute the restore_command, which fetches the WAL.",
                     *cluster.restore_command});
}

void add_start(Steps& steps, const RestoredCluster& cluster) {
  std::string text = fmt::format("Start PostgreSQL {} on {}",
                                 cluster.version >= 100000
                                     ? fmt::format("{}", cluster.version / 10000)
                                     : fmt::format("{}.{}", cluster.version / 10000, cluster.version / 100 % 100),
                                 host(cluster));
  std::string command = fmt::format("{} start -D {}", word(cluster.pg_ctl), word(cluster.destination));
  if (cluster.port && cluster.port_in_use) {
    text += fmt::format("; port {} of its configuration is in use there, give it another one", *cluster.port);
    command += fmt::format(" -o '-p {}'", *cluster.port == default_port ? default_port + 1 : default_port);
  } else if (cluster.port) {
    text += fmt::format("; it will listen on port {}", *cluster.port);
  }
  steps.push_back({text + ".", command});
}

struct Functions {
  std::string replayed, resume;
};

// They were renamed in version 10.
Functions functions_of(const RestoredCluster& cluster) {
  if (cluster.version < 100000) return {"pg_last_xlog_replay_location()", "pg_xlog_replay_resume()"};
  return {"pg_last_wal_replay_lsn()", "pg_wal_replay_resume()"};
}

std::string question(const RestoredCluster& cluster) {
  return fmt::format("select pg_is_in_recovery(), {}, pg_last_xact_replay_timestamp();",
                     functions_of(cluster).replayed);
}

bool has_stop(const RecoveryTarget& target) {
  return target.time || target.xid || target.lsn || target.name || target.immediate;
}

NextStep opening(const RestoredCluster& cluster, const std::string& text) {
  if (cluster.version >= 120000) return {text, "select pg_promote();"};
  return {text, fmt::format("{} promote -D {}", word(cluster.pg_ctl), word(cluster.destination))};
}

// PostgreSQL pauses at its target unless it was told otherwise, and shuts down where nobody could connect meanwhile.
void add_target(Steps& steps, const RestoredCluster& cluster) {
  TargetAction action = cluster.target.action.value_or(TargetAction::pause);
  if (action == TargetAction::pause && !cluster.hot_standby) action = TargetAction::shutdown;
  const std::string where = cluster.target.describe();
  const std::string log = "its log says \"recovery stopping\" and where" +
                          (cluster.last ? ", and the last transaction is " + *cluster.last : std::string());
  if (action == TargetAction::pause) {
    steps.push_back({fmt::format("See that it has paused at the target ({}): {}. Look at the data.", where, log),
                     question(cluster)});
    steps.push_back(
        {"If it is the state that you want, let it open for writing; until then another, later target can "
         "be set and the server started again.",
         fmt::format("select {};", functions_of(cluster).resume)});
  } else if (action == TargetAction::shutdown) {
    steps.push_back({fmt::format("See that it has reached the target ({}) and shut down: {}. To open it, take the "
                                 "recovery settings out of its configuration and start it again.",
                                 where, log),
                     {}});
  } else {
    steps.push_back({fmt::format("See that it has reached the target ({}) and opened for writing: {}.", where, log),
                     question(cluster)});
  }
}

void add_end_of_recovery(Steps& steps, const RestoredCluster& cluster) {
  if (cluster.standby) {
    steps.push_back(
        {"See that it replays what arrives; it stays a standby until it is promoted. To follow a primary, "
         "set its primary_conninfo.",
         question(cluster)});
    steps.push_back(opening(cluster, "To make it a primary, promote it."));
  } else if (has_stop(cluster.target)) {
    add_target(steps, cluster);
  } else {
    steps.push_back(
        {"See that it has replayed all WAL and opened for writing: \"database system is ready to accept "
         "connections\" in its log, and pg_is_in_recovery() is false.",
         "select pg_is_in_recovery();"});
  }
}

void add_archiving(Steps& steps, const RestoredCluster& cluster) {
  if (cluster.wants_recovery)
    steps.push_back({fmt::format("Know that it opens on a new timeline{}: standbys and receivers of the old server "
                                 "have to be made anew, or told to follow.",
                                 cluster.next_timeline ? fmt::format(", {}", *cluster.next_timeline) : ""),
                     {}});
  else
    steps.push_back(
        {"Never let it run beside the server that was backed up with the same archive: it goes on on the "
         "same timeline.",
         {}});
  if (!cluster.changes.empty())
    steps.push_back({fmt::format("Put back the settings that were neutralised, as far as the new server is to have "
                                 "them: {}. The originals are beside them, in *.origin.",
                                 lines_of(cluster.changes)),
                     {}});
}

}  // namespace

std::vector<NextStep> next_steps(const RestoredCluster& cluster) {
  Steps steps;
  add_files(steps, cluster);
  add_start(steps, cluster);
  add_end_of_recovery(steps, cluster);
  add_archiving(steps, cluster);
  steps.push_back({fmt::format("Once it takes the place of server '{}', point Barman at it, see that WAL arrives, and "
                               "take a new backup.",
                               cluster.server),
                   fmt::format("barman check {0} && barman backup --wait {0}", word(cluster.server))});
  return steps;
}

}  // namespace barman::restore
