#include "fuzz.h"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

namespace barman::fuzz {

void require(bool kept, const char* promise, std::string_view shown) {
  if (kept) return;
  std::fprintf(stderr, "broken promise: %s\n%.*s\n", promise, static_cast<int>(shown.size()), shown.data());
  std::abort();
}

void require_place(const Error& error, std::string_view file) {
  const std::string_view what = error.what(), hint = error.hint();
  require(what.find(file) != std::string_view::npos || hint.find(file) != std::string_view::npos,
          "an error names the file", what);
  require(!hint.empty(), "an error says what to do next", what);
}

}  // namespace barman::fuzz

// The name and types are libFuzzer's.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  barman::fuzz::one_input({reinterpret_cast<const char*>(data), size});
  return 0;
}
