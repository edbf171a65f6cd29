#include "barman/exec/command.h"

#include <fmt/core.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "barman/core/error.h"
#include "barman/core/python_repr.h"
#include "barman/core/redact.h"
#include "barman/core/text.h"

namespace barman::exec {

std::string describe(const Command& command, const Outcome& outcome) {
  const std::string_view words = trim(outcome.err);
  if (outcome.timed_out) {
    const auto seconds = [](std::chrono::milliseconds time) { return static_cast<double>(time.count()) / 1000; };
    const auto quiet = std::max(command.limits.idle(), command.limits.silence());
    const std::string cause = outcome.inactive
                                  ? fmt::format("nothing moved for {:g} seconds (hang_timeout)", seconds(quiet))
                                  : fmt::format("no answer within {:g} seconds", seconds(command.limits.deadline()));
    return words.empty() ? cause : fmt::format("{}: {}", cause, words);
  }
  if (outcome.status > 128 && outcome.status < 128 + 65) {
    const int number = outcome.status - 128;
    const char* name = ::sigabbrev_np(number);
    const std::string cause = name != nullptr ? fmt::format("killed by signal {} (SIG{})", number, name)
                                              : fmt::format("killed by signal {}", number);
    return words.empty() ? cause : fmt::format("{}\n{}", words, cause);
  }
  if (!words.empty()) return std::string(words);
  return fmt::format("exit status {}", outcome.status);
}

std::string to_log(const std::vector<std::string>& argv) {
  std::string text = "[";
  for (const std::string& word : argv) {
    if (text.size() > 1) text += ", ";
    text += python_repr(std::string_view(redact_passwords(word)));
  }
  return text + "]";
}

Outcome run_checked(Runner& runner, const Command& command, std::string_view what) {
  Outcome outcome = runner.run(command);
  if (!outcome.ok()) {
    const Errc code = outcome.timed_out ? Errc::timeout : runner.is_remote() ? Errc::remote : Errc::io;
    throw Error(code, fmt::format("{}: {}", what, describe(command, outcome)));
  }
  return outcome;
}

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
