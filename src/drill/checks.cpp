#include "checks.h"

#include <fmt/core.h>

#include <algorithm>

#include "barman/catalog/backup_catalog.h"
#include "barman/core/error.h"
#include "barman/core/text.h"
#include "barman/fs/file.h"

namespace barman::drill {
namespace {

constexpr std::size_t longest_detail = 500;

// What a restore changes or adds, and what it leaves out.
constexpr const char* of_the_restore[] = {"postgresql.conf",      "recovery.conf", "tablespace_map", "barman_wal",
                                          ".barman-recover.info", "log",           "pg_log"};

Check failed(std::string name, std::string_view why) { return {std::move(name), false, shortened(why)}; }

exec::Command command_of(const CheckTools& tools, std::vector<std::string> argv) {
  exec::Command command(std::move(argv), exec::Limits::unless_idle(tools.patience));
  command.environment = {{"LC_ALL", "C"}};
  command.logger = "barman.drill";
  command.log_output = false;
  return command;
}

Check check_by_program(std::string name, const CheckTools& tools, const exec::Command& command, std::string_view well) {
  const exec::Outcome outcome = tools.runner.run(command);
  if (outcome.ok()) return {std::move(name), true, std::string(well)};
  // What is wrong with the data is on its output, what it could not do on the other.
  const std::string said = std::string(trim(outcome.out)) + "\n" + std::string(trim(outcome.err));
  return failed(std::move(name), trim(said).empty() ? exec::describe(command, outcome) : said);
}

bool has_amcheck(const Sessions& sessions) {
  const auto connection = sessions.open(sessions.database());
  return !connection->query("select from pg_catalog.pg_available_extensions where name = 'amcheck'").rows.empty();
}

// Tables and materialized views that have files here.
constexpr const char* list_tables = R"sql(
select n.nspname, c.relname from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'm') and c.relpersistence <> 't' and (c.relkind <> 'm' or c.relispopulated) order by 1, 2
)sql";
constexpr const char* list_btrees = R"sql(
select i.indexrelid::pg_catalog.regclass::text, i.indexrelid::text from pg_catalog.pg_index i
join pg_catalog.pg_class c on c.oid = i.indexrelid join pg_catalog.pg_am a on a.oid = c.relam
where a.amname = 'btree' and c.relkind = 'i' and i.indisready and i.indisvalid and c.relpersistence <> 't' order by 1
)sql";

// Reads what a database has, in the way of COPY: rows go nowhere, and what lies out of line is read, too.
class Reading {
 public:
  Reading(const Sessions& sessions, bool amcheck) : sessions_(sessions), amcheck_(amcheck) {}

  void read(const std::string& database) {
    const auto connection = sessions_.open(database);
    // Nothing is converted: not every character that a database can hold has one in the encoding of this session.
    const std::string encoding = single_value(*connection, "select pg_catalog.getdatabaseencoding()");
    for (const auto& row : connection->query(list_tables).rows) read_table(*connection, {database, encoding}, row);
    if (!amcheck_) return;
    const auto schema = single_value(*connection, "create schema if not exists barman_drill; select 'barman_drill'");
    connection->query("create extension if not exists amcheck schema barman_drill");
    const auto place = single_value(*connection,
                                    "select n.nspname from pg_catalog.pg_extension e join pg_catalog.pg_namespace n on "
                                    "n.oid = e.extnamespace where e.extname = 'amcheck'");
    for (const auto& row : connection->query(list_btrees).rows) check_index(*connection, database, place, row);
  }

  Check result() const {
    if (!problems_.empty()) return failed("content", join(problems_, "; "));
    std::string detail = fmt::format("{} tables read by COPY", tables_);
    detail += amcheck_ ? fmt::format(", {} B-trees checked", indexes_) : "; no index, as amcheck is not installed here";
    if (!unreadable_.empty()) detail += "; not readable here: " + join(unreadable_, ", ");
    return {"content", true, detail};
  }

 private:
  using Row = std::vector<std::optional<std::string>>;

  struct Database {
    const std::string& name;
    const std::string& encoding;
  };

  void read_table(postgres::Connection& connection, const Database& database, const Row& row) {
    const std::string name = quoted_name(row.at(0).value_or("")) + "." + quoted_name(row.at(1).value_or(""));
    try {
      connection.query(
          fmt::format("copy (select * from only {}) to '/dev/null' (encoding '{}')", name, database.encoding));
      ++tables_;
    } catch (const postgres::QueryError& error) {
      // The library of a type is no part of a backup.
      constexpr std::string_view undefined_file = "58P01";
      if (error.sqlstate() == undefined_file)
        unreadable_.push_back(fmt::format("{} in {} ({})", name, database.name, trim(error.what())));
      else
        problems_.push_back(fmt::format("table {} in {}: {}", name, database.name, trim(error.what())));
    }
  }

