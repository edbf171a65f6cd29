#include "barman/core/error.h"

#include <gtest/gtest.h>

#include <cerrno>

namespace barman {
namespace {

Error caught(int error_number) {
  try {
    throw_errno("open", "/a/b", error_number);
  } catch (const Error& error) {
    return error;
  }
}

TEST(ThrowErrno, SaysWhatWhereAndWhy) {
  const Error error = caught(ENOENT);
  EXPECT_EQ(error.code(), Errc::io);
  EXPECT_STREQ(error.what(), "cannot open '/a/b': No such file or directory");
  EXPECT_EQ(error.hint(), "");
}

TEST(ThrowErrno, HintsAtWhatAnOperatorCanMend) {
  for (const int number : {ENOSPC, EDQUOT, EACCES, EROFS, EMFILE}) EXPECT_NE(caught(number).hint(), "") << number;
}

TEST(ThrowErrno, UsesErrno) {
  errno = EISDIR;
  EXPECT_THROW(
      {
        try {
          throw_errno("read", "d");
        } catch (const Error& error) {
          EXPECT_STREQ(error.what(), "cannot read 'd': Is a directory");
          throw;
        }
      },
      Error);
}

}  // namespace
}  // namespace barman
