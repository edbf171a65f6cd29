#include "barman/usage/parser.h"

#include <gtest/gtest.h>

#include "barman/core/error.h"
#include "barman/core/text.h"

namespace barman::usage {
namespace {

struct Arguments {
  std::vector<std::string> servers;
  std::optional<std::string> reuse, target, name;
  std::optional<std::int64_t> jobs, batch_size, timeout;
  std::optional<bool> checkpoint;
  std::vector<std::string> tablespaces;
  bool wait = false;
};

void declare(Options& options, Arguments& args) {
  options.number({"--jobs", "-j"}, args.jobs, Number::positive, "N", "");
  options.number({"--jobs-start-batch-size"}, args.batch_size, Number::positive, "N", "");
  options.number({"--jobs-start-batch-period"}, args.batch_size, Number::positive, "N", "");
  options.number({"--check-timeout"}, args.timeout, Number::non_negative, "N", "");
  options.flag({"--immediate-checkpoint"}, args.checkpoint, true, "");
  options.flag({"--no-immediate-checkpoint"}, args.checkpoint, false, "");
  options.optional_choice({"--reuse-backup"}, args.reuse, {"copy", "link", "off"}, "link", "");
  options.choice({"--target"}, args.target, {"a", "b"}, "");
  options.value({"--name"}, args.name, "NAME", "");
  options.repeated({"--tablespace"}, args.tablespaces, "NAME:LOCATION", "");
  options.flag({"-w", "--wait"}, args.wait, "");
  options.positional_list("server_name", args.servers, "");
}

Arguments parse(const std::vector<std::string>& words) {
  Arguments args;
  Options options;
  declare(options, args);
  const ParseResult result = parse_arguments(options.specs(), words);
  EXPECT_TRUE(result.unrecognized.empty());
  return args;
}

TEST(ParseArguments, TakesEveryFormOfAnOption) {
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{{"--jobs", "4", "s"},
                                                                                     {"--jobs=4", "s"},
                                                                                     {"-j", "4", "s"},
                                                                                     {"-j4", "s"},
                                                                                     {"s", "-j4"},
                                                                                     {"--jobs=4", "--", "s"}}) {
    const Arguments args = parse(words);
    EXPECT_EQ(args.jobs, 4);
    EXPECT_EQ(args.servers, std::vector<std::string>{"s"});
  }
}

TEST(ParseArguments, TakesAListThatMayBeEmptyAndAValueThatMayBeLeftOut) {
  struct Case {
    std::vector<std::string> words, servers;
    std::optional<std::string> listen;
  };
  for (const Case& each : std::vector<Case>{{{}, {}, {}},
                                            {{"a", "b"}, {"a", "b"}, {}},
                                            {{"--listen"}, {}, "bare"},
                                            {{"--listen", "here"}, {}, "here"},
                                            {{"a", "--listen"}, {"a"}, "bare"},
                                            {{"--listen=here", "a"}, {"a"}, "here"}}) {
    std::vector<std::string> servers;
    std::optional<std::string> listen;
    Options options;
    options.optional_positional_list("server_name", servers, "");
    options.optional_value({"--listen"}, listen, "bare", "HOST:PORT", "");
    EXPECT_TRUE(parse_arguments(options.specs(), each.words).unrecognized.empty());
    EXPECT_EQ(servers, each.servers);
    EXPECT_EQ(listen, each.listen);
  }
}

TEST(ParseArguments, TakesEverythingAfterTwoDashesForNoOption) {
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
           {"--jobs", "4", "--", "-s", "--jobs"}, {"-w", "--jobs=4", "--", "-s", "--jobs"}}) {
    const Arguments args = parse(words);
    EXPECT_EQ(args.jobs, 4);
    EXPECT_EQ(args.servers, (std::vector<std::string>{"-s", "--jobs"}));
  }
  EXPECT_EQ(parse({"--", "s", "--"}).servers, (std::vector<std::string>{"s", "--"}));
  EXPECT_THROW(parse({"--jobs", "--", "4"}), Error);
}

TEST(ParseArguments, CompletesUnambiguousPrefixes) {
  const Arguments args = parse({"--wai", "--check-t", "7", "--jobs-start-batch-s=3", "s"});
  EXPECT_TRUE(args.wait);
  EXPECT_EQ(args.timeout, 7);
  EXPECT_EQ(args.batch_size, 3);
}

