#include "barman/usage/help.h"

#include <gtest/gtest.h>

namespace barman::usage {
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
class UsageLines : public testing::TestWithParam<UsageCase> {};

TEST_P(UsageLines, BreaksLines) { EXPECT_EQ(usage_text("barman x", specs, GetParam().width), GetParam().want); }

INSTANTIATE_TEST_SUITE_P(
    Widths, UsageLines,
    testing::Values(UsageCase{"fits", 43, "usage: barman x [-h] [--one] [--two] server\n"},
                    UsageCase{"positionals_on_a_line_of_their_own", 42,
                              "usage: barman x [-h] [--one] [--two]\n                server\n"},
                    UsageCase{"options_on_two_lines", 30,
                              "usage: barman x [-h] [--one]\n                [--two]\n                server\n"}),
    [](const auto& row) { return std::string(row.param.label); });

TEST(Usage, PutsOptionsThatExcludeEachOtherIntoOnePairOfBrackets) {
  std::vector<OptionSpec> options = {spec(OptionSpec::Kind::flag, "--one"), spec(OptionSpec::Kind::flag, "-a"),
                                     spec(OptionSpec::Kind::value, "-b"), spec(OptionSpec::Kind::flag, "--two")};
  options[1].exclusive = options[2].exclusive = true;
  EXPECT_EQ(usage_text("x", options, 80), "usage: x [-h] [--one] [-a | -b B] [--two]\n");
}

TEST(Usage, PutsThemIntoParenthesesWhereOneIsRequired) {
  Options options;
  bool one = false, two = false, three = false;
  options.help_flag({"--help"}, "");
  options.flag({"-a"}, one, "");
  options.flag({"-b"}, two, "");
  options.flag({"-c"}, three, "");
  options.require_one_of({"-a", "-b"});
  EXPECT_EQ(usage_text("x", options.specs(), 80), "usage: x [--help] (-a | -b) [-c]\n");
  options.require_one_of({"-a", "-c"});  // not in a row: as if they had nothing to do with each other
  EXPECT_EQ(usage_text("x", options.specs(), 80), "usage: x [--help] [-a] [-b] [-c]\n");
}

TEST(Usage, ShowsAnOptionThatIsRequiredWithoutBrackets) {
  Options options;
  std::string value;
  options.value({"--conninfo"}, value, "C", "");
  options.require_one_of({"--conninfo"});
  EXPECT_EQ(usage_text("x", options.specs(), 80), "usage: x [-h] --conninfo C\n");
}

TEST(Usage, BreaksAGroupBehindTheBracketOfAList) {
  Options options;
  std::vector<std::string> list, more;
  options.value_list({"--tags"}, list, "LIST", "");
  options.repeated({"--tag"}, more, "ONE", "");
  options.exclusive({"--tags", "--tag"});
  EXPECT_EQ(usage_text("x", options.specs(), 80), "usage: x [-h] [--tags [LIST ...] | --tag ONE]\n");
  EXPECT_EQ(usage_text("x", options.specs(), 36), "usage: x [-h] [--tags [LIST ...] |\n         --tag ONE]\n");
}

TEST(Usage, ListsOptionsUnderTheirTitles) {
  Options options;
  bool one = false, two = false, three = false;
  options.section("Extra");
  options.flag({"-a"}, one, "first");
  options.section("");
  options.flag({"-b"}, two, "second");
  options.section("Extra");
  options.flag({"-c"}, three, "third");
  EXPECT_TRUE(help_text("x", "About.", options.specs(), 80)
                  .ends_with("\noptions:\n"
                             "  -h, --help            show this help message and exit\n"
                             "  -b                    second\n"
                             "\nExtra:\n"
                             "  -a                    first\n"
                             "  -c                    third\n"));
}

TEST(Usage, NamesTheVerbAfterTheGlobalOptions) {
  const std::string verbs = any_of({{"show", {"display"}, ""}, {"keep", {}, ""}});
  EXPECT_EQ(usage_text("x", with_verb({spec(OptionSpec::Kind::flag, "-v")}, verbs), 80),
            "usage: x [-h] [-v] {display,keep,show} ...\n");
}

}  // namespace
}  // namespace barman::usage
