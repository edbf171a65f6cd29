// Preloaded into the programs under test: the wall clock stands at SIMULATED_CLOCK (nanoseconds since 1970) and moves
// by a microsecond each time somebody looks, so that a history gives the same names in every run. The monotonic clock,
// by which programs wait, is left alone. faketime is not used because it would also change what stat() says of files,
// and its absolute times depend on the zone, which changes here.
#include <dlfcn.h>
#include <sys/time.h>
#include <time.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>

namespace {

constexpr std::int64_t second = 1'000'000'000;
constexpr std::int64_t look = 1'000;

std::int64_t started_at() {
  const char* text = std::getenv("SIMULATED_CLOCK");
  return text == nullptr ? 0 : std::strtoll(text, nullptr, 10);
}

std::int64_t now() {
  static const std::int64_t start = started_at();
  static std::atomic<std::int64_t> passed{0};
  return start + passed.fetch_add(look);
}

}  // namespace

extern "C" {

int clock_gettime(clockid_t clock, timespec* out) noexcept {
  using Function = int (*)(clockid_t, timespec*);
  static const auto real = reinterpret_cast<Function>(::dlsym(RTLD_NEXT, "clock_gettime"));
  if (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE) return real(clock, out);
  const std::int64_t at = now();
  *out = {static_cast<time_t>(at / second), static_cast<long>(at % second)};
  return 0;
}

int gettimeofday(timeval* out, void*) noexcept {
  const std::int64_t at = now();
  *out = {static_cast<time_t>(at / second), static_cast<suseconds_t>(at % second / 1000)};
  return 0;
}

time_t time(time_t* out) noexcept {
  const time_t at = static_cast<time_t>(now() / second);
  if (out != nullptr) *out = at;
  return at;
}

}  // extern "C"