TEST(ParseArguments, LastOccurrenceWins) {
  EXPECT_EQ(parse({"--immediate-checkpoint", "--no-immediate-checkpoint", "s"}).checkpoint, false);
  EXPECT_EQ(parse({"--no-immediate-checkpoint", "--immediate-checkpoint", "s"}).checkpoint, true);
  EXPECT_EQ(parse({"-j", "1", "--jobs", "2", "s"}).jobs, 2);
}

TEST(ParseArguments, OptionWithOptionalValue) {
  EXPECT_EQ(parse({"s", "--reuse-backup"}).reuse, "link");
  EXPECT_EQ(parse({"--reuse-backup", "--wait", "s"}).reuse, "link");
  EXPECT_EQ(parse({"--reuse-backup=copy", "s"}).reuse, "copy");
  EXPECT_EQ(parse({"--reuse-backup", "off", "s"}).reuse, "off");
}

TEST(ParseArguments, CollectsLists) {
  const Arguments args = parse({"b", "--tablespace", "x:/1", "a", "--tablespace=y:/2"});
  EXPECT_EQ(args.servers, (std::vector<std::string>{"b", "a"}));
  EXPECT_EQ(args.tablespaces, (std::vector<std::string>{"x:/1", "y:/2"}));
}

TEST(ParseArguments, KeepsOddValues) {
  EXPECT_EQ(parse({"--name", "a b=c", "s"}).name, "a b=c");
  EXPECT_EQ(parse({"--name=", "s"}).name, "");
  EXPECT_EQ(parse({"--name=--wait", "s"}).name, "--wait");
  EXPECT_EQ(parse({"--name", "{x}", "s"}).name, "{x}");
  EXPECT_EQ(parse({"--name", "[a,b]", "s"}).name, "[a,b]");
}

struct Refusal {
  const char* label;
  std::vector<std::string> words;
  const char* text;
};
class RefusedArguments : public testing::TestWithParam<Refusal> {};

TEST_P(RefusedArguments, SayWhy) {
  try {
    parse(GetParam().words);
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Errc::usage);
    EXPECT_STREQ(error.what(), GetParam().text);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Usage, RefusedArguments,
    testing::Values(
        Refusal{"missing", {}, "the following arguments are required: server_name"},
        Refusal{"no_value", {"s", "--jobs"}, "argument --jobs/-j: expected one argument"},
        Refusal{"option_for_value", {"--jobs", "--wait", "s"}, "argument --jobs/-j: expected one argument"},
        Refusal{"no_number", {"--jobs", "x", "s"}, "argument --jobs/-j: 'x' is not a valid input"},
        Refusal{"zero", {"--jobs", "0", "s"}, "argument --jobs/-j: '0' is not a valid positive integer"},
        Refusal{"negative",
                {"--check-timeout", "-1", "s"},
                "argument --check-timeout: '-1' is not a valid non negative integer"},
        Refusal{"choice", {"--target", "x", "s"}, "argument --target: invalid choice: 'x' (choose from 'a', 'b')"},
        Refusal{"optional_choice",
                {"--reuse-backup", "s"},
                "argument --reuse-backup: invalid choice: 's' (choose from 'copy', 'link', 'off')"},
        Refusal{"ambiguous",
                {"--jobs-start", "1", "s"},
                "ambiguous option: --jobs-start could match --jobs-start-batch-size, --jobs-start-batch-period"}),
    [](const auto& row) { return std::string(row.param.label); });

