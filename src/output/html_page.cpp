#include <algorithm>

#include "barman/output/state_report.h"
#include "html_sections.h"

namespace barman::output {
namespace {

using report::StateReport;
using report::Verdict;

struct VerdictWords {
  const char* word;
  const char* sign;
  const char* meaning;
};
VerdictWords words_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::good:
      return {"good", "✓", "can be restored, nothing to do"};
    case Verdict::attention:
      return {"attention", "!", "can be restored, something is not as it should be"};
    case Verdict::risk:
      return {"at risk", "✕", "cannot be restored as it should be, or soon will not"};
    case Verdict::unused:
      return {"inactive", "–", "nothing is expected"};
  }
  return {"", "", ""};
}

Markup tile(const StateReport& report, Verdict verdict) {
  const VerdictWords words = words_of(verdict);
  const int count = report.count(verdict);
  return html("<div class=\"tile {}{}\"><b>{}</b><span>{} {}</span><small>{}</small></div>", report::word_of(verdict),
              count == 0 ? " none" : "", count, words.sign, words.word, words.meaning);
}

Markup weakest(const StateReport& report) {
  if (!report.weakest) return {};
  const std::string& name = report.survey.servers[*report.weakest].name;
  const auto& last = report.states[*report.weakest].restorable_to;
  if (!last && !report.survey.servers[*report.weakest].window)
    return html(
        "<p class=\"weakest\">What can be restored of <a href=\"#s{}\">{}</a> is <strong>not known</strong>.</p>\n",
        *report.weakest, name);
  if (!last)
    return html("<p class=\"weakest\">Of <a href=\"#s{}\">{}</a> <strong>nothing can be restored</strong>.</p>\n",
                *report.weakest, name);
  const double age = static_cast<double>((report.survey.at - *last).count()) / 1e6;
  return html(
      "<p class=\"weakest\">The server that would lose the most is <a href=\"#s{}\">{}</a>: its last restorable moment is "
      "<strong>{}</strong>, {} ago.</p>\n",
      *report.weakest, name, minute_text(*last), short_interval(age));
}

constexpr const char* definitions =
    "<svg class=\"definitions\" width=\"0\" height=\"0\" aria-hidden=\"true\"><defs>\n"
    "<pattern id=\"hatch\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">"
    "<rect width=\"6\" height=\"6\" class=\"hatch-ground\"/><rect width=\"2\" height=\"6\" class=\"hatch-line\"/></pattern>\n"
    "<g id=\"full\"><circle r=\"4.5\" class=\"mark\"/></g>\n"
    "<g id=\"incr\"><path d=\"M0-5 5 4H-5z\" class=\"mark\"/></g>\n"
    "<g id=\"kept\"><path d=\"M0-7 7 0 0 7-7 0z\" class=\"mark\"/><circle r=\"1.8\" class=\"eye\"/></g>\n"
    "<g id=\"goes\"><circle r=\"4\" class=\"mark hollow\"/></g>\n"
    "<g id=\"fail\"><path d=\"M-4-4 4 4M4-4-4 4\" class=\"cross\"/></g>\n"
    "<g id=\"tick\"><path d=\"M0-7V7\" class=\"tick\"/></g>\n"
    "</defs></svg>\n";

}  // namespace

std::vector<Row> rows_of(const StateReport& report) {
  std::vector<Row> rows;
  for (std::size_t i = 0; i < report.states.size(); ++i)
    rows.push_back({report.survey.servers[i], report.states[i], i});
  return rows;
}

Markup badge(Verdict verdict) {
  const VerdictWords words = words_of(verdict);
  return html("<span class=\"badge {}\"><i>{}</i> {}</span>", report::word_of(verdict), words.sign, words.word);
}

Markup verdict_section(const StateReport& report) {
  Markup section = html("<section class=\"verdict\" aria-label=\"Verdict\">\n<div class=\"tiles\">{}{}{}{}</div>\n",
                        tile(report, Verdict::good), tile(report, Verdict::attention), tile(report, Verdict::risk),
                        report.count(Verdict::unused) > 0 ? tile(report, Verdict::unused) : Markup{});
  for (const report::Concern& concern : report.concerns)
    section += html("<p class=\"alarm\"><i>✕</i> {} <code>{}</code></p>\n", concern.text, concern.command);
  section += weakest(report);
  if (report.states.empty()) section += {"<p class=\"alarm\"><i>!</i> No server is configured.</p>\n"};
  section += {"</section>\n"};
  return section;
}

std::string html_page(const StateReport& report) {
  const report::Survey& survey = report.survey;
  Markup page = html(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"color-scheme\" content=\"light dark\">\n<title>Backup report of {}</title>\n<style>\n{}</style>\n"
      "</head>\n<body>\n{}<header>\n<h1>What can be restored</h1>\n"
      "<p>{} · {} · made <time datetime=\"{}\">{}</time> by barman-native {}, from the catalogue alone</p>\n</header>\n"
      "<main>\n",
      survey.home, Markup{report_css}, Markup{definitions}, survey.home,
      survey.servers.size() == 1 ? std::string("1 server") : fmt::format("{} servers", survey.servers.size()),
      to_iso({survey.at.seconds() * 1'000'000, survey.at.offset}), to_python(survey.at).substr(0, 19), survey.version);
  page += verdict_section(report);
  if (!report.states.empty())
    for (const auto section :
         {recovery_section, server_table, volume_section, days_section, disk_section, drill_section, appendix})
      page += section(report);
  page += {"</main>\n</body>\n</html>\n"};
  return std::move(page.text);
}

}  // namespace barman::output
