#pragma once
#include <libpq-fe.h>

namespace barman::postgres {

// The functions of libpq that we call, found with dlopen so that only a command that connects pays for the library (and
// the TLS and Kerberos libraries behind it). The types are those of libpq-fe.h, checked by the compiler.
struct Libpq {
  decltype(&PQconnectStartParams) connect_start_params;
  decltype(&PQconnectPoll) connect_poll;
  decltype(&PQconninfo) conninfo;
  decltype(&PQconninfoFree) conninfo_free;
  decltype(&PQfinish) finish;
  decltype(&PQstatus) status;
  decltype(&PQsocket) socket;
  decltype(&PQhost) host;
  decltype(&PQport) port;
  decltype(&PQerrorMessage) error_message;
  decltype(&PQserverVersion) server_version;
  decltype(&PQparameterStatus) parameter_status;
  decltype(&PQsetNoticeProcessor) set_notice_processor;
  decltype(&PQsendQuery) send_query;
  decltype(&PQsendQueryParams) send_query_params;
  decltype(&PQconsumeInput) consume_input;
  decltype(&PQisBusy) is_busy;
  decltype(&PQgetResult) get_result;
  decltype(&PQresultStatus) result_status;
  decltype(&PQresultErrorMessage) result_error_message;
  decltype(&PQresultErrorField) result_error_field;
  decltype(&PQclear) clear;
  decltype(&PQntuples) ntuples;
  decltype(&PQnfields) nfields;
  decltype(&PQfname) fname;
  decltype(&PQgetisnull) getisnull;
  decltype(&PQgetvalue) getvalue;
  decltype(&PQgetlength) getlength;
  decltype(&PQgetCancel) get_cancel;
  decltype(&PQfreeCancel) free_cancel;
  decltype(&PQcancel) cancel;
};

// Loads the library on the first call, from any thread. Error(postgres) naming the package when it is not there; the
// next call tries again.
const Libpq& libpq();

}  // namespace barman::postgres
