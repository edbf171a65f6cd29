#include "progress_line.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>

namespace barman::output {
namespace {

constexpr std::int64_t mib = 1024 * 1024;

TEST(ProgressText, TellsDoneTotalRateAndTimeLeft) {
  EXPECT_EQ(progress_text("Backup", 50 * mib, 200 * mib, 10),
            "Backup: 50.0 MiB of 200.0 MiB (25%), 5.0 MiB/s, 30 seconds left");
}

TEST(ProgressText, WithoutATotal) {
  EXPECT_EQ(progress_text("Backup", 50 * mib, 0, 10), "Backup: 50.0 MiB, 5.0 MiB/s");
}

TEST(ProgressText, NothingDoneYet) {
  EXPECT_EQ(progress_text("Backup", 0, mib, 0), "Backup: 0 B of 1.0 MiB (0%), 0 B/s");
}

TEST(ProgressText, MoreThanExpected) {
  EXPECT_EQ(progress_text("R", 2 * mib, mib, 1), "R: 2.0 MiB of 1.0 MiB (100%), 2.0 MiB/s");
}

TEST(ProgressLine, RedrawsOnOneLineAndClearsIt) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  {
    ProgressLine line(ends[1], "Backup");
    line.start(mib);
    line.update(mib / 2);
    line.update(mib);  // too soon to be drawn again
  }
  ::close(ends[1]);
  std::array<char, 256> buffer{};
  const ssize_t got = ::read(ends[0], buffer.data(), buffer.size());
  ::close(ends[0]);
  ASSERT_GT(got, 0);
  const std::string text(buffer.data(), static_cast<std::size_t>(got));
  EXPECT_TRUE(text.starts_with("\r\033[KBackup: 512.0 KiB of 1.0 MiB (50%)")) << text;
  EXPECT_TRUE(text.ends_with("\r\033[K")) << text;
  EXPECT_EQ(text.find('\n'), std::string::npos);
}

}  // namespace
}  // namespace barman::output
