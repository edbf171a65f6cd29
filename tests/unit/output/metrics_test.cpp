#include "barman/output/metrics.h"

#include <gtest/gtest.h>

#include <limits>

#include "recording_writer.h"

namespace barman::output {
namespace {

using report::Metrics;

std::string one(const std::vector<Metrics::Label>& labels, double value, const std::string& help = "Help.") {
  return prometheus_text({{{"m", help, {{labels, value}}}}});
}

TEST(PrometheusText, IsHelpTypeAndSamples) {
  const Metrics metrics{
      {{"barman_a", "What a is.", {{{{"server", "main"}, {"number", "1"}}, 5}, {{{"server", "x"}}, 6}}},
       {"barman_none", "Nothing.", {}},
       {"barman_b", "What b is.", {{{}, 1.5}}}}};
  EXPECT_EQ(prometheus_text(metrics),
            "# HELP barman_a What a is.\n# TYPE barman_a gauge\nbarman_a{server=\"main\",number=\"1\"} 5\n"
            "barman_a{server=\"x\"} 6\n# HELP barman_b What b is.\n# TYPE barman_b gauge\nbarman_b 1.5\n");
}

TEST(PrometheusText, EscapesWhatIsNoText) {
  EXPECT_EQ(one({{"l", "a\"b\\c\nd"}}, 1, "x\\y\nz\"w"),
            "# HELP m x\\\\y\\nz\"w\n# TYPE m gauge\nm{l=\"a\\\"b\\\\c\\nd\"} 1\n");
  EXPECT_EQ(one({{"l", "caf\xC3\xA9 \xFF"}}, 1),
            "# HELP m Help.\n# TYPE m gauge\nm{l=\"caf\xC3\xA9 \xEF\xBF\xBD\"} 1\n");
}

struct NumberCase {
  double value;
  const char* text;
};
class PrometheusNumber : public testing::TestWithParam<NumberCase> {};
TEST_P(PrometheusNumber, IsWhatGoReads) {
  const std::string text = one({}, GetParam().value);
  EXPECT_EQ(text.substr(text.rfind("m ") + 2), std::string(GetParam().text) + "\n");
}
INSTANTIATE_TEST_SUITE_P(Values, PrometheusNumber,
                         testing::Values(NumberCase{0, "0"}, NumberCase{-3, "-3"}, NumberCase{1562537102, "1562537102"},
                                         NumberCase{1562537102.25, "1562537102.25"},
                                         NumberCase{5e15, "5000000000000000"}, NumberCase{0.1, "0.1"},
                                         NumberCase{1e300, "1e+300"},
                                         NumberCase{std::numeric_limits<double>::infinity(), "+Inf"},
                                         NumberCase{-std::numeric_limits<double>::infinity(), "-Inf"},
                                         NumberCase{std::numeric_limits<double>::quiet_NaN(), "NaN"}));

TEST(MetricsJson, HasFamiliesByName) {
  const auto json = json_of(Metrics{{{"m", "Help.", {{{{"server", "main"}}, 2}}}, {"none", "", {}}}});
  EXPECT_EQ(json.dump(),
            R"({"m":{"help":"Help.","samples":[{"labels":{"server":"main"},"value":2.0}],"type":"gauge"}})");
}

}  // namespace
}  // namespace barman::output