  void check_index(postgres::Connection& connection, const std::string& database, const std::string& schema,
                   const Row& row) {
    try {
      connection.query(fmt::format("select {}.bt_index_check({}::pg_catalog.regclass)", quoted_name(schema),
                                   row.at(1).value_or("0")));
      ++indexes_;
    } catch (const postgres::QueryError& error) {
      problems_.push_back(fmt::format("index {} in {}: {}", row.at(0).value_or(""), database, trim(error.what())));
    }
  }

  const Sessions& sessions_;
  const bool amcheck_;
  std::size_t tables_ = 0, indexes_ = 0;
  std::vector<std::string> problems_, unreadable_;
};

std::optional<std::string> problem_of(const Sessions& sessions, const Statement& statement) {
  try {
    const auto connection = sessions.open(statement.database);
    connection->query("set search_path to default");  // that of the database
    connection->query("set session_replication_role to origin");
    const postgres::Result result = connection->query(statement.sql);
    if (result.rows.size() != 1 || result.rows[0].size() != 1)
      return fmt::format("{} rows of {} columns instead of one value", result.rows.size(), result.columns.size());
    const std::string value = result.rows[0][0].value_or("null");
    return value == "t" ? std::nullopt : std::optional("the answer is " + value);
  } catch (const Error& error) {
    return std::string(trim(error.what()));
  }
}

}  // namespace

std::string shortened(std::string_view text) {
  const std::vector<std::string> words = split_whitespace(text);
  std::string line = join(words, " ");
  if (line.size() > longest_detail) line = line.substr(0, longest_detail) + " ...";
  return line;
}

Check check_manifest(const CheckTools& tools, const std::string& data, const Manifest& manifest) {
  if (manifest.path.empty()) return {"manifest", std::nullopt, "the backup has none"};
  if (!tools.programs.has("pg_verifybackup"))
    return {"manifest", std::nullopt, fmt::format("PostgreSQL {} has no pg_verifybackup here", tools.programs.major())};
  std::vector<std::string> argv = {tools.programs.path("pg_verifybackup"), "-n", "-q", "-m", manifest.path};
  for (const char* name : of_the_restore) argv.push_back(fmt::format("--ignore={}", name));
  for (const std::string& name : fs::list_directory(data))
    if (name.ends_with(".origin") || name.starts_with("backup_manifest.")) argv.push_back("--ignore=" + name);
  argv.push_back(fmt::format("--ignore={}", catalog::kept_configuration_directory));
  if (!manifest.has_tablespaces) argv.emplace_back("--ignore=pg_tblspc");
  argv.push_back(data);
  return check_by_program("manifest", tools, command_of(tools, std::move(argv)), "every file is as its manifest says");
}

Check check_content(const CheckTools& tools, const Sessions& sessions, const std::string& sockets) {
  const bool amcheck = has_amcheck(sessions);
  if (amcheck && tools.programs.has("pg_amcheck")) {
    exec::Command command =
        command_of(tools, {tools.programs.path("pg_amcheck"), "--all", "--install-missing", "-h", sockets, "-p", "5432",
                           "-U", sessions.superuser(), "--maintenance-db=" + sessions.database()});
    command.environment.emplace_back("PGOPTIONS", session_options(tools.programs.major()));
    return check_by_program("content", tools, command, "pg_amcheck has read every table and every B-tree");
  }
  Reading reading(sessions, amcheck);
  for (const std::string& database : sessions.databases()) reading.read(database);
  return reading.result();
}

Check check_statements(const Sessions& sessions, const std::vector<Statement>& statements) {
  std::vector<std::string> problems;
  for (const Statement& statement : statements)
    if (const auto problem = problem_of(sessions, statement))
      problems.push_back(fmt::format("line {}: {} ({})", statement.line, *problem, shortened(statement.sql)));
  if (!problems.empty()) return failed("sql", join(problems, "; "));
  return {"sql", true, fmt::format("{} true", statements.size())};
}

Check check_page_checksums(const CheckTools& tools, const std::string& data, bool enabled) {
  if (!enabled) return {"checksums", std::nullopt, "the cluster has no data checksums"};
  const std::string name = tools.programs.major() >= 12 ? "pg_checksums" : "pg_verify_checksums";
  if (!tools.programs.has(name))
    return {"checksums", std::nullopt, fmt::format("PostgreSQL {} has no {} here", tools.programs.major(), name)};
  std::vector<std::string> argv = {tools.programs.path(name), "-D", data};
  if (tools.programs.major() >= 12) argv.insert(argv.begin() + 1, "--check");
  Check check =
      check_by_program("checksums", tools, command_of(tools, std::move(argv)), "every page has the right checksum");
  // A program of another version, which somebody has put beside the server's.
  if (check.passed == false && check.detail.find("not compatible with this version of") != std::string::npos)
    check.passed.reset();
  return check;
}

}  // namespace barman::drill
