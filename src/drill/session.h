#pragma once
#include <memory>
#include <string>
#include <vector>

#include "barman/postgres/connection.h"

namespace barman::drill {

// Forgets what the environment tells libpq: PGHOSTADDR, PGSERVICE and the like lead elsewhere.
void forget_libpq_environment();

// Sessions with a sealed instance, as its superuser.
class Sessions {
 public:
  // `names`: roles to try until one may log in. Throws Error(postgres) when none may, or there is no superuser that
  // may.
  Sessions(std::string sockets, int major, const std::vector<std::string>& names);

  const std::string& superuser() const { return superuser_; }
  const std::string& database() const { return database_; }           // one that there is
  const std::vector<std::string>& databases() const { return all_; }  // that take connections
  std::unique_ptr<postgres::Connection> open(const std::string& database) const;

 private:
  std::unique_ptr<postgres::Connection> open_as(const std::string& user, const std::string& database) const;
  std::string sockets_;
  int major_;
  std::string superuser_, database_;
  std::vector<std::string> all_;
};

// The only value of the only row.
std::string single_value(postgres::Connection& connection, std::string_view sql,
                         const std::vector<std::string>& parameters = {});
std::string quoted_name(std::string_view name);  // of SQL

}  // namespace barman::drill
