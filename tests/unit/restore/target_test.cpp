#include "barman/restore/target.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

#include "barman/core/error.h"

namespace barman::restore {
namespace {

class Berlin : public testing::Test {
 protected:
  Berlin() { set("Europe/Berlin"); }
  ~Berlin() override {
    ::unsetenv("TZ");
    ::tzset();
  }
  static void set(const char* zone) {
    ::setenv("TZ", zone, 1);
    ::tzset();
  }
  static std::vector<std::string> doubts(const std::string& text) {
    return doubts_about(parse_target_time(text), text);
  }
};

constexpr const char* no_zone =
    "No time zone has been specified through '--target-time' command-line option. Barman assumed the same time zone "
    "from the Barman host.";

TEST_F(Berlin, ARepeatedHourIsToldWithBothInstants) {
  EXPECT_EQ(doubts("2027-10-31 02:30:00"),
            (std::vector<std::string>{
                no_zone,
                "The clocks of the Barman host show '2027-10-31 02:30:00' twice: at 2027-10-31 02:30:00+02:00 and "
                "again at 2027-10-31 02:30:00+01:00. Barman assumed the first. Specify the offset through "
                "'--target-time' to choose."}));
}

TEST_F(Berlin, ASkippedHourIsToldWithWhatIsAssumed) {
  EXPECT_EQ(
      doubts("2027-03-28 02:30:00"),
      (std::vector<std::string>{
          no_zone,
          "The clocks of the Barman host skip '2027-03-28 02:30:00'. Barman assumed 2027-03-28 02:30:00+02:00, "
          "which they show as 2027-03-28 01:30:00+01:00. Specify the offset through '--target-time' to choose."}));
}

TEST_F(Berlin, NothingElseIsDoubted) {
  EXPECT_EQ(doubts("2027-10-31 01:30:00"), std::vector<std::string>{no_zone});
  EXPECT_TRUE(doubts("2027-10-31 02:30:00 CET").empty());
  EXPECT_TRUE(doubts("2027-10-31 02:30:00+01").empty());
  EXPECT_TRUE(doubts("2027-10-31T02:30Z").empty());
}

TEST_F(Berlin, WhatIsNoTimeIsRefused) {
  for (const char* text : {"", "yesterday", "2027-10-31 02:30 EDT", "2027-13-01"})
    EXPECT_THROW(parse_target_time(text), Error) << text;
}

}  // namespace
}  // namespace barman::restore
