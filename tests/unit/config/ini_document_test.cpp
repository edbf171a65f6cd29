// The grammar of configuration files. What is wanted here was recorded from Python's ConfigParser: non-strict, one
// interpolation at reading and another one at use.
#include "barman/config/ini_document.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <ctime>
#include <string>

#include "barman/core/error.h"

namespace barman::config {
namespace {

std::string show(const IniDocument& document) {
  std::string text;
  for (const IniSection& section : document.sections()) {
    std::vector<std::string> options;
    for (const IniOption& option : section.options)
      options.push_back("<" + option.name + "=" + IniDocument::get(section, option) + ">");
    std::ranges::sort(options);
    text += "[" + section.name + "]";
    for (const std::string& option : options) text += option;
  }
  return text;
}

std::string parse(std::string_view text) {
  try {
    IniDocument document;
    document.add(text, "f.conf");
    return show(document);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Errc::config);
    EXPECT_NE(error.hint().find("f.conf"), std::string::npos) << error.hint();
    return std::string("error: ") + error.what();
  }
}

struct GrammarCase {
  const char* label;
  std::string_view text;
  std::string_view want;
};
class IniGrammar : public testing::TestWithParam<GrammarCase> {};

TEST_P(IniGrammar, ReadsAsConfigParserDoes) { EXPECT_EQ(parse(GetParam().text), GetParam().want); }

INSTANTIATE_TEST_SUITE_P(
    Files, IniGrammar,
    testing::Values(
        GrammarCase{"plain", "[s]\na = 1\nb=2\n", "[s]<a=1><b=2>"},
        GrammarCase{"colon", "[s]\na : 1\nb:2=3\nc=4:5\n", "[s]<a=1><b=2=3><c=4:5>"},
        GrammarCase{"empty_value", "[s]\na =\nb=\n", "[s]<a=><b=>"},
        GrammarCase{"name_lower_case", "[s]\nCoNNinfo = X\n", "[s]<conninfo=X>"},
        GrammarCase{"blanks_in_name", "[s]\na b  =  c d  \n", "[s]<a b=c d>"},
        GrammarCase{"comment_lines", "# c\n; d\n[s]\n# x = 1\n  ; indented\na = 1\n", "[s]<a=1>"},
        GrammarCase{"no_inline_comments", "[s]\na = foo # bar\nb = foo ; bar\nc = ;x\nd ; e = f\n",
                    "[s]<a=foo # bar><b=foo ; bar><c=;x><d ; e=f>"},
        GrammarCase{"header_to_last_bracket", "[x] ; c]\na=1\n", "[x] ; c]<a=1>"},
        GrammarCase{"header_ignores_rest", "[x] ; comment\na=1\n", "[x]<a=1>"},
        GrammarCase{"header_double_bracket", "[z]]\na=1\n[[y]\nb=2\n", "[z]]<a=1>[[y]<b=2>"},
        GrammarCase{"header_inner_blanks", "[ y ]\na=1\n", "[ y ]<a=1>"},
        GrammarCase{"header_indented", "  [s]\na=1\n", "[s]<a=1>"},
        GrammarCase{"header_case", "[S]\na=1\n[s]\na=2\n", "[S]<a=1>[s]<a=2>"},
        GrammarCase{"empty_header_is_option", "[s]\n[]=x\n", "[s]<[]=x>"},
        GrammarCase{"unclosed_header_is_option", "[s]\n[x = y\n", "[s]<[x=y>"},
        GrammarCase{"indented_header_continues_value", "[s]\na = 1\n  [t]\nb=2\n", "[s]<a=1\n[t]><b=2>"},
        GrammarCase{"continuation", "[s]\na = 1\n  2\n\t3\nb = 4\n", "[s]<a=1\n2\n3><b=4>"},
        GrammarCase{"continuation_after_blank", "[s]\na = 1\n\n  2\nb=3\n", "[s]<a=1\n\n2><b=3>"},
        GrammarCase{"continuation_with_blank_inside", "[s]\na =\n  1\n\n\n  2\n\n", "[s]<a=\n1\n\n\n2>"},
        GrammarCase{"continuation_over_comment", "[s]\na = 1\n  # no\n; no\n  2\n", "[s]<a=1\n2>"},
        GrammarCase{"continuation_deeper_than_option", "[s]\n  a = 1\n  b = 2\n    3\n", "[s]<a=1><b=2\n3>"},
        GrammarCase{"continuation_looks_like_option", "[s]\na = 1\n  b = 2\n", "[s]<a=1\nb = 2>"},
        GrammarCase{"shallower_option", "[s]\n    a = 1\n  b = 2\n", "[s]<a=1><b=2>"},
        GrammarCase{"tab_is_one_column", "[s]\n a = 1\n\tb = 2\n", "[s]<a=1><b=2>"},
        GrammarCase{"duplicate_option", "[s]\na = 1\nb = 2\na = 3\n", "[s]<a=3><b=2>"},
        GrammarCase{"duplicate_section", "[s]\na = 1\n[t]\nb=2\n[s]\nc = 3\na = 4\n", "[s]<a=4><c=3>[t]<b=2>"},
        GrammarCase{"default_section", "[s]\na=1\n[DEFAULT]\na=9\nd=2\n[t]\nb=3\n", "[s]<a=1><d=2>[t]<a=9><b=3><d=2>"},
        GrammarCase{"crlf", "[s]\r\na = 1\r\n  2\r\n", "[s]<a=1\n2>"},
        GrammarCase{"cr", "[s]\ra = 1\rb = 2\r", "[s]<a=1><b=2>"},
        GrammarCase{"no_final_newline", "[s]\na = 1", "[s]<a=1>"},
        GrammarCase{"no_break_space_is_blank", "[s]\n\302\240a\302\240=\302\2401\343\200\200\n", "[s]<a=1>"},
        GrammarCase{"control_blanks", "[s]\na = \0341\037\nb\013=\0142\n", "[s]<a=1><b=2>"},
        GrammarCase{"utf8", "[gr\303\266\303\237e]\nbeschreibung = sch\303\266n\n",
                    "[gr\303\266\303\237e]<beschreibung=sch\303\266n>"},
        GrammarCase{"equals_in_value", "[s]\nconninfo = host=pg user=barman\n", "[s]<conninfo=host=pg user=barman>"},
        GrammarCase{"interpolation", "[s]\na = x\nb = %(a)s/%(A)s\nc = %(b)s!\n", "[s]<a=x><b=x/x><c=x/x!>"},
        GrammarCase{"interpolation_default", "[DEFAULT]\nroot = /r\n[s]\na = %(root)s/a\n", "[s]<a=/r/a><root=/r>"},
        GrammarCase{"percent_four", "[s]\na = 100%%%%\n", "[s]<a=100%>"},
        GrammarCase{"percent_second_pass", "[s]\na = x\nb = %%(a)s\n", "[s]<a=x><b=x>"},
        GrammarCase{"interpolation_depth_ten",
                    "[s]\na0 = %(a1)s\na1 = %(a2)s\na2 = %(a3)s\na3 = %(a4)s\na4 = %(a5)s\na5 = %(a6)s\na6 = "
                    "%(a7)s\na7 = %(a8)s\na8 = %(a9)s\na9 = end\n",
                    "[s]<a0=end><a1=end><a2=end><a3=end><a4=end><a5=end><a6=end><a7=end><a8=end><a9=end>"},
        GrammarCase{"empty_file", "", ""}, GrammarCase{"only_comments", "# a\n\n; b\n", ""},
        GrammarCase{"section_without_options", "[s]\n[t]\n", "[s][t]"},
        GrammarCase{
            "no_delimiter", "[s]\na=1\nfoo\n\n[t]\n  bar  \n",
            "error: Source contains parsing errors: 'f.conf'\n\t[line  3]: 'foo\\n'\n\t[line  6]: '  bar  \\n'"},
        GrammarCase{"no_name", "[s]\n= x\n", "error: Source contains parsing errors: 'f.conf'\n\t[line  2]: '= x\\n'"},
        GrammarCase{"no_header", "\n  # c\na = 1\n[s]\n",
                    "error: File contains no section headers.\nfile: 'f.conf', line: 3\n'a = 1\\n'"},
        GrammarCase{"byte_order_mark", "\357\273\277[s]\na=1\n",
                    "error: File contains no section headers.\nfile: 'f.conf', line: 1\n'\\ufeff[s]\\n'"},
        GrammarCase{"percent_alone", "[s]\na = 100%\n", "error: '%' must be followed by '%' or '(', found: '%'"},
        GrammarCase{"percent_twice", "[s]\na = 100%%\n", "error: invalid interpolation syntax in '100%' at position 3"},
        GrammarCase{"unknown_key", "[s]\nb = %(home)s/x\n",
                    "error: Bad value substitution: option 'b' in section 's' contains an interpolation key 'home' "
                    "which is not a valid option name. Raw value: '%(home)s/x'"},
        GrammarCase{"other_section_key", "[s]\na = 1\n[t]\nb = %(a)s\n",
                    "error: Bad value substitution: option 'b' in section 't' contains an interpolation key 'a' which "
                    "is not a valid option name. Raw value: '%(a)s'"},
        GrammarCase{"broken_reference", "[s]\na = %(b\nb = 1\n", "error: bad interpolation variable reference '%(b'"},
        GrammarCase{"reference_without_s", "[s]\na = %(b)d\nb = 1\n",
                    "error: bad interpolation variable reference '%(b)d'"},
        GrammarCase{"circle", "[s]\na = %(b)s\nb = %(a)s\n",
                    "error: Recursion limit exceeded in value substitution: option 'a' in section 's' contains an "
                    "interpolation key which cannot be substituted in 10 steps. Raw value: '%(b)s'"},
        GrammarCase{"second_pass_unknown", "[s]\na = %%(nope)s\n",
                    "error: Bad value substitution: option 'a' in section 's' contains an interpolation key 'nope' "
                    "which is not a valid option name. Raw value: '%(nope)s'"}),
    [](const auto& row) { return std::string(row.param.label); });

class LongLines : public testing::TestWithParam<std::size_t> {};

TEST_P(LongLines, KeepValueNameAndSection) {
  const std::string letters(GetParam(), 'x');
  const std::string spaced = letters + " ; " + letters;
  EXPECT_EQ(parse("[s]\na = " + letters + "\nb = " + spaced + "\n"), "[s]<a=" + letters + "><b=" + spaced + ">");
  EXPECT_EQ(parse("[s]\n" + letters + " : v\n" + letters + "y = w\n"), "[s]<" + letters + "=v><" + letters + "y=w>");
  EXPECT_EQ(parse("[" + letters + "]\na=1\n[" + letters + "y]\na=2\n"),
            "[" + letters + "]<a=1>[" + letters + "y]<a=2>");
  EXPECT_EQ(parse("[s]\na=1\n " + letters + "\n"), "[s]<a=1\n" + letters + ">");
  EXPECT_EQ(parse("# " + letters + "\n[s] ; " + letters + "\n"), "[s]");
  EXPECT_EQ(parse("[s]\n" + letters + "\n"),
            "error: Source contains parsing errors: 'f.conf'\n\t[line  2]: '" + letters + "\\n'");
}

INSTANTIATE_TEST_SUITE_P(Lengths, LongLines,
                         testing::Values(48, 49, 50, 51, 190, 195, 196, 197, 198, 199, 200, 201, 4096, 65536, 300000));

TEST(IniGrammar, TakesManyContinuationLines) {
  std::string text = "[s]\na =";
  std::string want = "[s]<a=";
  for (int i = 0; i < 5000; ++i) {
    text += "\n  line " + std::to_string(i);
    want += "\nline " + std::to_string(i);
  }
  EXPECT_EQ(parse(text), want + ">");
}

TEST(IniGrammar, KeepsBytesBelowBlankInNamesAndValues) {
  using namespace std::string_literals;
  EXPECT_EQ(parse("[s]\na\0b = c\0d\n"s), "[s]<a\0b=c\0d>"s);
}

struct EncodingCase {
  const char* label;
  std::string_view text;
  std::string_view want;
  std::string_view place;
};
class IniEncoding : public testing::TestWithParam<EncodingCase> {};

TEST_P(IniEncoding, MustBeUtf8) {
  IniDocument document;
  try {
    document.add(GetParam().text, "f.conf");
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.what(), GetParam().want);
    EXPECT_TRUE(error.hint().ends_with(GetParam().place)) << error.hint();
  }
}

