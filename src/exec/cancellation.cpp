#include "barman/exec/cancellation.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>

#include "barman/core/error.h"

namespace barman::exec {

Cancellation::Cancellation() : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!event_) throw_errno("create", "event descriptor");
}

void Cancellation::cancel() {
  if (cancelled_.exchange(true)) return;
  const std::uint64_t one = 1;
  // The counter is empty before the only write: it cannot fail.
  [[maybe_unused]] const ssize_t written = ::write(event_.get(), &one, sizeof one);
}

}  // namespace barman::exec
