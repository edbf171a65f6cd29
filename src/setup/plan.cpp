#include "barman/setup/plan.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "barman/core/error.h"
#include "barman/core/text.h"
#include "barman/postgres/conninfo.h"

namespace barman::setup {
namespace {

using Finding = report::Setup::Finding;
using Remedy = report::Setup::Remedy;

constexpr int oldest_supported = 90600, renamed_in_10 = 100000, renamed_in_15 = 150000;
constexpr std::int64_t senders_wanted = 2;  // the receiver of WAL, and a backup

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
    answer_refusal(facts_.regular.error, request_.conninfo, facts_.role, "LOGIN");
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
    const char* functions = facts_.version >= renamed_in_15
                                ? "pg_backup_start(text, boolean), pg_backup_stop(boolean)"
                                : "pg_start_backup(text, boolean, boolean), pg_stop_backup(boolean, boolean)";
    changes_.sql.push_back(fmt::format("GRANT EXECUTE ON FUNCTION {} TO {};", functions, role()));
    changes_.sql.push_back(
        fmt::format("GRANT EXECUTE ON FUNCTION pg_switch_wal(), pg_create_restore_point(text) TO {};", role()));
  }

  void judge_streaming() {
    const std::string name = fmt::format("replication as role {}", facts_.streaming_role);
    if (facts_.streaming.ok) return find(name, true, "");
    find(name, false, last_line(facts_.streaming.error));
    const std::string& role = facts_.streaming_role;
    if (!facts_.streaming_role_may_replicate)
      changes_.sql.push_back(fmt::format("CREATE ROLE {} LOGIN REPLICATION;", identifier(role)));
    else if (!*facts_.streaming_role_may_replicate)
      changes_.sql.push_back(fmt::format("ALTER ROLE {} LOGIN REPLICATION;", identifier(role)));
    answer_refusal(facts_.streaming.error, streaming_conninfo_of(request_), role, "");
  }

  // `rights`: of a role that may be missing; "" where that is known from elsewhere.
  void answer_refusal(std::string_view error, const std::string& conninfo, const std::string& role,
                      std::string_view rights) {
    const bool streaming = rights.empty();
    switch (refusal_of(error)) {
      case Refusal::no_hba_entry: {
        const std::string address = refused_address(error);
        changes_.hba.push_back(fmt::format("host  {}  {}  {}  scram-sha-256",
                                           streaming ? "replication" : database(conninfo), identifier(role),
                                           address.empty() ? "samenet" : address));
        break;
      }
      case Refusal::no_password:
      case Refusal::wrong_password:
        // PostgreSQL says the same of a role that does not exist.
        if (!streaming)
          changes_.sql.push_back(fmt::format("CREATE ROLE {} {};  -- if there is none", identifier(role), rights));
        changes_.sql.push_back(fmt::format("\\password {}", identifier(role)));
        want_password(conninfo, role);
        break;
      case Refusal::no_role:
        if (!streaming) changes_.sql.push_back(fmt::format("CREATE ROLE {} {};", identifier(role), rights));
        changes_.sql.push_back(fmt::format("\\password {}", identifier(role)));
        want_password(conninfo, role);
        break;
      case Refusal::no_answer:
        changes_.sql.emplace_back(
            "ALTER SYSTEM SET listen_addresses = '*';  -- if it listens on no address of its host");
        changes_.restart = true;
        break;
      case Refusal::no_database:
      case Refusal::no_replication:
      case Refusal::other:
        break;
    }
  }

  static std::string database(const std::string& conninfo) {
    const auto items = postgres::parse_conninfo(conninfo);
    const auto name = items.find("dbname");
    return name == items.end() ? "all" : name->second;
  }

  void want_password(const std::string& conninfo, const std::string& role) {
    const auto items = postgres::parse_conninfo(conninfo);
    const auto item = [&](const char* key, const char* otherwise) {
      const auto found = items.find(key);
      const std::string value = found == items.end() ? otherwise : found->second;
      return replace_all(replace_all(value, "\\", "\\\\"), ":", "\\:");
    };
    const std::string host = item("host", "localhost");
    changes_.pgpass.push_back(
        fmt::format("{}:{}:*:{}:PASSWORD", host.starts_with('/') ? "localhost" : host, item("port", "5432"), role));
  }

  void judge_settings() {
    const bool enough = facts_.wal_level != "minimal";
    find("wal_level", enough, facts_.wal_level.value_or("not known"));
    if (!enough) set("wal_level", "'replica'");
    judge_room("max_wal_senders", facts_.max_wal_senders, facts_.use.senders, senders_wanted);
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
    if (!changes_.sql.empty())
      setup_.remedies.push_back({"As a superuser of PostgreSQL, in psql:", std::move(changes_.sql)});
    if (!changes_.hba.empty()) {
      setup_.remedies.push_back(
          {fmt::format("In {}, then SELECT pg_reload_conf():", facts_.hba_file.value_or("pg_hba.conf")),
           std::move(changes_.hba)});
    }
    if (!changes_.pgpass.empty())
      setup_.remedies.push_back(
          {"In ~/.pgpass of the user that barman runs as, mode 0600:", std::move(changes_.pgpass)});
    if (changes_.restart) setup_.remedies.push_back({"Then restart PostgreSQL.", {}});
  }

  const Request& request_;
  const Facts& facts_;
  report::Setup setup_;
  Changes changes_;
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

Refusal refusal_of(std::string_view error) {
  struct Word {
    std::string_view part;
    Refusal refusal;
  };
  static constexpr auto words = std::to_array<Word>({
      {"no pg_hba.conf entry", Refusal::no_hba_entry},
      {"pg_hba.conf rejects", Refusal::no_hba_entry},
      {"no password supplied", Refusal::no_password},
      {"password authentication failed", Refusal::wrong_password},
      {"permission denied to start WAL sender", Refusal::no_replication},
      {"must be superuser or replication role", Refusal::no_replication},
      {"is not permitted to log in", Refusal::no_role},
      {"authentication failed", Refusal::other},
      {"database \"", Refusal::no_database},
      {"role \"", Refusal::no_role},
      {"Connection refused", Refusal::no_answer},
      {"could not translate host name", Refusal::no_answer},
      {"timeout expired", Refusal::no_answer},
      {"No route to host", Refusal::no_answer},
      {"No such file or directory", Refusal::no_answer},
  });
  for (const Word& word : words)
    if (error.find(word.part) != std::string_view::npos) return word.refusal;
  return Refusal::other;
}

std::string refused_address(std::string_view error) {
  constexpr std::string_view before = "host \"";
  const std::size_t entry = error.find("pg_hba.conf");
  const std::size_t begin = entry == std::string_view::npos ? entry : error.find(before, entry);
  if (begin == std::string_view::npos) return {};
  std::string_view address = error.substr(begin + before.size());
  address = address.substr(0, address.find('"'));
  if (address.empty() || address.find_first_not_of("0123456789abcdefABCDEF.:") != std::string_view::npos) return {};
  return fmt::format("{}/{}", address, address.find(':') == std::string_view::npos ? 32 : 128);
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
