#pragma once
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <microhttpd.h>

namespace barman::web {

// The functions of libmicrohttpd that we call, found with dlopen so that only a command that listens pays for the
// library and for GnuTLS behind it. The types are those of microhttpd.h.
struct Libmicrohttpd {
// clang-format off
#define BARMAN_LIBMICROHTTPD_FUNCTIONS(X)                                                                          \
  X(start_daemon, MHD_start_daemon) X(stop_daemon, MHD_stop_daemon) X(quiesce_daemon, MHD_quiesce_daemon)          \
  X(run, MHD_run) X(get_timeout, MHD_get_timeout) X(get_daemon_info, MHD_get_daemon_info)                          \
  X(get_connection_info, MHD_get_connection_info) X(get_connection_values, MHD_get_connection_values)              \
  X(suspend_connection, MHD_suspend_connection) X(resume_connection, MHD_resume_connection)                        \
  X(create_response, MHD_create_response_from_buffer) X(add_response_header, MHD_add_response_header)              \
  X(queue_response, MHD_queue_response) X(destroy_response, MHD_destroy_response)
// clang-format on
#define BARMAN_LIBMICROHTTPD_MEMBER(member, function) decltype(&::function) member = nullptr;
  BARMAN_LIBMICROHTTPD_FUNCTIONS(BARMAN_LIBMICROHTTPD_MEMBER)
#undef BARMAN_LIBMICROHTTPD_MEMBER
  // Of GnuTLS, which it uses.
  decltype(&::gnutls_certificate_verify_peers) verify_peers = nullptr;
};

// Loads the library on the first call, from any thread. Error(unsupported) naming the package when it is not there; the
// next call tries again.
const Libmicrohttpd& libmicrohttpd();

}  // namespace barman::web
