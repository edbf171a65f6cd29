#pragma once
#include <libpq-fe.h>

namespace barman::postgres {

// The functions of libpq that we call, found with dlopen so that only a command that connects pays for the library (and
// the TLS and Kerberos libraries behind it). The types are those of libpq-fe.h, checked by the compiler.
struct Libpq {
// clang-format off
#define BARMAN_LIBPQ_FUNCTIONS(X)                                                                           \
  X(connect_start_params, PQconnectStartParams) X(connect_poll, PQconnectPoll) X(conninfo, PQconninfo)      \
  X(conninfo_free, PQconninfoFree) X(finish, PQfinish) X(status, PQstatus) X(socket, PQsocket)              \
  X(host, PQhost) X(port, PQport) X(error_message, PQerrorMessage) X(server_version, PQserverVersion)       \
  X(parameter_status, PQparameterStatus) X(set_notice_processor, PQsetNoticeProcessor)                      \
  X(send_query, PQsendQuery) X(send_query_params, PQsendQueryParams) X(consume_input, PQconsumeInput)       \
  X(is_busy, PQisBusy) X(get_result, PQgetResult) X(result_status, PQresultStatus)                          \
  X(result_error_message, PQresultErrorMessage) X(result_error_field, PQresultErrorField) X(clear, PQclear) \
  X(ntuples, PQntuples) X(nfields, PQnfields) X(fname, PQfname) X(getisnull, PQgetisnull)                   \
  X(getvalue, PQgetvalue) X(getlength, PQgetlength) X(get_cancel, PQgetCancel) X(free_cancel, PQfreeCancel) \
  X(cancel, PQcancel) X(get_copy_data, PQgetCopyData) X(put_copy_data, PQputCopyData)                       \
  X(put_copy_end, PQputCopyEnd) X(free_memory, PQfreemem) X(set_nonblocking, PQsetnonblocking)              \
  X(flush, PQflush) X(set_error_verbosity, PQsetErrorVerbosity)
// clang-format on
#define BARMAN_LIBPQ_MEMBER(member, function) decltype(&::function) member = nullptr;
  BARMAN_LIBPQ_FUNCTIONS(BARMAN_LIBPQ_MEMBER)
#undef BARMAN_LIBPQ_MEMBER
};

// Loads the library on the first call, from any thread. Error(postgres) naming the package when it is not there; the
// next call tries again.
const Libpq& libpq();

}  // namespace barman::postgres
