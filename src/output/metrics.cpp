#include "barman/output/metrics.h"

#include <fmt/core.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "barman/core/utf8.h"

namespace barman::output {
namespace {

// What the format has no room for: in help texts ends of lines and backslashes, in values of labels quotes, too.
std::string escaped(std::string_view text, bool in_quotes) {
  std::string result;
  for (const char c : valid_utf8(text)) {
    if (c == '\\' || (in_quotes && c == '"')) result += '\\';
    if (c == '\n')
      result += "\\n";
    else
      result += c;
  }
  return result;
}

std::string number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  constexpr double exact = 9007199254740992;  // whole numbers up to there are what they say
  if (value == std::floor(value) && std::abs(value) < exact) return fmt::format("{}", static_cast<std::int64_t>(value));
  return fmt::format("{}", value);
}

void add_sample(const std::string& name, const report::Metrics::Sample& sample, std::string& text) {
  text += name;
  char before = '{';
  for (const report::Metrics::Label& label : sample.labels) {
    text += fmt::format("{}{}=\"{}\"", before, label.name, escaped(label.value, true));
    before = ',';
  }
  if (!sample.labels.empty()) text += '}';
  text += fmt::format(" {}\n", number(sample.value));
}

}  // namespace

std::string prometheus_text(const report::Metrics& metrics) {
  std::string text;
  for (const report::Metrics::Family& family : metrics.families) {
    if (family.samples.empty()) continue;
    text += fmt::format("# HELP {0} {1}\n# TYPE {0} gauge\n", family.name, escaped(family.help, false));
    for (const report::Metrics::Sample& sample : family.samples) add_sample(family.name, sample, text);
  }
  return text;
}

}  // namespace barman::output

namespace barman::report {

void write_console(const Metrics& report, output::Writer& writer) { writer.raw(output::prometheus_text(report)); }

void write_json(const Metrics& report, nlohmann::json& root) {
  for (const Metrics::Family& family : report.families) {
    if (family.samples.empty()) continue;
    nlohmann::json samples = nlohmann::json::array();
    for (const Metrics::Sample& sample : family.samples) {
      nlohmann::json labels = nlohmann::json::object();
      for (const Metrics::Label& label : sample.labels) labels[label.name] = label.value;
      samples.push_back({{"labels", std::move(labels)}, {"value", sample.value}});
    }
    root[family.name] = {{"help", family.help}, {"type", "gauge"}, {"samples", std::move(samples)}};
  }
}

}  // namespace barman::report
