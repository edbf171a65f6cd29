#include "libssh_api.h"

#include <optional>

#include "barman/core/error.h"
#include "barman/core/shared_library.h"

namespace barman::exec {
namespace {

std::optional<LibsshApi> load() {
  try {
    const SharedLibrary library("libssh.so.4");
    LibsshApi api;
#define BARMAN_LIBSSH_BIND(name) library.bind("ssh_" #name, api.name##_);
    BARMAN_LIBSSH_FUNCTIONS(BARMAN_LIBSSH_BIND)
#undef BARMAN_LIBSSH_BIND
    return api;
  } catch (const Error&) {  // the ssh program does without it
    return std::nullopt;
  }
}

}  // namespace

const LibsshApi* libssh_api() {
  static const std::optional<LibsshApi> api = load();
  return api ? &*api : nullptr;
}

}  // namespace barman::exec
