#include "barman/setup/plan.h"

#include <arpa/inet.h>
#include <fmt/core.h>
#include <netinet/in.h>

#include <algorithm>

#include "barman/core/error.h"
#include "barman/core/text.h"
#include "barman/postgres/conninfo.h"

namespace barman::setup {
namespace {

using Finding = report::Setup::Finding;
using Remedy = report::Setup::Remedy;

constexpr int oldest_supported = 90600, renamed_in_10 = 100000, scram_since_14 = 140000, renamed_in_15 = 150000;
constexpr std::int64_t senders_wanted = 2;  // the receiver of WAL, and a backup
constexpr const char* functions_of_all = "pg_switch_wal(), pg_create_restore_point(text)";
constexpr const char* functions_since_15 = "pg_backup_start(text, boolean), pg_backup_stop(boolean)";
constexpr const char* functions_before_15 = "pg_start_backup(text, boolean, boolean), pg_stop_backup(boolean, boolean)";

bool is_plain_name(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || c == '_' || (c >= '0' && c <= '9');
  }) && !(name.front() >= '0' && name.front() <= '9');
}

std::string identifier(const std::string& name) {
  return is_plain_name(name) ? name : fmt::format("\"{}\"", replace_all(name, "\"", "\"\""));
}

bool by_rsync(const Request& request) { return request.ssh_command.has_value(); }

std::string last_line(const std::string& text) {
  const auto lines = split_lines(text);
  return lines.empty() ? text : std::string(trim(lines.back()));
}

// What of PostgreSQL has to be changed, collected while it is judged.
struct Changes {
  std::vector<std::string> sql, hba, pgpass;
  bool restart = false;
};

class Judge {
 public:
  Judge(const Request& request, const Facts& facts) : request_(request), facts_(facts) {}

  report::Setup setup() {
    setup_.server = request_.server;
    if (facts_.regular.ok)
      judge_server();
    else
      judge_unreached();
    add_remedies();
    return std::move(setup_);
  }

 private:
  void find(std::string name, bool ok, std::string detail) {
    setup_.findings.push_back({std::move(name), ok, std::move(detail)});
  }

  void judge_unreached() {
    find("PostgreSQL", false, facts_.regular.error);
    const Refusal refusal = refusal_of(facts_.regular);
    if (refusal == Refusal::no_answer) {
      changes_.sql.emplace_back("ALTER SYSTEM SET listen_addresses = '*';  -- if it listens on no address of its host");
      changes_.restart = true;
    } else if (refusal == Refusal::no_right) {
      changes_.sql.push_back(fmt::format("GRANT CONNECT ON DATABASE {} TO {};", identifier(database()), role()));
    } else if (refusal != Refusal::no_database && refusal != Refusal::other) {
      if (refusal == Refusal::no_hba_entry) want_entries();
      roles_may_be_there_ = refusal != Refusal::no_role;
      make_roles();
    }
  }

  void judge_server() {
    const bool supported = facts_.version >= oldest_supported;
    find("PostgreSQL", supported,
         supported ? fmt::format("{}, {}", facts_.version_text, facts_.standby ? "standby" : "primary")
                   : fmt::format("{} is too old: 9.6 or later is needed", facts_.version_text));
    judge_password();
    judge_rights();
    judge_streaming();
    judge_settings();
    judge_slot();
    judge_archiving();
    if (facts_.ssh) find("ssh", facts_.ssh->ok, facts_.ssh->error);
    if (facts_.standby)
      find("primary", true, "set primary_conninfo as well, or backups of this standby wait for WAL of an idle primary");
  }

  void judge_password() {
    if (!facts_.password_typed) return;
    if (facts_.without_password.ok) return find("password", true, "it is known here, and is not written");
    find("password", false, "it is not written into the configuration, and PostgreSQL wants it: put it into .pgpass");
    want_password(request_.conninfo, facts_.role);
  }

  void judge_rights() {
    std::vector<std::string> missing;
    if (!facts_.may_backup) {
      missing.emplace_back("backup functions");
      grant_backup();
    }
    if (!facts_.may_monitor) {
      missing.emplace_back("settings and statistics");
      changes_.sql.push_back(fmt::format("GRANT pg_read_all_settings, pg_read_all_stats TO {};", role()));
    }
    if (!facts_.may_checkpoint && facts_.version >= renamed_in_15) {
      missing.emplace_back("checkpoints");
      changes_.sql.push_back(fmt::format("GRANT pg_checkpoint TO {};", role()));
    }
    find(fmt::format("rights of role {}", facts_.role), missing.empty(),
         missing.empty() ? "" : "none for " + join(missing, ", "));
  }

