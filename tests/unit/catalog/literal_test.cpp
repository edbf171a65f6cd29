#include "literal.h"

#include <gtest/gtest.h>

#include "barman/core/error.h"

namespace barman::catalog {
namespace {

// `text` as a person or another program may spell it, and how repr() prints what it means.
struct Spelling {
  const char* label;
  std::string text;
  std::string canonical;
};

class ReadLiteral : public testing::TestWithParam<Spelling> {};

TEST_P(ReadLiteral, PrintsCanonically) {
  const Literal literal = parse_literal(GetParam().text);
  EXPECT_EQ(python_repr(literal), GetParam().canonical);
  EXPECT_EQ(parse_literal(GetParam().canonical), literal);
}

INSTANTIATE_TEST_SUITE_P(
    Spellings, ReadLiteral,
    testing::Values(
        Spelling{"none", " None ", "None"}, Spelling{"true_value", "True", "True"},
        Spelling{"false_value", "False", "False"}, Spelling{"zero", "0", "0"}, Spelling{"signs", "- -+7", "7"},
        Spelling{"negative", "-12", "-12"}, Spelling{"smallest", "-9223372036854775808", "-9223372036854775808"},
        Spelling{"underscores", "1_000_000", "1000000"}, Spelling{"hex", "0xFF", "255"},
        Spelling{"octal", "0o17", "15"}, Spelling{"binary", "-0b101", "-5"}, Spelling{"real", "1.50", "1.5"},
        Spelling{"no_fraction", "2.", "2.0"}, Spelling{"no_integer_part", ".25", "0.25"},
        Spelling{"exponent", "1E-5", "1e-05"}, Spelling{"large_exponent", "1e16", "1e+16"},
        Spelling{"minus_zero", "-0.0", "-0.0"}, Spelling{"signed_exponent", "1e+3", "1000.0"},
        Spelling{"single_quotes", "'a'", "'a'"}, Spelling{"double_quotes", "\"a\"", "'a'"},
        Spelling{"apostrophe", "'it\\'s'", "\"it's\""}, Spelling{"both_quotes", "'a\\'\"'", "'a\\'\"'"},
        Spelling{"triple", "'''a'b\n'''", "\"a'b\\n\""}, Spelling{"triple_double", "\"\"\"a\"b\"\"\"", "'a\"b'"},
        Spelling{"adjacent", "'a' \"b\"\t'c'", "'abc'"}, Spelling{"unicode_prefix", "u'a'", "'a'"},
        Spelling{"raw", "r'a\\n'", "'a\\\\n'"}, Spelling{"empty_text", "''", "''"},
        Spelling{"escapes", "'\\t\\n\\r\\\\\\a\\x00\\x7f'", "'\\t\\n\\r\\\\\\x07\\x00\\x7f'"},
        Spelling{"octal_escape", "'\\101\\1018'", "'AA8'"}, Spelling{"unknown_escape", "'\\q'", "'\\\\q'"},
        Spelling{"line_continuation", "'a\\\nb'", "'ab'"}, Spelling{"hex_escape", "'\\xe9'", "'\xc3\xa9'"},
        Spelling{"short_unicode", "'\\u20ac'", "'\xe2\x82\xac'"},
        Spelling{"long_unicode", "'\\U0001f600'", "'\xf0\x9f\x98\x80'"},
        Spelling{"not_utf8", "'caf\xe9'", "'caf\\udce9'"},
        Spelling{"byte_escape", "'\\udce9\\U0000dcff'", "'\\udce9\\udcff'"},
        Spelling{"unprintable", "'\\u200b\\xa0'", "'\\u200b\\xa0'"}, Spelling{"empty_list", "[]", "[]"},
        Spelling{"list", "[1,2 , 'c',]", "[1, 2, 'c']"}, Spelling{"empty_tuple", "()", "()"},
        Spelling{"one_tuple", "(1,)", "(1,)"}, Spelling{"parentheses", "((1))", "1"},
        Spelling{"parenthesised_strings", "('a' 'b')", "'ab'"}, Spelling{"tuple", "(1, 'a')", "(1, 'a')"},
        Spelling{"empty_dict", "{}", "{}"}, Spelling{"dict", "{'b':1, 'a' : {2: None},}", "{'b': 1, 'a': {2: None}}"},
        Spelling{"tablespaces", "[('tbs1', 16387, '/srv/ts1')]", "[('tbs1', 16387, '/srv/ts1')]"}),
    [](const auto& row) { return std::string(row.param.label); });

class RefuseLiteral : public testing::TestWithParam<std::string> {};

TEST_P(RefuseLiteral, Throws) { EXPECT_THROW(parse_literal(GetParam()), Error) << GetParam(); }

INSTANTIATE_TEST_SUITE_P(Texts, RefuseLiteral,
                         testing::Values("", "x", "None x", "'a", "'''a'", "[1, 2", "[1 2]", "(1", "{1: 2", "{1}",
                                         "1.2.3", "0x", "99999999999999999999", "'\\xZ1'", "'\\x1'", "'\\ud800'",
                                         "'\\udc7f'", "'\\udd00'", "'\\U00110000'", "b'a'", "-'a'", "[,]", "truE",
                                         std::string(200, '[')));

TEST(Literal, KnowsWhatPythonCallsFalse) {
  for (const char* text : {"None", "False", "0", "0.0", "''", "[]", "()", "{}"})
    EXPECT_FALSE(parse_literal(text).truthy()) << text;
  for (const char* text : {"True", "-1", "0.1", "' '", "[0]", "(0,)", "{0: 0}"})
    EXPECT_TRUE(parse_literal(text).truthy()) << text;
}

}  // namespace
}  // namespace barman::catalog
