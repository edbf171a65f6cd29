#include "barman/exec/shell.h"

#include <gtest/gtest.h>

#include "barman/core/error.h"
#include "barman/core/text.h"
#include "barman/exec/local_runner.h"

namespace barman::exec {
namespace {

const std::vector<std::string>& nasty_words() {
  static const std::vector<std::string> words = {
      "",     " ",    "a b", "'",        "''",        "it's",     "\"",    "a\"b", "$HOME", "${HOME}", "$(id)",
      "`id`", "\\",   "\\'", "\\n",      "*",         "?",        "[a-z]", "~",    "~root", "-n",      "--",
      "-",    "a\nb", "\n",  "a\tb",     "#x",        "a;b",      "a&b",   "a|b",  "a>b",   "(a)",     "{a,b}",
      "!!",   "!",    "%s",  "\x01\x7f", "h\xc3\xa9", "\xff\xfe", "a=b",   "=",    "end "};
  return words;
}

TEST(ShellQuote, ReferenceForm) {
  EXPECT_EQ(shell_quote("it's"), R"('it'\''s')");
  EXPECT_EQ(shell_operand("main-1.2"), "main-1.2");
  EXPECT_EQ(shell_operand("a b"), "'a b'");
  EXPECT_EQ(shell_operand("-x;"), "-- '-x;'");
  EXPECT_EQ(shell_operand(""), "''");
  EXPECT_EQ(shell_join({"a", "b c", ""}), "'a' 'b c' ''");
}

TEST(ShellQuote, SurvivesARealShell) {
  LocalRunner runner;
  std::vector<std::string> argv = {"printf", "%s\\0"};
  argv.insert(argv.end(), nasty_words().begin(), nasty_words().end());
  const Command command({"sh", "-c", shell_join(argv)}, Limits::within(std::chrono::minutes(1)));
  std::vector<std::string> got = split(runner.run(command).out, '\0');
  ASSERT_FALSE(got.empty());
  got.pop_back();
  EXPECT_EQ(got, nasty_words());
}

TEST(ShellQuote, SurvivesTwoShells) {
  LocalRunner runner;
  for (const std::string& word : nasty_words()) {
    Command command({"sh", "-c", shell_join({"sh", "-c", shell_join({"printf", "%s", word})})},
                    Limits::within(std::chrono::minutes(1)));
    EXPECT_EQ(runner.run(command).out, word);
  }
}

TEST(ShellWords, UndoesShellJoin) { EXPECT_EQ(shell_words(shell_join(nasty_words())), nasty_words()); }

struct WordsCase {
  const char* label;
  const char* text;
  std::vector<std::string> want;
};
class ShellWords : public testing::TestWithParam<WordsCase> {};

TEST_P(ShellWords, FollowsPosixQuoting) { EXPECT_EQ(shell_words(GetParam().text), GetParam().want) << GetParam().text; }

INSTANTIATE_TEST_SUITE_P(Texts, ShellWords,
                         testing::Values(WordsCase{"empty", "", {}}, WordsCase{"blanks", " \t\n ", {}},
                                         WordsCase{"plain", "ssh postgres@pg", {"ssh", "postgres@pg"}},
                                         WordsCase{"several_blanks", "  ssh \t -p  22 ", {"ssh", "-p", "22"}},
                                         WordsCase{"single_quotes",
                                                   "ssh -o 'ProxyCommand nc %h %p'",
                                                   {"ssh", "-o", "ProxyCommand nc %h %p"}},
                                         WordsCase{"double_quotes", R"(a "b \"c\" \$d \x")", {"a", R"(b "c" $d \x)"}},
                                         WordsCase{"empty_word", "a '' \"\"", {"a", "", ""}},
                                         WordsCase{"joined", R"(a'b'"c"\ d)", {"abc d"}},
                                         WordsCase{"backslash_in_single", R"('a\b')", {R"(a\b)"}},
                                         WordsCase{"no_expansion", "~ $HOME *", {"~", "$HOME", "*"}},
                                         WordsCase{"line_continuation", "a\\\nb \"c\\\nd\"", {"ab", "cd"}}),
                         [](const auto& row) { return std::string(row.param.label); });

TEST(ShellWords, UnbalancedQuotesAreErrorsOfTheConfiguration) {
  for (const char* text : {"'", "a 'b", "\"", "a \"b\\\"", "a\\"}) {
    try {
      shell_words(text);
      ADD_FAILURE() << text;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), Errc::config);
      EXPECT_NE(std::string(error.what()).find(text), std::string::npos);
    }
  }
}

}  // namespace
}  // namespace barman::exec
