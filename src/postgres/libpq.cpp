#include "libpq.h"

#include "barman/core/error.h"
#include "barman/core/shared_library.h"

namespace barman::postgres {
namespace {

Libpq load() {
  try {
    const SharedLibrary library("libpq.so.5");
    Libpq table;
#define BARMAN_LIBPQ_BIND(member, function) library.bind(#function, table.member);
    BARMAN_LIBPQ_FUNCTIONS(BARMAN_LIBPQ_BIND)
#undef BARMAN_LIBPQ_BIND
    return table;
  } catch (const Error& error) {
    throw Error(Errc::postgres, error.what(),
                error.code() == Errc::not_found ? "install the PostgreSQL client library (package libpq5)"
                                                : "install a newer PostgreSQL client library (package libpq5)");
  }
}

}  // namespace

const Libpq& libpq() {
  static const Libpq table = load();
  return table;
}

}  // namespace barman::postgres
