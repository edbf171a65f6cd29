#include "barman/usage/markup.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "barman/core/text.h"

namespace barman::usage {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::SizeIs;

struct Case {
  const char* label;
  const char* markup;
  const char* roff;
  const char* plain;
};

class Markup : public testing::TestWithParam<Case> {};

TEST_P(Markup, IsShownByManAndByHelp) {
  EXPECT_EQ(markup_to_roff(GetParam().markup), GetParam().roff);
  EXPECT_EQ(markup_to_plain(GetParam().markup, 30), GetParam().plain);
}

INSTANTIATE_TEST_SUITE_P(
    Table, Markup,
    testing::Values(
        Case{"nothing", "", "", ""}, Case{"a paragraph over two lines", "\nOne\ntwo.\n", "One two.\n", "  One two.\n"},
        Case{"paragraphs", "One.\n\nTwo.\n", "One.\n.PP\nTwo.\n", "  One.\n  Two.\n"},
        Case{"what is typed", "See `a-b c`, then.", "See \\fBa\\-b\\fR \\fBc\\fR, then.\n", "  See a-b c, then.\n"},
        Case{"what roff would change", ".x 'a' ~ ^ \\", "\\&.x \\(aqa\\(aq \\(ti \\(ha \\e\n", "  .x 'a' ~ ^ \\\n"},
        Case{"a command", "Do:\n\n    .a 'b'  c\n    d\n", "Do:\n.PP\n.RS 4\n.EX\n\\&.a \\(aqb\\(aq  c\nd\n.EE\n.RE\n",
             "  Do:\n    .a 'b'  c\n    d\n"},
        Case{"a command first", "    a\n", ".RS 4\n.EX\na\n.EE\n.RE\n", "    a\n"},
        Case{"items", "- `a`, b :: first\nof it\n- c :: second\n", ".TP\n\\fBa\\fR, b\nfirst of it\n.TP\nc\nsecond\n",
             "  a, b\n      first of it\n  c\n      second\n"},
        Case{"text behind items", "- a :: b\n\nc\n", ".TP\na\nb\n.PP\nc\n", "  a\n      b\n  c\n"},
        Case{"long lines", "A line that is longer than thirty columns.", "A line that is longer than thirty columns.\n",
             "  A line that is longer than\n  thirty columns.\n"}),
    [](const auto& one) { return replace_all(one.param.label, " ", "_"); });

TEST(MarkupSections, AreSplitAtTheirTitles) {
  const auto sections = split_sections("\nabout\n\n# EXAMPLES\n\n    a\n# EMPTY\n");
  ASSERT_THAT(sections, SizeIs(3));
  EXPECT_EQ(sections[0].title, "");
  EXPECT_EQ(sections[0].text, "about\n\n");
  EXPECT_EQ(sections[1].title, "EXAMPLES");
  EXPECT_EQ(sections[1].text, "    a\n");
  EXPECT_EQ(sections[2].text, "");
  EXPECT_THAT(split_sections("# ONE\na\n"), SizeIs(1));
}

TEST(MarkupLines, AreShort) {
  std::string text;
  for (int i = 0; i < 100; ++i) text += ".word ";
  for (const std::string& line : split_lines(roff_lines(text))) {
    EXPECT_LE(line.size(), 80U);
    EXPECT_TRUE(line.starts_with("\\&.")) << line;
  }
}

}  // namespace
}  // namespace barman::usage
