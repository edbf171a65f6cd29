#include "barman/cli/help.h"

#include <gtest/gtest.h>

namespace barman::cli {
namespace {

OptionSpec spec(OptionSpec::Kind kind, const std::string& name) {
  OptionSpec made;
  made.names = {name};
  made.kind = kind;
  return made;
}

const std::vector<OptionSpec> specs = {spec(OptionSpec::Kind::flag, "--one"), spec(OptionSpec::Kind::flag, "--two"),
                                       spec(OptionSpec::Kind::positional, "server")};

struct UsageCase {
  const char* label;
  std::size_t width;
  const char* want;
};
class Usage : public testing::TestWithParam<UsageCase> {};

TEST_P(Usage, BreaksLines) { EXPECT_EQ(usage_text("barman x", specs, GetParam().width), GetParam().want); }

INSTANTIATE_TEST_SUITE_P(
    Widths, Usage,
    testing::Values(UsageCase{"fits", 43, "usage: barman x [-h] [--one] [--two] server\n"},
                    UsageCase{"positionals_on_a_line_of_their_own", 42,
                              "usage: barman x [-h] [--one] [--two]\n                server\n"},
                    UsageCase{"options_on_two_lines", 30,
                              "usage: barman x [-h] [--one]\n                [--two]\n                server\n"}),
    [](const auto& row) { return std::string(row.param.label); });

}  // namespace
}  // namespace barman::cli