INSTANTIATE_TEST_SUITE_P(
    Bytes, IniEncoding,
    testing::Values(
        EncodingCase{"start", "[s]\na=\xff\n", "'utf-8' codec can't decode byte 0xff in position 6: invalid start byte",
                     "f.conf:2"},
        EncodingCase{"cut", "[s]\na=\xe2\x82",
                     "'utf-8' codec can't decode bytes in position 6-7: unexpected end of data", "f.conf:2"},
        EncodingCase{"continuation", "\xe2\x82x",
                     "'utf-8' codec can't decode bytes in position 0-1: invalid continuation byte", "f.conf:1"},
        EncodingCase{"surrogate", "a\n\n\xed\xa0\x80",
                     "'utf-8' codec can't decode byte 0xed in position 3: invalid continuation byte", "f.conf:3"},
        EncodingCase{"overlong", "\xc0\x80", "'utf-8' codec can't decode byte 0xc0 in position 0: invalid start byte",
                     "f.conf:1"}),
    [](const auto& row) { return std::string(row.param.label); });

TEST(IniDocument, MergesFilesOptionByOption) {
  IniDocument document;
  document.add("[s]\na = 1\nb = 2\n", "first.conf");
  document.add("\n[t]\nc = 3\n[s]\nb = 4\nd = 5\n", "second.conf");
  EXPECT_EQ(show(document), "[s]<a=1><b=4><d=5>[t]<c=3>");
  const IniSection& section = *document.find("s");
  EXPECT_EQ(section.place.text(), "first.conf:1");
  EXPECT_EQ(section.find("a")->place.text(), "first.conf:2");
  EXPECT_EQ(section.find("b")->place.text(), "second.conf:5");
  EXPECT_EQ(section.find("e"), nullptr);
  EXPECT_EQ(document.find("u"), nullptr);
}

