#include "libssh_api.h"

#include <dlfcn.h>

namespace barman::exec {
namespace {

constexpr const char* library_name = "libssh.so.4";

bool load(LibsshApi& api) {
  // Never closed: it lives as long as the process.
  void* library = ::dlopen(library_name, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return false;
#define BARMAN_LIBSSH_LOAD(name)                                                         \
  api.name##_ = reinterpret_cast<decltype(api.name##_)>(::dlsym(library, "ssh_" #name)); \
  if (api.name##_ == nullptr) return false;
  BARMAN_LIBSSH_FUNCTIONS(BARMAN_LIBSSH_LOAD)
#undef BARMAN_LIBSSH_LOAD
  return true;
}

}  // namespace

const LibsshApi* libssh_api() {
  static LibsshApi api;
  static const bool loaded = load(api);
  return loaded ? &api : nullptr;
}

}  // namespace barman::exec