TEST(ParseArguments, ReportsWhatIsLeftOver) {
  std::string server;
  Options options;
  options.positional("server_name", server, "");
  EXPECT_EQ(parse_arguments(options.specs(), {"s", "x", "y"}).unrecognized, (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(parse_arguments(options.specs(), {"s", "--nope"}).unrecognized, (std::vector<std::string>{"--nope"}));
}

TEST(ParseArguments, ReportsASeparatorThatSeparatesNothing) {
  std::string server;
  bool one = false;
  Options none, options;
  none.flag({"--one"}, one, "");
  options.positional("server_name", server, "");
  using Words = std::vector<std::string>;
  EXPECT_EQ(parse_arguments(none.specs(), {"x", "--one", "--", "--bar"}).unrecognized, (Words{"x", "--", "--bar"}));
  EXPECT_EQ(parse_arguments(options.specs(), {"s", "--", "x"}).unrecognized, (Words{"x"}));
  EXPECT_EQ(parse_arguments(options.specs(), {"--", "s", "--"}).unrecognized, (Words{"--"}));
  EXPECT_EQ(parse_arguments(options.specs(), {"s", "--no", "--", "x"}).unrecognized, (Words{"--no", "--", "x"}));
}

TEST(ParseArguments, WhatIsWrongFirstIsReportedFirst) {
  const auto problem = [](const std::vector<std::string>& words) -> std::string {
    try {
      parse(words);
    } catch (const Error& error) {
      return error.what();
    }
    return {};
  };
  EXPECT_EQ(problem({"--jobs", "x", "--help"}), "argument --jobs/-j: 'x' is not a valid input");
  EXPECT_EQ(problem({"--jobs", "x", "--check-timeout"}), "argument --jobs/-j: 'x' is not a valid input");
  EXPECT_EQ(problem({"--help", "--jobs", "x"}), "");
  EXPECT_EQ(problem({"-hx"}), "argument -h/--help: ignored explicit argument 'x'");
  EXPECT_EQ(problem({"--help", "--jobs-s"}),
            "ambiguous option: --jobs-s could match --jobs-start-batch-size, --jobs-start-batch-period");
  EXPECT_EQ(problem({"--reuse-backup=", "s"}),
            "argument --reuse-backup: invalid choice: '' (choose from 'copy', 'link', 'off')");
}

TEST(ParseArguments, HelpWinsOverMissingArguments) {
  std::string server;
  Options options;
  options.positional("server_name", server, "");
  EXPECT_TRUE(parse_arguments(options.specs(), {"-h"}).help);
  EXPECT_TRUE(parse_arguments(options.specs(), {"--help"}).help);
}

TEST(ParseLeadingOptions, StopsAtTheVerb) {
  std::optional<std::string> config, format;
  bool quiet = false;
  Options options;
  options.value({"-c", "--config"}, config, "FILE", "");
  options.choice({"-f", "--format"}, format, {"console", "json"}, "");
  options.flag({"-q", "--quiet"}, quiet, "");
  const LeadingResult result =
      parse_leading_options(options.specs(), {"-c", "/x", "--form=json", "-q", "check", "-q", "main"});
  EXPECT_EQ(config, "/x");
  EXPECT_EQ(format, "json");
  EXPECT_TRUE(quiet);
  EXPECT_EQ(result.rest, (std::vector<std::string>{"check", "-q", "main"}));
}

TEST(ParseLeadingOptions, ShortOptionWithItsValueAttached) {
  std::optional<std::string> format;
  Options options;
  options.choice({"-f", "--format"}, format, {"console", "json"}, "");
  EXPECT_EQ(parse_leading_options(options.specs(), {"-fjson", "check"}).rest, std::vector<std::string>{"check"});
  EXPECT_EQ(format, "json");
}

TEST(ParseLeadingOptions, LeavesUnknownOptionsToTheCaller) {
  Options options;
  const LeadingResult result = parse_leading_options(options.specs(), {"--nope", "-x=1", "check", "--other"});
  EXPECT_EQ(result.unrecognized, (std::vector<std::string>{"--nope", "-x=1"}));
  EXPECT_EQ(result.rest, (std::vector<std::string>{"check", "--other"}));
}

TEST(ParseLeadingOptions, TwoDashesAreNoSeparatorBeforeTheVerb) {
  Options options;
  EXPECT_EQ(parse_leading_options(options.specs(), {"--", "check"}).rest, (std::vector<std::string>{"--", "check"}));
  EXPECT_EQ(parse_leading_options(options.specs(), {"--"}).unrecognized, std::vector<std::string>{"--"});
}

TEST(ParseLeadingOptions, EndsBeforeTheVerb) {
  bool quiet = false;
  Options options;
  options.ending_flag({"-v", "--version"}, "");
  options.flag({"-q"}, quiet, "");
  const LeadingResult result = parse_leading_options(options.specs(), {"--nope", "-vq", "check"});
  EXPECT_TRUE(result.ended);
  EXPECT_FALSE(result.help);
  EXPECT_FALSE(quiet);
}

// Python's argparse looks at every word before it does anything.
TEST(ParseLeadingOptions, RefusesAmbiguousWordsBehindTheVerb) {
  std::optional<std::string> config, color;
  Options options;
  options.value({"--config"}, config, "FILE", "");
  options.value({"--color"}, color, "WHEN", "");
  EXPECT_THROW(parse_leading_options(options.specs(), {"--help", "check", "--co"}), Error);
  EXPECT_NO_THROW(parse_leading_options(options.specs(), {"check", "--", "--co"}));
}

TEST(ParseArguments, RefusesOptionsThatExcludeEachOther) {
  std::vector<OptionSpec> specs;
  bool one = false, two = false;
  Options options;
  options.flag({"-a", "--one"}, one, "");
  options.flag({"--two"}, two, "");
  for (OptionSpec spec : options.specs()) {
    spec.exclusive = true;
    specs.push_back(std::move(spec));
  }
  EXPECT_NO_THROW(parse_arguments(specs, {"-a", "--one"}));
  try {
    parse_arguments(specs, {"--two", "-a"});
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "argument -a/--one: not allowed with argument --two");
  }
}

TEST(ParseArguments, EndsWithAnOptionThatEndsIt) {
  std::string server;
  Options options;
  options.ending_flag({"-V", "--version"}, "");
  options.positional("server_name", server, "");
  const ParseResult version = parse_arguments(options.specs(), {"--nope", "-V", "--jobs"});
  EXPECT_TRUE(version.ended);
  EXPECT_FALSE(version.help);
  EXPECT_TRUE(parse_arguments(options.specs(), {"-h", "-V"}).help);
}

// The words and messages of Python's argparse.

struct Parsed {
  std::string options;  // in the order in which they were stored
  std::string first, second;
  std::optional<int> parallel;
};

Parsed parse_flat(const std::vector<std::string>& words) {
  Parsed parsed;
  Options options;
  const auto note = [&](OptionSpec::Kind kind, std::vector<std::string> names, const char* name) {
    OptionSpec spec;
    spec.names = std::move(names);
    spec.kind = kind;
    spec.store = [&parsed, name](const std::string& value) {
      parsed.options += std::string(name) + "=" + value + ";";
      return std::optional<std::string>();
    };
    options.custom(std::move(spec));
  };
  using Kind = OptionSpec::Kind;
  note(Kind::flag, {"-t", "--test"}, "t");
  note(Kind::flag, {"-z", "--gzip"}, "z");
  note(Kind::flag, {"-j", "--bzip2"}, "j");
  note(Kind::value, {"-U", "--user"}, "U");
  note(Kind::value, {"-c", "--config"}, "c");
  note(Kind::value, {"--compression-level"}, "level");
  options.number({"-p", "--parallel"}, parsed.parallel, "N", "");
  options.exclusive({"-z", "-j"});
  options.positional("FIRST", parsed.first, "");
  options.positional("SECOND", parsed.second, "");
  const ParseResult result = parse_arguments(options.specs(), words);
  if (!result.unrecognized.empty())
    throw Error(Errc::usage, "unrecognized arguments: " + join(result.unrecognized, " "));
  if (parsed.parallel) parsed.options += std::to_string(*parsed.parallel) + ";";
  return parsed;
}

struct GoodCase {
  const char* label;
  std::vector<std::string> words;
  std::string options, first, second;
};
class Accepts : public testing::TestWithParam<GoodCase> {};
TEST_P(Accepts, AsArgparseDoes) {
  const Parsed parsed = parse_flat(GetParam().words);
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
        GoodCase{"negative_number", {"-p", "-1", "--compression-level", "-.5", "a", "-5"}, "level=-.5;-1;", "a", "-5"},
        GoodCase{"words_with_blanks", {"-U", "-x y", "-a b", "-"}, "U=-x y;", "-a b", "-"},
        GoodCase{"end_of_options", {"--", "-t", "-U"}, "", "-t", "-U"},
        GoodCase{"repeated", {"-z", "-z", "a", "b"}, "z=;z=;", "a", "b"},
        GoodCase{"empty_words", {"-U", "", "", "b"}, "U=;", "", "b"},
        GoodCase{"python_integer", {"-p", " +1_0 ", "a", "b"}, "10;", "a", "b"}),
    [](const auto& row) { return std::string(row.param.label); });

