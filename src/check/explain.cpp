#include "explain.h"

#include <fmt/core.h>

#include <algorithm>
#include <set>
#include <string_view>

#include "barman/core/text.h"
#include "commands.h"

namespace barman::check {

namespace {

using Names = std::vector<std::string_view>;

// What cannot hold while the first fails. In the order of causes: one that is skipped itself causes nothing.
struct Consequence {
  std::string_view cause;
  Names of;
};
const std::vector<Consequence>& consequences() {
  static const std::vector<Consequence> table = {
      {"configuration", {"directories", "PostgreSQL", "PostgreSQL streaming", "ssh", "WAL archive"}},
      {"PostgreSQL",
       {"superuser or standard user with backup privileges", "PostgreSQL streaming", "wal_level", "replication slot",
        "systemid coherence", "exclusive backup supported", "local PGDATA", "archive_mode", "archive_command",
        "continuous archiving", "WAL archive", "pg_basebackup compatible", "pg_basebackup supports tablespaces mapping",
        "pg_receivexlog compatible", "receive-wal running"}},
      {"PostgreSQL streaming",
       {"replication slot", "pg_basebackup compatible", "pg_receivexlog compatible", "receive-wal running",
        "WAL archive"}},
      {"PostgreSQL streaming (WAL streaming)",
       {"replication slot (WAL streaming)", "receive-wal running", "WAL archive"}},
      {"wal_level", {"receive-wal running", "replication slot", "WAL archive"}},
      {"pg_receivexlog",
       {"pg_receivexlog compatible", "receive-wal running", "replication slot", "replication slot (WAL streaming)",
        "WAL archive"}},
      {"pg_receivexlog compatible", {"receive-wal running", "replication slot", "WAL archive"}},
      {"pg_basebackup", {"pg_basebackup compatible", "pg_basebackup supports tablespaces mapping"}},
      {"receive-wal running", {"replication slot", "replication slot (WAL streaming)", "WAL archive"}},
      {"archive_mode", {"archive_command", "continuous archiving", "WAL archive"}},
      {"archive_command", {"continuous archiving", "WAL archive"}},
      {"continuous archiving", {"WAL archive"}},
      {"ssh", {"ssh output clean"}},
  };
  return table;
}

// Of those that leave no line when they cannot be made: whether they would have been.
bool applies(const config::ServerConfig& config, std::string_view check) {
  const bool streams = config.backup_method == config::BackupMethod::postgres || config.streaming_archiver;
  if (check == "PostgreSQL streaming") return streams;
  if (check == "replication slot") return config.streaming_archiver && config.slot_name.has_value();
  if (check == "wal_level" || check == "superuser or standard user with backup privileges") return true;
  return config.archiver && (check == "archive_mode" || check == "archive_command");
}

std::string command_for(const std::string& check, const config::ServerConfig& config) {
  const CommandsToTry commands(config);
  if (check == "PostgreSQL") return commands.connect();
  if (check.starts_with("PostgreSQL streaming")) return commands.connect_for_streaming();
  if (check == "ssh" || check == "ssh output clean") return commands.reach_by_ssh();
  if (check.starts_with("replication slot")) return commands.barman("receive-wal --create-slot --if-not-exists");
  if (check == "receive-wal running") return commands.receive_wal();
  if (check == "WAL archive" || check == "wal maximum age") return commands.switch_wal();
  if (check == "incoming WALs directory" || check == "streaming WALs directory") return commands.archive_wal();
  if (check == "minimum redundancy requirements" || check == "backup maximum age" || check == "backup minimum size")
    return commands.barman("backup");
  if (check == "failed backups") return commands.list_backups();
  if (check == "archiver errors") return fmt::format("ls -l {}", config.errors_directory);
  if (check == "archive_mode")
    return commands.sql("alter system set archive_mode = 'on'") + ", then restart PostgreSQL";
  if (check == "archive_command" || check == "continuous archiving") return commands.test_archive_command();
  if (check.starts_with("wal_level"))
    return commands.sql("alter system set wal_level = 'replica'") + ", then restart PostgreSQL";
  if (check.starts_with("no access to"))
    return "psql -d postgres -f packaging/postgresql/roles.sql, on the PostgreSQL server";
  if (check.starts_with("pg_basebackup") || check.starts_with("pg_receivexlog"))
    return "install the PostgreSQL client programs of the server's version, or set path_prefix";
  if (check.starts_with("systemid coherence")) return commands.sql("select system_identifier from pg_control_system()");
  if (check == "retention policy settings" || check == "configuration" || check == "compression settings")
    return "man 5 barman";
  return commands.barman("show-servers");
}

class Explainer {
 public:
  Explainer(const config::ServerConfig& config, const report::CheckReport& report, const ConnectionErrors& errors)
      : config_(config), report_(report), errors_(errors) {}

  report::Explanation run(const std::vector<report::Stall>& stalls) {
    for (const Consequence& row : consequences())
      if (fails(row.cause) && !skipped_.contains(row.cause)) add(row);
    for (const report::CheckLine& line : report_.lines)
      if (!line.passed && !skipped_.contains(line.name) && !told_.contains(line.name)) add({line.name, {}});
    for (const report::Stall& stall : stalls) add_stall(stall);
    return std::move(explanation_);
  }

 private:
  const report::CheckLine* find(std::string_view check) const {
    const auto found = std::ranges::find(report_.lines, check, &report::CheckLine::name);
    return found == report_.lines.end() ? nullptr : &*found;
  }
  bool fails(std::string_view check) const {
    return std::ranges::any_of(report_.lines,
                               [&](const report::CheckLine& line) { return line.name == check && !line.passed; });
  }

  void add(const Consequence& row) {
    report::Problem problem;
    problem.check = row.cause;
    problem.cause = cause_of(problem.check);
    problem.command = command_for(problem.check, config_);
    for (const std::string_view name : row.of) {
      const bool not_made = find(name) == nullptr && applies(config_, name);
      if ((!fails(name) && !not_made) || told_.contains(name)) continue;
      problem.skipped.emplace_back(name);
      skipped_.insert(name);
    }
    told_.insert(row.cause);
    explanation_.problems.push_back(std::move(problem));
  }

  // A stall is a consequence where the check of the same thing has failed.
  void add_stall(const report::Stall& stall) {
    for (report::Problem& problem : explanation_.problems) {
      const bool same = problem.check == stall.kind;
      if (!same && std::ranges::find(problem.skipped, stall.kind) == problem.skipped.end()) continue;
      problem.cause += (problem.cause.empty() ? "" : "\n") + stall.text;
      return;
    }
    explanation_.problems.push_back({stall.kind, stall.text, {}, stall.command});
  }

  std::string cause_of(const std::string& check) const {
    if (check == "configuration") return join(report_.configuration_errors, "\n");
    if (const auto words = errors_.find(check); words != errors_.end()) return words->second;
    const auto line = std::ranges::find_if(report_.lines, [&](const report::CheckLine& candidate) {
      return candidate.name == check && !candidate.passed;
    });
    return line == report_.lines.end() ? "" : line->hint;
  }

  const config::ServerConfig& config_;
  const report::CheckReport& report_;
  const ConnectionErrors& errors_;
  report::Explanation explanation_;
  std::set<std::string_view> skipped_, told_;  // names in the table or in the report
};

}  // namespace

report::Explanation explain(const config::ServerConfig& config, const report::CheckReport& report,
                            const ConnectionErrors& errors, const std::vector<report::Stall>& stalls) {
  report::Explanation explanation = Explainer(config, report, errors).run(stalls);
  explanation.server = config.name;
  return explanation;
}

}  // namespace barman::check