  void grant_backup() {
    if (facts_.version < renamed_in_10) {
      changes_.sql.push_back(fmt::format("ALTER ROLE {} SUPERUSER;", role()));
      return;
    }
    go_to_database();
    grant_functions(facts_.version >= renamed_in_15 ? functions_since_15 : functions_before_15);
    grant_functions(functions_of_all);
  }

  // Each database has functions of its own.
  void go_to_database() { changes_.sql.push_back(fmt::format("\\connect {}", identifier(database()))); }

  void grant_functions(const char* functions) {
    changes_.sql.push_back(fmt::format("GRANT EXECUTE ON FUNCTION {} TO {};", functions, role()));
  }

  // All that is needed, of a server whose version is not known.
  void make_roles() {
    std::vector<std::string>& sql = changes_.sql;
    const std::string& streaming = facts_.streaming_role;
    const bool is_one = streaming == facts_.role;
    make_role(facts_.role, is_one ? "LOGIN REPLICATION" : "LOGIN");
    if (!is_one) make_role(streaming, "LOGIN REPLICATION");
    want_password(request_.conninfo, facts_.role);
    if (!is_one) want_password(streaming_conninfo_of(request_), streaming);
    go_to_database();
    sql.push_back(fmt::format("GRANT pg_read_all_settings, pg_read_all_stats TO {};", role()));
    grant_functions(functions_of_all);
    sql.emplace_back("SELECT current_setting('server_version_num')::int >= 150000 AS since_15 \\gset");
    sql.emplace_back("\\if :since_15");
    grant_functions(functions_since_15);
    sql.push_back(fmt::format("GRANT pg_checkpoint TO {};", role()));
    sql.emplace_back("\\else");
    grant_functions(functions_before_15);
    sql.emplace_back("\\endif");
  }

  // What PostgreSQL says of one that may not log in it also says where there is none.
  void make_role(const std::string& name, const char* rights) {
    changes_.sql.push_back(fmt::format("CREATE ROLE {};  -- if there is none", identifier(name)));
    changes_.sql.push_back(fmt::format("ALTER ROLE {} {};", identifier(name), rights));
    ask_for_password(name);
  }

  // As pg_hba.conf wants it; versions before 14 would make it otherwise.
  void ask_for_password(const std::string& name) {
    constexpr const char* scram = "SET password_encryption = 'scram-sha-256';";
    std::vector<std::string>& sql = changes_.sql;
    if (facts_.version < scram_since_14 && std::ranges::find(sql, scram) == sql.end()) sql.emplace_back(scram);
    sql.push_back(fmt::format("\\password {}", identifier(name)));
  }

  void judge_streaming() {
    const std::string& role = facts_.streaming_role;
    const std::string name = fmt::format("replication as role {}", role);
    if (facts_.streaming.ok) return find(name, true, "");
    find(name, false, last_line(facts_.streaming.error));
    const Refusal refusal = refusal_of(facts_.streaming);
    if (refusal == Refusal::no_hba_entry) want_replication_entry();
    const bool is_there = facts_.streaming_role_may_replicate.has_value();
    if (!is_there)
      changes_.sql.push_back(fmt::format("CREATE ROLE {} LOGIN REPLICATION;", identifier(role)));
    else if (!*facts_.streaming_role_may_replicate || refusal == Refusal::no_role)
      changes_.sql.push_back(fmt::format("ALTER ROLE {} LOGIN REPLICATION;", identifier(role)));
    const bool has_none = !is_there || refusal == Refusal::no_password || refusal == Refusal::wrong_password;
    if (has_none) ask_for_password(role);
    if (has_none || refusal == Refusal::no_hba_entry) want_password(streaming_conninfo_of(request_), role);
  }

  // ---- pg_hba.conf and .pgpass

  void want_entries() {
    changes_.hba.push_back(hba_entry(identifier(database()), facts_.role, request_.conninfo, facts_.regular));
    changes_.hba.push_back(
        hba_entry("replication", facts_.streaming_role, streaming_conninfo_of(request_), facts_.regular));
  }

  void want_replication_entry() {
    changes_.hba.push_back(
        hba_entry("replication", facts_.streaming_role, streaming_conninfo_of(request_), facts_.streaming));
  }

