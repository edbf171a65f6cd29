#include "barman/setup/facts.h"

#include "barman/core/error.h"
#include "barman/core/numbers.h"
#include "barman/core/redact.h"
#include "barman/core/text.h"
#include "barman/exec/command.h"
#include "barman/fs/host.h"
#include "barman/postgres/conninfo.h"

namespace barman::setup {
namespace {

constexpr const char* streaming_role = "streaming_barman";

std::optional<std::int64_t> number(const std::optional<std::string>& text) {
  return text ? parse_decimal(*text) : std::nullopt;
}

Attempt refused(const Error& error) {
  if (error.code() != Errc::postgres && error.code() != Errc::timeout) throw error;
  Attempt attempt{false, redact_passwords(trim(error.what()))};
  if (const auto* refusal = dynamic_cast<const postgres::RefusedConnection*>(&error)) {
    attempt.sqlstate = refusal->sqlstate();
    attempt.routine = refusal->routine();
  }
  return attempt;
}

class Asking {
 public:
  Asking(const Request& request, std::chrono::seconds patience, const postgres::Connect& connect, Facts& facts)
      : request_(request), patience_(patience), connect_(connect), facts_(facts) {}

  void ask_regular() {
    facts_.password_typed = postgres::parse_conninfo(request_.conninfo).contains("password");
    try {
      ask(request_.conninfo);
      facts_.regular.ok = true;
    } catch (const Error& error) {
      facts_.regular = refused(error);
    }
    if (facts_.password_typed && facts_.regular.ok) facts_.without_password = try_to_connect();
  }

  void ask_streaming(const std::string& conninfo) {
    try {
      postgres::Streaming streaming(conninfo, patience_, connect_);
      streaming.set_deadline(deadline());
      streaming.identify();
      facts_.streaming.ok = true;
    } catch (const Error& error) {
      facts_.streaming = refused(error);
    }
  }

 private:
  Deadline deadline() const { return std::chrono::steady_clock::now() + patience_; }

  Attempt try_to_connect() const {
    try {
      postgres::Server server(without_password(request_.conninfo), patience_, connect_);
      server.set_deadline(deadline());
      server.connect();
      return {true, {}};
    } catch (const Error& error) {
      return refused(error);
    }
  }

  void ask(const std::string& conninfo) {
    postgres::Server server(conninfo, patience_, connect_);
    server.set_deadline(deadline());
    server.connect();
    facts_.version = server.version();
    facts_.version_text = server.version_text();
    facts_.role = server.user();
    facts_.standby = server.is_in_recovery();
    facts_.may_backup = server.has_backup_privileges();
    facts_.may_monitor = server.has_monitoring_privileges();
    facts_.may_checkpoint = server.has_checkpoint_privileges();
    facts_.wal_level = server.setting("wal_level");
    facts_.archive_mode = server.setting("archive_mode");
    facts_.archive_command = server.setting("archive_command");
    facts_.hba_file = server.setting("hba_file");
    facts_.max_wal_senders = number(server.setting("max_wal_senders"));
    facts_.max_replication_slots = number(server.setting("max_replication_slots"));
    facts_.use = server.replication_use();
    facts_.slot = server.slot(request_.slot);
    facts_.streaming_role_may_replicate = server.may_replicate(facts_.streaming_role);
  }

  const Request& request_;
  std::chrono::seconds patience_;
  const postgres::Connect& connect_;
  Facts& facts_;
};

Attempt try_ssh(const std::string& ssh_command, std::chrono::seconds patience, const std::string& search_path) {
  const auto host = fs::make_remote_host(ssh_command, fs::batch_ssh_options(), patience, search_path);
  const exec::Command command({"true"}, exec::Limits::within(patience));
  const exec::Outcome outcome = host->runner().run(command);
  if (!outcome.ok()) return {false, exec::describe(command, outcome)};
  if (!outcome.out.empty()) return {false, "something that is started there writes to standard output"};
  return {true, {}};
}

}  // namespace

std::string without_password(const std::string& conninfo) {
  auto items = postgres::parse_conninfo(conninfo);
  return items.erase("password") == 0 ? conninfo : postgres::to_conninfo(items);
}

std::string streaming_conninfo_of(const Request& request) {
  if (request.streaming_conninfo) return without_password(*request.streaming_conninfo);
  auto items = postgres::parse_conninfo(request.conninfo);
  items.erase("password");
  items.erase("dbname");
  items["user"] = streaming_role;
  return postgres::to_conninfo(items);
}

std::string role_of(const std::string& conninfo, const std::string& otherwise) {
  const auto items = postgres::parse_conninfo(conninfo);
  const auto user = items.find("user");
  return user == items.end() ? otherwise : user->second;
}

Facts gather_facts(const Request& request, const std::string& user, std::chrono::seconds patience,
                   const postgres::Connect& connect, const std::string& search_path) {
  Facts facts;
  const std::string streaming = streaming_conninfo_of(request);
  facts.role = role_of(request.conninfo, user);
  facts.streaming_role = role_of(streaming, user);
  Asking asking(request, patience, connect, facts);
  asking.ask_regular();
  if (!facts.regular.ok) return facts;
  asking.ask_streaming(request.streaming_conninfo ? *request.streaming_conninfo : streaming);
  if (request.ssh_command) facts.ssh = try_ssh(*request.ssh_command, patience, search_path);
  return facts;
}

}  // namespace barman::setup