struct ListCase {
  const char* label;
  std::vector<std::string> words, want;
  std::string first;
};
class ValueLists : public testing::TestWithParam<ListCase> {};
TEST_P(ValueLists, TakeTheWordsUpToTheNextOption) {
  std::vector<std::string> list = {"before"};
  std::string first;
  bool flag = false;
  Options options;
  options.value_list({"--tags"}, list, "LIST", "");
  options.flag({"-t"}, flag, "");
  options.positional("FIRST", first, "");
  EXPECT_TRUE(parse_arguments(options.specs(), GetParam().words).unrecognized.empty());
  EXPECT_EQ(list, GetParam().want);
  EXPECT_EQ(first, GetParam().first);
}
INSTANTIATE_TEST_SUITE_P(
    Words, ValueLists,
    testing::Values(ListCase{"not_given", {"x"}, {"before"}, "x"}, ListCase{"none", {"x", "--tags"}, {}, "x"},
                    ListCase{"some", {"--tags", "a,b", "", "c d", "-t", "x"}, {"a,b", "", "c d"}, "x"},
                    ListCase{"attached", {"--tags=a", "x"}, {"a"}, "x"},
                    ListCase{"abbreviated", {"x", "--ta", "a"}, {"a"}, "x"},
                    ListCase{"up_to_dashes", {"--tags", "a", "--", "x"}, {"a"}, "x"},
                    ListCase{"the_last_one_counts", {"x", "--tags", "a", "b", "--tags", "c"}, {"c"}, "x"}),
    [](const auto& row) { return std::string(row.param.label); });

