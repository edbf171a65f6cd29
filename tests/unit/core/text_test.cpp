#include "barman/core/text.h"

#include <gtest/gtest.h>

#include "barman/core/did_you_mean.h"
#include "barman/core/redact.h"

namespace barman {
namespace {

using Words = std::vector<std::string>;

TEST(Split, KeepsEmptyItems) {
  EXPECT_EQ(split("a,,b,", ','), (Words{"a", "", "b", ""}));
  EXPECT_EQ(split("", ','), (Words{""}));
}

TEST(SplitWhitespace, DropsEmptyItems) {
  EXPECT_EQ(split_whitespace(" a\t b\n\v\f\rc "), (Words{"a", "b", "c"}));
  EXPECT_EQ(split_whitespace(" \n"), Words{});
}

TEST(SplitLines, HasNoLastEmptyLine) {
  EXPECT_EQ(split_lines("a\r\n\nb\n"), (Words{"a", "", "b"}));
  EXPECT_EQ(split_lines("a"), Words{"a"});
  EXPECT_EQ(split_lines(""), Words{});
}

TEST(Trim, TakesWhiteSpaceFromBothEnds) {
  EXPECT_EQ(trim("\t a b \n"), "a b");
  EXPECT_EQ(trim(" \n "), "");
}

TEST(Join, PutsTheSeparatorBetween) {
  EXPECT_EQ(join({"a", "", "b"}, ", "), "a, , b");
  EXPECT_EQ(join({"a", "a"}, "-"), "a-a");
  EXPECT_EQ(join({}, ","), "");
}

TEST(Case, IsAsciiOnly) {
  EXPECT_EQ(to_lower("AbZ\xC3\x89"), "abz\xC3\x89");
  EXPECT_EQ(to_upper("aBz\xC3\xA9"), "ABZ\xC3\xA9");
}

TEST(ReplaceAll, DoesNotLookAtWhatItWrote) {
  EXPECT_EQ(replace_all("aaa", "a", "aa"), "aaaaaa");
  EXPECT_EQ(replace_all("abc", "", "x"), "abc");
}

TEST(BaseName, IsWhatFollowsTheLastSlash) {
  EXPECT_EQ(base_name("/a/b"), "b");
  EXPECT_EQ(base_name("b"), "b");
  EXPECT_EQ(base_name("a/"), "");
}

struct RedactCase {
  const char* label;
  std::string_view text, want;
};
class Redact : public testing::TestWithParam<RedactCase> {};
TEST_P(Redact, HidesTheValueOnly) { EXPECT_EQ(redact_passwords(GetParam().text), GetParam().want); }
INSTANTIATE_TEST_SUITE_P(
    Texts, Redact,
    testing::Values(RedactCase{"bare", "host=h password=x y", "host=h password=*REDACTED* y"},
                    RedactCase{"quoted", "password='a b' c", "password=*REDACTED* c"},
                    RedactCase{"escaped_quote", R"(password='it\'s' q)", "password=*REDACTED* q"},
                    RedactCase{"double_quoted", R"(password="a b" c)", "password=*REDACTED* c"},
                    RedactCase{"unclosed", "password='a b\nnext", "password=*REDACTED*\nnext"},
                    RedactCase{"escaped_blank", R"(password=a\ b c)", "password=*REDACTED* c"},
                    RedactCase{"quote_inside", "password=a'b c", "password=*REDACTED* c"},
                    RedactCase{"empty", "password=", "password=*REDACTED*"},
                    RedactCase{"keeps_line_end", "password=\nnext", "password=*REDACTED*\nnext"},
                    RedactCase{"keeps_line_end_after_value", "password=x\nnext", "password=*REDACTED*\nnext"},
                    RedactCase{"blanks_around_equals", "password = x y", "password = *REDACTED* y"},
                    RedactCase{"upper_case_variable", "PGPASSWORD=x y", "PGPASSWORD=*REDACTED* y"},
                    RedactCase{"two", "password=a password=b", "password=*REDACTED* password=*REDACTED*"},
                    RedactCase{"in_a_list", "['a', 'b password=secret', 'c']", "['a', 'b password=*REDACTED*', 'c']"},
                    RedactCase{"last_in_a_list", "['password=secret']", "['password=*REDACTED*']"},
                    RedactCase{"quoted_in_a_list", R"(["password='a b' c", 'd'])", R"(["password=*REDACTED* c", 'd'])"},
                    RedactCase{"escaped_in_a_list", R"(['x="1" password=\'a b\' c', 'd'])",
                               R"(['x="1" password=*REDACTED* c', 'd'])"},
                    RedactCase{"empty_in_a_list", "['password=', 'c']", "['password=*REDACTED*', 'c']"},
                    RedactCase{"other_word", "passwordx=1", "passwordx=1"},
                    RedactCase{"not_an_assignment", "the password is wrong", "the password is wrong"},
                    RedactCase{"url", "postgresql://u:p@h/d", "postgresql://u:*REDACTED*@h/d"},
                    RedactCase{"short_url", "postgres://u:p@h", "postgres://u:*REDACTED*@h"},
                    RedactCase{"at_sign_in_url", "postgresql://u:p@q@h", "postgresql://u:*REDACTED*@h"},
                    RedactCase{"url_without_password", "postgresql://u@h:5432/d", "postgresql://u@h:5432/d"},
                    RedactCase{"url_without_user", "postgresql://h:5432/d", "postgresql://h:5432/d"},
                    RedactCase{"url_parameter", "postgresql://h/d?password=a", "postgresql://h/d?password=*REDACTED*"},
                    RedactCase{"nothing", "", ""}),
    [](const auto& row) { return std::string(row.param.label); });

TEST(DidYouMean, FindsTypingErrorsOnly) {
  const Words names = {"backup", "check", "check-backup", "list-backups", "cron"};
  EXPECT_EQ(did_you_mean("bakcup", names), "backup");
  EXPECT_EQ(did_you_mean("chek", names), "check");
  EXPECT_EQ(did_you_mean("list-backup", names), "list-backups");
  EXPECT_EQ(did_you_mean("corn", names), "cron");
  EXPECT_EQ(did_you_mean("frobnicate", names), std::nullopt);
  EXPECT_EQ(did_you_mean("x", {"y"}), std::nullopt);
  EXPECT_EQ(did_you_mean("", {}), std::nullopt);
}

}  // namespace
}  // namespace barman
