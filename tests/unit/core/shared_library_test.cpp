#include "barman/core/shared_library.h"

#include <gtest/gtest.h>

#include <cmath>

#include "barman/core/error.h"

namespace barman {
namespace {

template <typename Work>
Errc code_of(Work work) {
  try {
    work();
  } catch (const Error& error) {
    return error.code();
  }
  return Errc::usage;
}

TEST(SharedLibrary, FindsWhatItHas) {
  const SharedLibrary library("libm.so.6");
  double (*square_root)(double) = nullptr;
  library.bind("sqrt", square_root);
  EXPECT_EQ(square_root(9), 3);
  EXPECT_EQ(code_of([&] { library.bind("no_such_function", square_root); }), Errc::unsupported);
}

TEST(SharedLibrary, SaysWhichOneIsMissing) {
  EXPECT_EQ(code_of([] { SharedLibrary("libno-such-library.so.1"); }), Errc::not_found);
}

}  // namespace
}  // namespace barman
