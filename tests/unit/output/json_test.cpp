#include "json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace barman::output {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

struct Case {
  const char* label;
  const char* input;
  const char* output;
};
class PythonJson : public testing::TestWithParam<Case> {};

TEST_P(PythonJson, OneLine) { EXPECT_EQ(to_python_json(json::parse(GetParam().input)), GetParam().output); }

INSTANTIATE_TEST_SUITE_P(Values, PythonJson,
                         testing::Values(Case{"empty_object", "{}", "{}"}, Case{"empty_array", "[]", "[]"},
                                         Case{"separators", R"({"b":[1,2],"a":null})", R"({"a": null, "b": [1, 2]})"},
                                         Case{"whole_float", "[1.0]", "[1.0]"},
                                         Case{"small_float", "[0.00001]", "[1e-05]"},
                                         Case{"literals", "[true,false]", "[true, false]"},
                                         Case{"non_ascii", "[\"\xc3\xa9\"]", R"(["\u00e9"])"},
                                         Case{"escapes", R"(["\t\n\"\\"])", R"(["\t\n\"\\"])"}),
                         [](const auto& row) { return std::string(row.param.label); });

TEST(PythonJsonText, Indented) {
  EXPECT_EQ(to_python_json(json::parse(R"({"a":{"b":[1,2],"c":{}},"d":[]})"), 4),
            "{\n    \"a\": {\n        \"b\": [\n            1,\n            2\n        ],\n        \"c\": {}\n    },\n"
            "    \"d\": []\n}");
}

TEST(PythonJsonText, KeepsTheOrderOfAnOrderedDocument) {
  ordered_json document;
  document["z"] = 1;
  document["a"] = 2;
  EXPECT_EQ(to_python_json(document), R"({"z": 1, "a": 2})");
}

TEST(PythonJsonText, ReplacesBytesThatAreNotUtf8) { EXPECT_EQ(to_python_json(json("a\xff")), R"("a\ufffd")"); }

}  // namespace
}  // namespace barman::output