  std::string hba_entry(const std::string& what, const std::string& role, const std::string& conninfo,
                        const Attempt& attempt) const {
    // md5 lets in with passwords of either kind, which before 14 are of the older one.
    const char* method = facts_.version > 0 && facts_.version < scram_since_14 ? "md5" : "scram-sha-256";
    const std::string host = item(conninfo, "host", "");
    if (host.empty() || host.starts_with('/')) return fmt::format("local  {}  {}  {}", what, identifier(role), method);
    const std::string address = refused_address(attempt.error);
    return fmt::format("host  {}  {}  {}  {}", what, identifier(role), address.empty() ? "samenet" : address, method);
  }

  // libpq takes the name of the role where no database is named.
  std::string database() const { return item(request_.conninfo, "dbname", facts_.role); }

  static std::string item(const std::string& conninfo, const char* key, const std::string& otherwise) {
    const auto items = postgres::parse_conninfo(conninfo);
    const auto found = items.find(key);
    return found == items.end() ? otherwise : found->second;
  }

  void want_password(const std::string& conninfo, const std::string& role) {
    const auto escaped = [](const std::string& value) {
      return replace_all(replace_all(value, "\\", "\\\\"), ":", "\\:");
    };
    const std::string host = item(conninfo, "host", "localhost");
    changes_.pgpass.push_back(fmt::format("{}:{}:*:{}:PASSWORD", host.starts_with('/') ? "localhost" : escaped(host),
                                          item(conninfo, "port", "5432"), escaped(role)));
  }

  void judge_settings() {
    const bool enough = facts_.wal_level != "minimal";
    find("wal_level", enough, facts_.wal_level.value_or("not known"));
    if (!enough) set("wal_level", "'replica'");
    const bool receives = facts_.slot && facts_.slot->active && request_.configured;  // one of those in use is ours
    judge_room("max_wal_senders", facts_.max_wal_senders, facts_.use.senders, senders_wanted - (receives ? 1 : 0));
    judge_room("max_replication_slots", facts_.max_replication_slots, facts_.use.slots, facts_.slot ? 0 : 1);
  }

  void judge_room(const char* name, const std::optional<std::int64_t>& most, std::int64_t used, std::int64_t wanted) {
    if (!most) return find(name, true, "not known");
    const bool enough = *most >= used + wanted;
    find(name, enough,
         fmt::format("{}, {} in use{}", *most, used, enough ? "" : fmt::format(", {} more needed", wanted)));
    if (!enough) set(name, std::to_string(std::max<std::int64_t>(10, used + wanted)));
  }

  void judge_slot() {
    if (!facts_.slot)
      return find("replication slot", true, fmt::format("'{}' is made by the first cron", request_.slot));
    const bool taken = facts_.slot->active && !request_.configured;
    find("replication slot", !taken,
         taken ? fmt::format("'{}' is in use by somebody else: choose another one with --slot-name", request_.slot)
               : fmt::format("'{}' is there", request_.slot));
  }

  void judge_archiving() {
    find("archive_mode", true,
         fmt::format("{}{}", facts_.archive_mode.value_or("not known"),
                     facts_.archive_mode == "off" ? "; not needed, since WAL is streamed" : ""));
  }

  void set(const char* name, const std::string& value) {
    changes_.sql.push_back(fmt::format("ALTER SYSTEM SET {} = {};", name, value));
    changes_.restart = true;
  }

  std::string role() const { return identifier(facts_.role); }

  void add_remedies() {
    if (!changes_.hba.empty()) {
      setup_.remedies.push_back({fmt::format("In {}, above all other lines, then SELECT pg_reload_conf():",
                                             facts_.hba_file.value_or("pg_hba.conf")),
                                 std::move(changes_.hba)});
    }
    if (!changes_.sql.empty())
      setup_.remedies.push_back({roles_may_be_there_
                                     ? "Where the roles are not there yet, as a superuser of PostgreSQL, in psql:"
                                     : "As a superuser of PostgreSQL, in psql:",
                                 std::move(changes_.sql)});
    if (!changes_.pgpass.empty())
      setup_.remedies.push_back(
          {"In ~/.pgpass of the user that barman runs as, mode 0600:", std::move(changes_.pgpass)});
    if (changes_.restart) setup_.remedies.push_back({"Then restart PostgreSQL.", {}});
  }

