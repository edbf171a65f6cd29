#include "libcurl.h"

#include <fmt/core.h>

#include "barman/core/error.h"
#include "barman/core/shared_library.h"

namespace barman::http {
namespace {

Libcurl load() {
  Libcurl table;
  try {
    const SharedLibrary library("libcurl.so.4");
#define BARMAN_LIBCURL_BIND(member, function) library.bind(#function, table.member);
    BARMAN_LIBCURL_FUNCTIONS(BARMAN_LIBCURL_BIND)
#undef BARMAN_LIBCURL_BIND
  } catch (const Error& error) {
    throw Error(Errc::unsupported, error.what(), "install libcurl (package libcurl4 or libcurl4t64), or a newer one");
  }
  if (const CURLcode code = table.global_init(CURL_GLOBAL_DEFAULT); code != CURLE_OK)
    throw Error(Errc::unsupported, fmt::format("cannot initialize libcurl: {}", table.easy_strerror(code)));
  return table;
}

}  // namespace

const Libcurl& libcurl() {
  static const Libcurl table = load();
  return table;
}

}  // namespace barman::http
