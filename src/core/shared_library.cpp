#include "barman/core/shared_library.h"

#include <dlfcn.h>
#include <fmt/core.h>

#include "barman/core/error.h"

namespace barman {

SharedLibrary::SharedLibrary(const char* name) : name_(name), handle_(::dlopen(name, RTLD_NOW | RTLD_LOCAL)) {
  if (handle_ != nullptr) return;
  const char* reason = ::dlerror();
  throw Error(Errc::not_found, fmt::format("cannot load {}: {}", name, reason == nullptr ? "unknown" : reason));
}

void* SharedLibrary::find(const char* symbol) const {
  if (void* found = ::dlsym(handle_, symbol)) return found;
  throw Error(Errc::unsupported, fmt::format("{} has no function {}", name_, symbol));
}

}  // namespace barman