  const Request& request_;
  const Facts& facts_;
  report::Setup setup_;
  Changes changes_;
  bool roles_may_be_there_ = false;
};

// In a configuration file a percent sign is read twice, and a pair of quotes is taken off.
std::string written(std::string_view option, const std::string& value) {
  if (value.find_first_of("\n\r") != std::string::npos)
    throw Error(Errc::usage, fmt::format("the {} holds an end of line", option));
  std::string text = replace_all(value, "%", "%%%%");
  const auto enclosed = [&](char quote) { return text.size() > 1 && text.front() == quote && text.back() == quote; };
  if (enclosed('"')) return fmt::format("'{}'", text);
  return enclosed('\'') ? fmt::format("\"{}\"", text) : text;
}

}  // namespace

Refusal refusal_of(const Attempt& attempt) {
  namespace state = postgres::sqlstate;
  if (attempt.sqlstate == state::invalid_password) return Refusal::wrong_password;
  if (attempt.sqlstate == state::invalid_catalog_name) return Refusal::no_database;
  if (attempt.sqlstate == state::insufficient_privilege) return Refusal::no_right;
  if (attempt.sqlstate == state::invalid_authorization) {
    if (attempt.routine == "ClientAuthentication") return Refusal::no_hba_entry;
    return attempt.routine == "InitializeSessionUserId" ? Refusal::no_role : Refusal::other;
  }
  if (!attempt.sqlstate.empty()) return Refusal::other;
  // What libpq says is English: this program has no locale.
  if (attempt.error.find("no password supplied") != std::string::npos) return Refusal::no_password;
  for (const char* words : {"Connection refused", "could not translate host name", "timeout expired",
                            "No route to host", "Network is unreachable", "No such file or directory"})
    if (attempt.error.find(words) != std::string::npos) return Refusal::no_answer;
  return Refusal::other;
}

// The first that the server says: before it libpq names the server's own.
std::string refused_address(std::string_view error) {
  constexpr std::string_view end_of_libpq = "failed: ", characters = "0123456789abcdefABCDEF.:";
  if (const std::size_t end = error.rfind(end_of_libpq); end != std::string_view::npos)
    error.remove_prefix(end + end_of_libpq.size());
  while (true) {
    error.remove_prefix(std::min(error.find_first_of(characters), error.size()));
    if (error.empty()) return {};
    const std::string word(error.substr(0, error.find_first_not_of(characters)));
    error.remove_prefix(word.size());
    in6_addr address{};
    if (::inet_pton(AF_INET, word.c_str(), &address) == 1) return word + "/32";
    if (::inet_pton(AF_INET6, word.c_str(), &address) == 1) return word + "/128";
  }
}

void require_server_name(std::string_view name) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '.';
  };
  if (name.empty() || name.front() == '-' || name.front() == '.' || !std::ranges::all_of(name, fits))
    throw Error(Errc::usage, fmt::format("'{}' is no name for a server", name),
                "use letters, digits, '_', '-' and '.', and begin with a letter or a digit");
  if (name == "all" || name == "barman" || name == "DEFAULT")
    throw Error(Errc::usage, fmt::format("'{}' is reserved: choose another name for the server", name));
}

std::string configuration_text(const Request& request, const Facts& facts) {
  std::string text =
      fmt::format("; Made by 'barman init {}'. Passwords are in .pgpass.\n[{}]\n", request.server, request.server);
  const auto add = [&](std::string_view option, const std::string& value) {
    text += fmt::format("{} = {}\n", option, written(option, value));
  };
  if (request.description) add("description", *request.description);
  add("conninfo", without_password(request.conninfo));
  add("streaming_conninfo", streaming_conninfo_of(request));
  if (by_rsync(request)) {
    add("ssh_command", *request.ssh_command);
    add("backup_method", "rsync");
    add("reuse_backup", "link");
  } else {
    add("backup_method", "postgres");
  }
  add("streaming_archiver", "on");
  add("slot_name", request.slot);
  add("create_slot", "auto");
  const std::string command = facts.archive_command.value_or("");
  const bool archives_to_barman =
      command.find("barman-wal-archive") != std::string::npos || command.find("put-wal") != std::string::npos;
  if (facts.archive_mode != "off" && archives_to_barman) add("archiver", "on");
  if (request.directory) add("backup_directory", *request.directory);
  return text;
}

report::Setup judge(const Request& request, const Facts& facts) { return Judge(request, facts).setup(); }

}  // namespace barman::setup
