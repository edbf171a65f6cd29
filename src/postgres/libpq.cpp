#include "libpq.h"

#include <dlfcn.h>
#include <fmt/core.h>

#include "barman/core/error.h"

namespace barman::postgres {
namespace {

constexpr const char* library_name = "libpq.so.5";

template <typename Function>
void bind(void* library, const char* name, Function& function) {
  void* symbol = ::dlsym(library, name);
  if (symbol == nullptr) {
    throw Error(Errc::postgres, fmt::format("{} has no function {}", library_name, name),
                "install a newer PostgreSQL client library (package libpq5)");
  }
  function = reinterpret_cast<Function>(symbol);
}

Libpq load() {
  void* library = ::dlopen(library_name, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    const char* reason = ::dlerror();
    throw Error(Errc::postgres, fmt::format("cannot load {}: {}", library_name, reason == nullptr ? "unknown" : reason),
                "install the PostgreSQL client library (package libpq5)");
  }
  Libpq table{};
  bind(library, "PQconnectStartParams", table.connect_start_params);
  bind(library, "PQconnectPoll", table.connect_poll);
  bind(library, "PQconninfo", table.conninfo);
  bind(library, "PQconninfoFree", table.conninfo_free);
  bind(library, "PQfinish", table.finish);
  bind(library, "PQstatus", table.status);
  bind(library, "PQsocket", table.socket);
  bind(library, "PQhost", table.host);
  bind(library, "PQport", table.port);
  bind(library, "PQerrorMessage", table.error_message);
  bind(library, "PQserverVersion", table.server_version);
  bind(library, "PQparameterStatus", table.parameter_status);
  bind(library, "PQsetNoticeProcessor", table.set_notice_processor);
  bind(library, "PQsendQuery", table.send_query);
  bind(library, "PQsendQueryParams", table.send_query_params);
  bind(library, "PQconsumeInput", table.consume_input);
  bind(library, "PQisBusy", table.is_busy);
  bind(library, "PQgetResult", table.get_result);
  bind(library, "PQresultStatus", table.result_status);
  bind(library, "PQresultErrorMessage", table.result_error_message);
  bind(library, "PQresultErrorField", table.result_error_field);
  bind(library, "PQclear", table.clear);
  bind(library, "PQntuples", table.ntuples);
  bind(library, "PQnfields", table.nfields);
  bind(library, "PQfname", table.fname);
  bind(library, "PQgetisnull", table.getisnull);
  bind(library, "PQgetvalue", table.getvalue);
  bind(library, "PQgetlength", table.getlength);
  bind(library, "PQgetCancel", table.get_cancel);
  bind(library, "PQfreeCancel", table.free_cancel);
  bind(library, "PQcancel", table.cancel);
  return table;
}

}  // namespace

const Libpq& libpq() {
  static const Libpq table = load();
  return table;
}

}  // namespace barman::postgres
