#include "explain.h"

#include <fmt/core.h>

#include <algorithm>
#include <set>

#include "barman/core/error.h"
#include "barman/core/redact.h"
#include "barman/core/text.h"
#include "barman/exec/shell.h"
#include "barman/postgres/conninfo.h"
#include "checks.h"

namespace barman::check {

namespace {

std::string without_password(const config::Text& conninfo) {
  try {
    auto items = postgres::parse_conninfo(conninfo.value_or(""));
    items.erase("password");
    items.erase("sslpassword");
    return postgres::to_conninfo(items);
  } catch (const Error&) {
    return {};
  }
}

std::string psql(const std::string& conninfo, const std::string& statement) {
  return fmt::format("psql {} -c {}", exec::shell_quote(conninfo), exec::shell_quote(statement));
}

}  // namespace

std::string CommandsToTry::barman(const std::string& arguments) const {
  return fmt::format("barman {} {}", arguments, exec::shell_operand(config_.name));
}

std::string CommandsToTry::sql(const std::string& statement) const {
  return psql(without_password(config_.conninfo), statement);
}

std::string CommandsToTry::connect_for_streaming() const {
  return psql(without_password(config_.conninfo_for_streaming()) + " replication=true", "IDENTIFY_SYSTEM");
}

std::string CommandsToTry::create_roles() const {
  return "psql -d postgres -f packaging/postgresql/roles.sql, on the PostgreSQL server";
}

std::string CommandsToTry::raise_wal_level() const {
  return sql("alter system set wal_level = 'replica'") + ", then restart PostgreSQL";
}

std::string CommandsToTry::switch_archive_mode_on() const {
  return sql("alter system set archive_mode = 'on'") + ", then restart PostgreSQL";
}

std::string CommandsToTry::install_clients() const {
  return "install the PostgreSQL client programs of the server's version, or set path_prefix";
}

// barman drops it only where the configuration streams.
std::string CommandsToTry::drop_slot() const {
  if (config_.streams()) return barman("receive-wal --drop-slot");
  return sql(fmt::format("select pg_drop_replication_slot('{}')", config_.slot_name.value_or("")));
}

std::string CommandsToTry::test_encryption() const {
  return "gpg --list-keys " + exec::shell_quote(config_.encryption_key_id.value_or(""));
}

std::string CommandsToTry::test_decryption() const {
  return "gpg --list-secret-keys " + exec::shell_quote(config_.encryption_key_id.value_or(""));
}

std::string CommandsToTry::test_archive_command() const {
  return fmt::format("on the PostgreSQL server: barman-wal-archive --test BARMAN_HOST {} x",
                     exec::shell_operand(config_.name));
}

std::string CommandsToTry::reach_by_ssh() const {
  const config::Text& command = config_.passive() ? config_.primary_ssh_command : config_.ssh_command;
  return fmt::format("{} true", redact_passwords(command.value_or("ssh")));
}

namespace {

using report::CheckLine;

class Explainer {
 public:
  Explainer(const config::ServerConfig& config, const report::CheckReport& report, const ConnectionErrors& errors)
      : config_(config), report_(report), errors_(errors) {}

  report::Explanation run(const std::vector<report::Stall>& stalls) {
    for (const CheckId cause : from_cause_to_consequence())
      if (failure_of(cause) != nullptr && !skipped_.contains(cause)) add(check_of(cause));
    for (const CheckLine& line : report_.lines)
      if (!line.passed && !skipped_.contains(line.id) && !explained_.contains(line.id)) add(check_of(line.id));
    for (const report::Stall& stall : stalls) add_stall(stall);
    return std::move(explanation_);
  }

 private:
  const CheckLine* failure_of(CheckId id) const {
    const auto found =
        std::ranges::find_if(report_.lines, [&](const CheckLine& line) { return line.id == id && !line.passed; });
    return found == report_.lines.end() ? nullptr : &*found;
  }
  // Neither passed nor failed, though it would have done either.
  bool not_made(const Check& check) const {
    return std::ranges::find(report_.lines, check.id, &CheckLine::id) == report_.lines.end() &&
           check.applies != nullptr && check.applies(config_);
  }

  void add(const Check& check) {
    report::Problem problem;
    problem.check = check.name;
    problem.cause = cause_of(check.id);
    problem.command = (CommandsToTry(config_).*check.command)();
    Members members{check.id};
    for (const CheckId id : check.consequences) {
      if ((failure_of(id) == nullptr && !not_made(check_of(id))) || explained_.contains(id)) continue;
      problem.skipped.push_back(name_of(id));
      skipped_.insert(id);
      members.insert(id);
    }
    explained_.insert(check.id);
    explanation_.problems.push_back(std::move(problem));
    members_.push_back(std::move(members));
  }

  // A stall is a consequence where the check of the same thing has failed.
  void add_stall(const report::Stall& stall) {
    for (std::size_t i = 0; i < members_.size(); ++i) {
      if (!stall.check || !members_[i].contains(*stall.check)) continue;
      std::string& cause = explanation_.problems[i].cause;
      cause += (cause.empty() ? "" : "\n") + stall.text;
      return;
    }
    explanation_.problems.push_back({stall.kind, stall.text, {}, stall.command});
  }

  std::string cause_of(CheckId id) const {
    if (id == CheckId::configuration) return join(report_.configuration_errors, "\n");
    if (const auto words = errors_.find(id); words != errors_.end()) return words->second;
    const CheckLine* line = failure_of(id);
    return line == nullptr ? "" : line->hint;
  }

  using Members = std::set<CheckId>;  // a problem's own check and those it skips
  const config::ServerConfig& config_;
  const report::CheckReport& report_;
  const ConnectionErrors& errors_;
  report::Explanation explanation_;
  std::vector<Members> members_;  // of each problem that is a check's
  Members skipped_, explained_;
};

}  // namespace

report::Explanation explain(const config::ServerConfig& config, const report::CheckReport& report,
                            const ConnectionErrors& errors, const std::vector<report::Stall>& stalls) {
  report::Explanation explanation = Explainer(config, report, errors).run(stalls);
  explanation.server = config.name;
  return explanation;
}

}  // namespace barman::check