TEST(Positional, MayBeLeftOutWithTheFlagThatSaysSo) {
  std::string first, last;
  bool dry = false;
  Options options;
  options.flag({"--dry"}, dry, "");
  options.positional("FIRST", first, "");
  OptionSpec spec;
  spec.names = {"LAST"};
  spec.kind = OptionSpec::Kind::positional;
  spec.unless = "--dry";
  spec.store = [&](const std::string& text) {
    last = text;
    return std::optional<std::string>();
  };
  options.custom(spec);
  EXPECT_THROW(parse_arguments(options.specs(), {"a"}), Error);
  EXPECT_THROW(parse_arguments(options.specs(), {"--dry"}), Error) << "the other one has to be there";
  EXPECT_TRUE(parse_arguments(options.specs(), {"--dry", "a"}).unrecognized.empty());
  EXPECT_EQ(first, "a");
  EXPECT_TRUE(parse_arguments(options.specs(), {"a", "b", "--dry"}).unrecognized.empty());
  EXPECT_EQ(last, "b");
}

struct GroupCase {
  const char* label;
  std::vector<std::string> words;
  const char* message;
};
class Groups : public testing::TestWithParam<GroupCase> {};
TEST_P(Groups, AreIndependent) {
  int verbose = 0, quiet = 0;
  bool release = false, status = false;
  std::string first;
  Options options;
  options.help_flag({"--help"}, "");
  options.counted_flag({"-v", "--verbose"}, verbose, "");
  options.counted_flag({"-q", "--quiet"}, quiet, "");
  options.exclusive({"-v", "-q"});
  options.flag({"-r", "--release"}, release, "");
  options.flag({"-s"}, status, "");
  options.require_one_of({"-r", "-s"});
  options.positional("FIRST", first, "");
  try {
    const ParseResult result = parse_arguments(options.specs(), GetParam().words);
    EXPECT_STREQ(GetParam().message, result.help ? "help" : "");
    EXPECT_EQ(verbose, result.help ? 0 : 2);
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), GetParam().message);
  }
}
INSTANTIATE_TEST_SUITE_P(
    Words, Groups,
    testing::Values(
        GroupCase{"one_of_each", {"-vv", "-r", "x"}, ""},
        GroupCase{"two_of_one", {"-q", "-r", "-v", "x"}, "argument -v/--verbose: not allowed with argument -q/--quiet"},
        GroupCase{"two_of_the_other", {"-v", "-r", "-s", "x"}, "argument -s: not allowed with argument -r/--release"},
        GroupCase{"none", {"x"}, "one of the arguments -r/--release -s is required"},
        GroupCase{"none_and_too_few", {"-v"}, "the following arguments are required: FIRST"},
        GroupCase{"own_help", {"--help"}, "help"},
        GroupCase{"h_is_unknown_then", {"-h"}, "the following arguments are required: FIRST"}),
    [](const auto& row) { return std::string(row.param.label); });

struct BadCase {
  const char* label;
  std::vector<std::string> words;
  const char* message;
};
class Refuses : public testing::TestWithParam<BadCase> {};
TEST_P(Refuses, InArgparsesWords) {
  try {
    parse_flat(GetParam().words);
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
}  // namespace barman::usage
