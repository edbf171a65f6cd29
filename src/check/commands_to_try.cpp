#include "commands_to_try.h"

#include <fmt/core.h>

#include "barman/core/error.h"
#include "barman/core/redact.h"
#include "barman/exec/shell.h"
#include "barman/postgres/conninfo.h"

namespace barman::check {

namespace {

std::string word(const std::string& text) {
  constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-";
  const bool safe = !text.empty() && text.find_first_not_of(plain) == std::string::npos;
  return safe ? text : exec::shell_quote(text);
}

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
  return fmt::format("barman {} {}{}", arguments, config_.name.starts_with('-') ? "-- " : "", word(config_.name));
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

std::string CommandsToTry::test_archive_command() const {
  return fmt::format("on the PostgreSQL server: barman-wal-archive --test BARMAN_HOST {}{} x",
                     config_.name.starts_with('-') ? "-- " : "", word(config_.name));
}

std::string CommandsToTry::reach_by_ssh() const {
  const config::Text& command = config_.passive() ? config_.primary_ssh_command : config_.ssh_command;
  return fmt::format("{} true", redact_passwords(command.value_or("ssh")));
}

}  // namespace barman::check
