#include "progress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>

#include "barman/output/writer.h"

namespace barman::output {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::Not;

constexpr std::int64_t mib = 1024 * 1024;
const ProgressView::Time begin{std::chrono::hours(1)};

// Work that goes on evenly: every second `rate` bytes, from `done` on.
void work(ProgressView& view, ProgressView::Time& now, std::int64_t& done, std::int64_t rate, int for_seconds) {
  for (int i = 0; i < for_seconds * 4; ++i) {
    now += milliseconds(250);
    done += rate / 4;
    view.update(done, now);
  }
}

TEST(ProgressView, ShowsDoneTotalPercentRateAndTimeLeft) {
  ProgressView view("Restore");
  view.start("", 200 * mib, begin);
  auto now = begin;
  std::int64_t done = 0;
  work(view, now, done, 5 * mib, 10);
  EXPECT_EQ(view.text(now), "Restore: 50.0 MiB of 200.0 MiB (25%), 5.0 MiB/s, 31 s left");
}

TEST(ProgressView, NamesTheStep) {
  ProgressView view("Restore");
  view.start("WAL", 32 * mib, begin);
  EXPECT_EQ(view.text(begin), "Restore: WAL, 0 B of 32.0 MiB (0%), 0 B/s");
}

TEST(ProgressView, WithoutATotal) {
  ProgressView view("Backup");
  view.start("", 0, begin);
  auto now = begin;
  std::int64_t done = 0;
  work(view, now, done, 5 * mib, 2);
  EXPECT_EQ(view.text(now), "Backup: 10.0 MiB, 5.0 MiB/s");
}

TEST(ProgressView, RateIsThatOfTheLastSeconds) {
  ProgressView view("Backup");
  view.start("", 10240 * mib, begin);
  auto now = begin;
  std::int64_t done = 0;
  work(view, now, done, 100 * mib, 60);
  work(view, now, done, 1 * mib, 6);
  EXPECT_THAT(view.text(now), HasSubstr(", 1.0 MiB/s, 1 h 10 min left"));
}

TEST(ProgressView, WhatStandsStillHasNoTimeLeft) {
  ProgressView view("Backup");
  view.start("", 200 * mib, begin);
  auto now = begin;
  std::int64_t done = 0;
  work(view, now, done, 50 * mib, 2);
  EXPECT_THAT(view.text(now + seconds(1)), HasSubstr("left"));
  EXPECT_EQ(view.text(now + seconds(8)), "Backup: 100.0 MiB of 200.0 MiB (50%), 0 B/s");
}

TEST(ProgressView, MoreThanThePostgresEstimateIsNotOver) {
  ProgressView view("Backup");
  view.start("", 10 * mib, begin);
  auto now = begin;
  std::int64_t done = 0;
  work(view, now, done, 5 * mib, 4);
  EXPECT_EQ(view.text(now), "Backup: 20.0 MiB of 20.0 MiB (99%), 5.0 MiB/s");
}

TEST(ProgressView, AWaitIsNamedWithItsTime) {
  ProgressView view("Backup");
  view.start("", 10 * mib, begin);
  view.wait("writing to disk", "", begin);
  view.update(10 * mib, begin + seconds(7));
  EXPECT_EQ(view.text(begin + seconds(8)), "Backup: writing to disk, 8 s");
  view.finish();
  EXPECT_EQ(view.text(begin + seconds(9)), "");
}

TEST(ProgressView, AdviceComesOnceAndOnlyWhenTheWaitLasts) {
  ProgressView view("Backup");
  view.wait("waiting for a checkpoint", "immediate_checkpoint = true", begin);
  EXPECT_EQ(view.take_advice(begin + seconds(1)), std::nullopt);
  EXPECT_EQ(view.take_advice(begin + seconds(3)), "immediate_checkpoint = true");
  EXPECT_EQ(view.take_advice(begin + seconds(4)), std::nullopt);
}

TEST(ProgressView, FitsIntoEightyColumns) {
  ProgressView view("Restore");
  view.start("WAL", 2000 * 1024 * mib, begin);
  auto now = begin;
  std::int64_t done = 1024 * 1024 * mib;
  work(view, now, done, 123 * mib, 10);
  EXPECT_LT(view.text(now).size(), 80U) << view.text(now);
}

TEST(ShortInterval, Units) {
  EXPECT_EQ(short_interval(seconds(0)), "0 s");
  EXPECT_EQ(short_interval(seconds(59)), "59 s");
  EXPECT_EQ(short_interval(seconds(125)), "2 min 5 s");
  EXPECT_EQ(short_interval(seconds(12000)), "3 h 20 min");
}

TEST(PlainTerminal, NoColorAndDumbAreHonoured) {
  EXPECT_TRUE(is_plain_terminal("1", "xterm"));
  EXPECT_TRUE(is_plain_terminal(nullptr, "dumb"));
  EXPECT_FALSE(is_plain_terminal("", "xterm"));
  EXPECT_FALSE(is_plain_terminal(nullptr, nullptr));
}

// What a terminal gets to see.
class Screen {
 public:
  Screen() { EXPECT_EQ(::pipe(ends_.data()), 0); }
  ~Screen() {
    ::close(ends_[0]);
    if (ends_[1] >= 0) ::close(ends_[1]);
  }
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;
  int fd() const { return ends_[1]; }
  std::string text() {
    ::close(std::exchange(ends_[1], -1));
    std::string all;
    std::array<char, 4096> buffer{};
    for (ssize_t got = 0; (got = ::read(ends_[0], buffer.data(), buffer.size())) > 0;)
      all.append(buffer.data(), static_cast<std::size_t>(got));
    return all;
  }