TEST(IniDocument, DefaultsStayInTheirFile) {
  IniDocument document;
  document.add("[DEFAULT]\nx = 1\n[s]\na = %(x)s\n", "first.conf");
  document.add("[t]\nb = 2\n", "second.conf");
  EXPECT_EQ(show(document), "[s]<a=1><x=1>[t]<b=2>");
}

TEST(IniDocument, FirstInterpolationSeesTheFileSecondTheMergedSection) {
  IniDocument document;
  document.add("[s]\na = 1\nb = %%(a)s\n", "first.conf");
  document.add("[s]\na = 2\n", "second.conf");
  EXPECT_EQ(show(document), "[s]<a=2><b=2>");
}

TEST(IniDocument, RefusesValuesThatRepeatEachOtherWithoutEnd) {
  for (const char* first : {"a = xxxxxxxx\n", "a =\n"}) {
    std::string text = std::string("[s]\n") + first;
    for (char name = 'b'; name <= 'j'; ++name) {
      text += std::string(1, name) + " = ";
      for (int i = 0; i < 20; ++i) text += std::string("%(") + static_cast<char>(name - 1) + ")s";
      text += '\n';
    }
    IniDocument document;
    EXPECT_THROW(document.add(text, "f.conf"), Error);
  }
}

TEST(IniDocument, KeepsWhatItHadWhenAFileIsFaulty) {
  IniDocument document;
  document.add("[s]\na = 1\n", "first.conf");
  EXPECT_THROW(document.add("[s]\na = 2\n[t]\nb = %(c)s\n", "second.conf"), Error);
  EXPECT_EQ(show(document), "[s]<a=1>");
}

