#pragma once
#include <curl/curl.h>

namespace barman::http {

// The functions of libcurl that we call, found with dlopen so that only a command that asks a store pays for the
// library and the TLS, Kerberos and LDAP libraries behind it. The types are those of curl.h.
struct Libcurl {
// clang-format off
#define BARMAN_LIBCURL_FUNCTIONS(X)                                                                    \
  X(global_init, curl_global_init) X(easy_init, curl_easy_init) X(easy_cleanup, curl_easy_cleanup)     \
  X(easy_reset, curl_easy_reset) X(easy_setopt, curl_easy_setopt) X(easy_perform, curl_easy_perform)   \
  X(easy_getinfo, curl_easy_getinfo) X(easy_strerror, curl_easy_strerror)                              \
  X(slist_append, curl_slist_append) X(slist_free_all, curl_slist_free_all)
// clang-format on
#define BARMAN_LIBCURL_MEMBER(member, function) decltype(&::function) member = nullptr;
  BARMAN_LIBCURL_FUNCTIONS(BARMAN_LIBCURL_MEMBER)
#undef BARMAN_LIBCURL_MEMBER
};

// Loads and initializes the library on the first call, from any thread. Error(unsupported) naming the package when it
// is not there; the next call tries again.
const Libcurl& libcurl();

}  // namespace barman::http