 private:
  std::array<int, 2> ends_{-1, -1};
};

TEST(TerminalLine, IsRedrawnBelowMessagesAndCleared) {
  Screen screen;
  TerminalLine line(screen.fd(), TerminalKind::redrawn);
  line.show("half");
  line.show("most");
  line.print_above("advice");
  line.show("all");
  line.clear();
  EXPECT_EQ(screen.text(), "half\r\033[Kmost\r\033[Kadvice\nall\r\033[K");
}

TEST(TerminalLine, PlainHasNoControlCharacters) {
  Screen screen;
  TerminalLine line(screen.fd(), TerminalKind::plain);
  line.show("half");
  line.show("all");
  line.clear();
  EXPECT_EQ(screen.text(), "half\nall\n");
}

TEST(TerminalLine, IsCutToTheWidth) {
  Screen screen;
  TerminalLine line(screen.fd(), TerminalKind::redrawn);
  line.show(std::string(200, 'x'));
  EXPECT_EQ(screen.text(), std::string(79, 'x'));
}

TEST(ProgressLine, MovesWhileNothingIsToldAndEndsCleared) {
  Screen screen;
  {
    TerminalLine line(screen.fd(), TerminalKind::redrawn);
    ProgressLine progress(line, "Backup");
    progress.start("", mib);
    progress.update(mib / 2);
    ::usleep(700000);
  }
  const std::string text = screen.text();
  EXPECT_TRUE(text.starts_with("Backup: 512.0 KiB of 1.0 MiB (50%)")) << text;
  EXPECT_THAT(text, HasSubstr("\r\033[KBackup"));
  EXPECT_TRUE(text.ends_with("\r\033[K")) << text;
  EXPECT_THAT(text, Not(HasSubstr("\n")));
}

TEST(ProgressLine, NothingIsDrawnOfWorkThatIsOverAtOnce) {
  Screen screen;
  {
    TerminalLine line(screen.fd(), TerminalKind::redrawn);
    ProgressLine progress(line, "Backup");
    progress.start("", mib);
    progress.update(mib);
    progress.finish();
  }
  EXPECT_EQ(screen.text(), "");
}

}  // namespace
}  // namespace barman::output
