#include "libmicrohttpd.h"

#include "barman/core/error.h"
#include "barman/core/shared_library.h"

namespace barman::web {
namespace {

Libmicrohttpd load() {
  Libmicrohttpd table;
  try {
    const SharedLibrary library("libmicrohttpd.so.12");
#define BARMAN_LIBMICROHTTPD_BIND(member, function) library.bind(#function, table.member);
    BARMAN_LIBMICROHTTPD_FUNCTIONS(BARMAN_LIBMICROHTTPD_BIND)
#undef BARMAN_LIBMICROHTTPD_BIND
    SharedLibrary("libgnutls.so.30").bind("gnutls_certificate_verify_peers", table.verify_peers);
  } catch (const Error& error) {
    throw Error(Errc::unsupported, error.what(),
                "install GNU libmicrohttpd (package libmicrohttpd12 or libmicrohttpd12t64), or a newer one");
  }
  return table;
}

}  // namespace

const Libmicrohttpd& libmicrohttpd() {
  static const Libmicrohttpd table = load();
  return table;
}

}  // namespace barman::web
