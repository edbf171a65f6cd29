#include <gtest/gtest.h>

#include "barman/output/check.h"
#include "json.h"
#include "unit/output/recording_writer.h"

namespace barman::report {
namespace {

using output::console_text;

template <typename Report>
std::string json(const Report& report) {
  return output::to_python_json(output::json_of(report));
}

TEST(WalArchiveOutput, SaysWhetherTheArchiveIsFree) {
  EXPECT_EQ(console_text(WalArchiveCheck{"main", true}), "Server main:\n - WAL archive check for server main passed\n");
  EXPECT_EQ(json(WalArchiveCheck{"main", true}), R"({"main": "WAL archive check for server main passed"})");
  EXPECT_EQ(console_text(WalArchiveCheck{"main", false}), "Server main:\n");
  EXPECT_EQ(json(WalArchiveCheck{"main", false}), R"({"main": {}})");
}

TEST(WalArchiveOutput, ListsWhatIsMissingInARange) {
  const WalRangeCheck complete{"main", "a", "b", std::vector<std::string>{}};
  EXPECT_EQ(console_text(complete), "Server main:\n\tWAL sequence check for server main: all segments are present\n");
  EXPECT_EQ(json(complete), R"({"main": {"begin_wal": "a", "end_wal": "b", "missing_wals": []}})");
  const WalRangeCheck gaps{"main", "a", "b", std::vector<std::string>{"x", "y"}};
  EXPECT_EQ(console_text(gaps),
            "Server main:\n\tWAL sequence check for server main: 2 missing segment(s):\n\t\tx\n\t\ty\n");
  EXPECT_EQ(json(gaps), R"({"main": {"begin_wal": "a", "end_wal": "b", "missing_wals": ["x", "y"]}})");
  const WalRangeCheck unknown{"main", "a", "b", std::nullopt};
  EXPECT_EQ(console_text(unknown), "Server main:\n");
  EXPECT_EQ(json(unknown), R"({"main": {"begin_wal": "a", "end_wal": "b"}})");
}

}  // namespace
}  // namespace barman::report