TEST(IniDocument, NamesTheLineOfARepeatedOption) {
  IniDocument document;
  document.add("[s]\na = 1\n\na = 2\n", "f.conf");
  EXPECT_EQ(document.find("s")->find("a")->place.text(), "f.conf:4");
}

// Time that grows with the square of the size makes a minute of each; otherwise it is a fraction of a second, with
// sanitizers some.
TEST(IniDocument, ReadsVeryManyOptionsSectionsAndReferencesInTimeThatGrowsWithTheirNumber) {
  constexpr int many = 20'000;
  std::string options = "[s]\nx0 = 1\n", references = "[s]\nx0 = 1\n", sections, returns, defaults = "[DEFAULT]\n";
  std::string percent = "[s]\na = ";
  for (int i = 0; i < many; ++i) {
    const std::string number = std::to_string(i);
    options += "option_" + number + " = " + number + "\n";
    references += "option_" + number + " = %(x0)s %%(x0)s\n";
    sections += "[section_" + number + "]\na = 1\n";
    returns += "[s]\noption_" + number + " = 1\n";
    defaults += "option_" + number + " = 1\n";
    percent += "%%(%%(%%(%%(%%(%%(%%(%%(";
  }
  std::string carriage_returns = options;
  std::ranges::replace(carriage_returns, '\n', '\r');
  defaults += options;
  for (const std::string& text : {options, references, sections, returns, carriage_returns, defaults, percent}) {
    const std::clock_t begin = std::clock();  // not of the others that are busy here
    IniDocument document;
    try {
      document.add(text, "first.conf");
      document.add(text, "second.conf");
    } catch (const Error&) {  // a percent sign too many
    }
    for (const IniSection& section : document.sections())
      for (const IniOption& option : section.options) EXPECT_FALSE(IniDocument::get(section, option).empty());
    EXPECT_LT(static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC, 10) << text.substr(0, 60);
  }
}

}  // namespace
}  // namespace barman::config
