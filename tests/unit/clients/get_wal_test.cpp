#include "get_wal.h"

#include <gtest/gtest.h>

#include "support.h"

namespace barman::clients {
namespace {

constexpr std::uint32_t mib = 1024 * 1024;

struct WholeCase {
  const char* label;
  std::string_view wal;
  std::string head;
  std::uint64_t size;
  std::optional<std::uint64_t> system_id;
  bool want;
};
class WholeSegment : public testing::TestWithParam<WholeCase> {};
TEST_P(WholeSegment, IsServed) {
  const auto& [label, wal, head, size, system_id, want] = GetParam();
  EXPECT_EQ(!unfit_to_serve(*parse_wal_name(wal), head, size, system_id), want);
}
constexpr auto fifth = "000000010000001A00000005";
const std::string page = segment_page(0x1A05000000, 77, 16 * mib);
INSTANTIATE_TEST_SUITE_P(
    Files, WholeSegment,
    testing::Values(WholeCase{"right", fifth, page, 16 * mib, 77, true},
                    WholeCase{"any_cluster", fifth, page, 16 * mib, {}, true},
                    WholeCase{"other_cluster", fifth, page, 16 * mib, 78, false},
                    WholeCase{"half", fifth, page, 8 * mib, 77, false},
                    WholeCase{"one_byte_short", fifth, page, 16 * mib - 1, 77, false},
                    WholeCase{"other_name", "000000010000001A00000006", page, 16 * mib, 77, false},
                    WholeCase{"later_timeline", "000000020000001A00000005", page, 16 * mib, 77, true},
                    WholeCase{"empty", fifth, "", 0, 77, false},
                    WholeCase{"foreign_content", fifth, std::string(40, 'x'), 16 * mib, 77, true},
                    WholeCase{"foreign_size", fifth, std::string(40, 'x'), 16 * mib + 1, 77, false},
                    WholeCase{"compressed", fifth, "\x1f\x8b\x08" + std::string(37, 'x'), 16 * mib, 77, false},
                    WholeCase{"history", "00000002.history", "1\t0/1\tx\n", 8, 77, true}),
    [](const auto& row) { return std::string(row.param.label); });

TEST(SystemIdNear, ReadsPgControlBesidePgWal) {
  const fs::TemporaryDirectory data("system-id-test-");
  for (const char* name : {"/pg_wal", "/global"}) ::mkdir((data.path() + name).c_str(), 0700);
  const std::string control = data.path() + "/global/pg_control";
  const std::string destination = data.path() + "/pg_wal/RECOVERYXLOG";
  EXPECT_EQ(system_id_near(destination), std::nullopt);
  const std::uint64_t id = 7123456789;
  const std::uint32_t version = 1300;
  write_file(control, std::string(reinterpret_cast<const char*>(&id), 8) +
                          std::string(reinterpret_cast<const char*>(&version), 4) + "rest");
  EXPECT_EQ(system_id_near(destination), id);
  EXPECT_EQ(system_id_near("RECOVERYXLOG"), std::nullopt);
  write_file(control, "something else");
  EXPECT_EQ(system_id_near(destination), std::nullopt);
  write_file(control, "short");
  EXPECT_EQ(system_id_near(destination), std::nullopt);
}

}  // namespace
}  // namespace barman::clients
