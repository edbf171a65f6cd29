#include "session.h"

#include <fmt/core.h>
#include <unistd.h>

#include <cstdlib>

#include "barman/core/error.h"
#include "barman/core/text.h"
#include "barman/postgres/conninfo.h"
#include "settings.h"

namespace barman::drill {

void forget_libpq_environment() {
  std::vector<std::string> names;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry)
    if (const std::string_view text = *entry; text.starts_with("PG"))
      names.emplace_back(text.substr(0, text.find('=')));
  for (const std::string& name : names) ::unsetenv(name.c_str());
}

Sessions::Sessions(std::string sockets, int major, const std::vector<std::string>& names)
    : sockets_(std::move(sockets)), major_(major) {
  std::string reason;
  for (const std::string& name : names) {
    for (const char* database : {"postgres", "template1"}) {
      try {
        const auto connection = open_as(name, database);
        superuser_ = single_value(
            *connection, "select rolname from pg_catalog.pg_roles where rolsuper and rolcanlogin order by oid limit 1");
        database_ = database;
        const auto found =
            connection->query("select datname from pg_catalog.pg_database where datallowconn order by 1");
        for (const auto& row : found.rows) all_.push_back(row.at(0).value_or(""));
        return;
      } catch (const Error& error) {
        if (reason.empty()) reason = error.what();
      }
    }
  }
  throw Error(Errc::postgres,
              fmt::format("no session with the restored cluster as any of {}: {}", join(names, ", "), reason));
}

std::unique_ptr<postgres::Connection> Sessions::open(const std::string& database) const {
  return open_as(superuser_, database);
}

std::unique_ptr<postgres::Connection> Sessions::open_as(const std::string& user, const std::string& database) const {
  const std::string conninfo = postgres::to_conninfo({{"host", sockets_},
                                                      {"port", "5432"},
                                                      {"user", user},
                                                      {"dbname", database},
                                                      {"options", session_options(major_)}});
  return postgres::connect(conninfo, "barman drill");
}

std::string single_value(postgres::Connection& connection, std::string_view sql,
                         const std::vector<std::string>& parameters) {
  const postgres::Result result = connection.query(sql, parameters);
  if (result.rows.size() != 1 || result.rows[0].size() != 1)
    throw Error(Errc::postgres, fmt::format("unexpected answer to: {}", sql));
  return result.rows[0][0].value_or("");
}

std::string quoted_name(std::string_view name) { return "\"" + replace_all(name, "\"", "\"\"") + "\""; }

}  // namespace barman::drill
