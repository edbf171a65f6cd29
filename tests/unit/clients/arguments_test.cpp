#include "arguments.h"

#include <gtest/gtest.h>

#include "barman/core/error.h"
#include "barman/core/text.h"

namespace barman::clients {
namespace {

struct Parsed {
  std::string options;  // in the order in which they were stored
  std::string first, second;
};

Parsed parse(const std::vector<std::string>& words) {
  Parsed parsed;
  ArgumentParser parser;
  const auto note = [&parsed](const char* name) {
    return [&parsed, name](const std::string& value) { parsed.options += std::string(name) + "=" + value + ";"; };
  };
  parser.flag({"-t", "--test"}, "", note("t"));
  parser.flag({"-z", "--gzip"}, "", note("z"));
  parser.flag({"-j", "--bzip2"}, "", note("j"));
  parser.value({"-U", "--user"}, "X", "", note("U"));
  parser.value({"-c", "--config"}, "X", "", note("c"));
  parser.value({"--compression-level"}, "X", "", note("level"));
  parser.value({"-p", "--parallel"}, "N", "",
               [&](const std::string& value) { parsed.options += std::to_string(parse_int(value)) + ";"; });
  parser.exclusive({"-z", "-j"});
  parser.positional("FIRST", "", parsed.first);
  parser.positional("SECOND", "", parsed.second);
  parser.parse(words);
  return parsed;
}

struct GoodCase {
  const char* label;
  std::vector<std::string> words;
  std::string options, first, second;
};
class Accepts : public testing::TestWithParam<GoodCase> {};
TEST_P(Accepts, AsArgparseDoes) {
  const Parsed parsed = parse(GetParam().words);
  EXPECT_EQ(parsed.options, GetParam().options);
  EXPECT_EQ(parsed.first, GetParam().first);
  EXPECT_EQ(parsed.second, GetParam().second);
}
INSTANTIATE_TEST_SUITE_P(
    Words, Accepts,
    testing::Values(
        GoodCase{"positionals", {"a", "b"}, "", "a", "b"},
        GoodCase{"mixed", {"a", "-t", "b", "-U", "u"}, "t=;U=u;", "a", "b"},
        GoodCase{"attached", {"-Uu", "--user=v", "--user=", "-c=x", "a", "b"}, "U=u;U=v;U=;c=x;", "a", "b"},
        GoodCase{"together", {"-tz", "-tUu", "a", "b"}, "t=;z=;t=;U=u;", "a", "b"},
        GoodCase{"together_then_value", {"-tU", "u", "a", "b"}, "t=;U=u;", "a", "b"},
        GoodCase{"prefix", {"--us", "u", "--comp=3", "a", "b"}, "U=u;level=3;", "a", "b"},
        GoodCase{"negative_number", {"-p", "-1", "--compression-level", "-.5", "a", "-5"}, "-1;level=-.5;", "a", "-5"},
        GoodCase{"words_with_blanks", {"-U", "-x y", "-a b", "-"}, "U=-x y;", "-a b", "-"},
        GoodCase{"end_of_options", {"--", "-t", "-U"}, "", "-t", "-U"},
        GoodCase{"repeated", {"-z", "-z", "a", "b"}, "z=;z=;", "a", "b"},
        GoodCase{"empty_words", {"-U", "", "", "b"}, "U=;", "", "b"},
        GoodCase{"python_integer", {"-p", " +1_0 ", "a", "b"}, "10;", "a", "b"}),
    [](const auto& row) { return std::string(row.param.label); });

struct BadCase {
  const char* label;
  std::vector<std::string> words;
  const char* message;
};
class Refuses : public testing::TestWithParam<BadCase> {};
TEST_P(Refuses, InArgparsesWords) {
  try {
    parse(GetParam().words);
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Errc::usage);
    EXPECT_STREQ(error.what(), GetParam().message);
  }
}
INSTANTIATE_TEST_SUITE_P(
    Words, Refuses,
    testing::Values(
        BadCase{"nothing", {}, "the following arguments are required: FIRST, SECOND"},
        BadCase{"one_missing", {"a", "-t"}, "the following arguments are required: SECOND"},
        BadCase{"missing_before_unknown", {"a", "--xy"}, "the following arguments are required: SECOND"},
        BadCase{"extra", {"a", "b", "c", "--foo=bar", "-x3"}, "unrecognized arguments: c --foo=bar -x3"},
        BadCase{"no_value", {"-U"}, "argument -U/--user: expected one argument"},
        BadCase{"option_as_value", {"-U", "-t", "a", "b"}, "argument -U/--user: expected one argument"},
        BadCase{"unknown_as_value", {"-U", "-x", "a", "b"}, "argument -U/--user: expected one argument"},
        BadCase{"end_as_value", {"-U", "--", "a", "b"}, "argument -U/--user: expected one argument"},
        BadCase{"flag_with_value", {"--test=1", "a", "b"}, "argument -t/--test: ignored explicit argument '1'"},
        BadCase{"flag_with_empty_value", {"-z=", "a", "b"}, "argument -z/--gzip: ignored explicit argument ''"},
        BadCase{"unknown_together", {"-tzx", "a", "b"}, "argument -z/--gzip: ignored explicit argument 'x'"},
        BadCase{"ambiguous", {"--co", "a", "b"}, "ambiguous option: --co could match --config, --compression-level"},
        BadCase{"bad_integer", {"-p", "x", "a", "b"}, "argument -p/--parallel: invalid int value: 'x'"},
        BadCase{"huge_integer",
                {"-p", "99999999999", "a", "b"},
                "argument -p/--parallel: invalid int value: '99999999999'"},
        BadCase{"exclusive", {"-z", "-j", "a", "b"}, "argument -j/--bzip2: not allowed with argument -z/--gzip"}),
    [](const auto& row) { return std::string(row.param.label); });

}  // namespace
}  // namespace barman::clients
