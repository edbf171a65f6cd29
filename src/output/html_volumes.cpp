// Sizes of backups, WAL of each day, and on which days there were backups.
#include <algorithm>
#include <cmath>
#include <map>

#include "barman/core/numbers.h"
#include "html_sections.h"

namespace barman::output {
namespace {

using report::StateReport;
using report::SurveyedBackup;

// Charts are as wide as there is room, and their bars are drawn in one path each.
constexpr double chart_width = 1000, chart_height = 100;
constexpr std::int64_t shown_days = 90;

std::string open_chart(const std::string& label) {
  return fmt::format(
      "<svg class=\"chart\" viewBox=\"0 0 {:.0f} {:.0f}\" preserveAspectRatio=\"none\" role=\"img\" "
      "aria-label=\"{}\">",
      chart_width, chart_height, escape_html(label));
}

// One bar of a path.
std::string bar(double x, double width, double height) {
  return fmt::format("M{:.0f} {:.0f}h{:.0f}V{:.1f}h-{:.0f}z", x, chart_height, width, chart_height - height, width);
}

double scaled(double value, double most) { return most > 0 ? value / most * chart_height : 0; }

// ---- Sizes

class SizeChart {
 public:
  SizeChart(const Row& row, std::size_t most_bars) {
    for (const SurveyedBackup& backup : row.server.backups)
      if (shown_.size() < most_bars) shown_.insert(shown_.begin(), &backup);
    for (const SurveyedBackup* backup : shown_) {
      largest_ = std::max(largest_, static_cast<double>(std::max(backup->size, backup->stored)));
      longest_ = std::max(longest_, backup->seconds.value_or(0));
    }
    step_ = std::min(chart_width / static_cast<double>(std::max<std::size_t>(1, shown_.size())), 60.0);
  }

  Markup draw() const {
    if (largest_ <= 0) return {"<p class=\"empty\">no complete backup</p>"};
    std::string whole, stored, failed, line;
    double x = 0;
    for (const SurveyedBackup* backup : shown_) {
      const double width = std::max(1.0, std::floor(step_ * 0.8));
      if (backup->copied) {
        whole += bar(x, width, scaled(static_cast<double>(backup->size), largest_));
        stored += bar(x, width, scaled(static_cast<double>(backup->stored), largest_));
      } else {
        const double middle = x + width / 2, half = std::max(width / 2, 5.0);
        failed += fmt::format("M{0:.0f} 8L{1:.0f} 28M{1:.0f} 8L{0:.0f} 28", middle - half, middle + half);
      }
      if (backup->seconds && longest_ > 0)
        line += fmt::format("{}{:.0f} {:.1f}", line.empty() ? "M" : "L", x + width / 2,
                            chart_height - scaled(*backup->seconds, longest_) * 0.9);
      x += step_;
    }
    return {
        open_chart("sizes of backups") +
        fmt::format(
            "<path class=\"whole\" d=\"{}\"/><path class=\"stored\" d=\"{}\"/><path class=\"cross\" vector-effect=\"non-scaling-stroke\" d=\"{}\"/>"
            "<path class=\"duration\" vector-effect=\"non-scaling-stroke\" d=\"{}\"/></svg>",
            whole, stored, failed, line)};
  }

  Markup caption() const {
    if (largest_ <= 0) return {"none"};
    Markup text = html("largest {}", human_size(largest_));
    if (longest_ > 0) text += html(", longest copy {}", short_interval(longest_));
    return text;
  }

 private:
  std::vector<const SurveyedBackup*> shown_;  // oldest first
  double largest_ = 0, longest_ = 0, step_ = 0;
};

// ---- WAL

Markup wal_chart(const Row& row, const Timestamp& at) {
  double most = 0;
  for (const auto& [day, volume] : row.server.wal_days) most = std::max(most, static_cast<double>(volume.bytes));
  if (most <= 0) return {"<p class=\"empty\">no WAL in ninety days</p>"};
  constexpr double step = chart_width / static_cast<double>(shown_days);
  const std::int64_t first = report::local_day(at) - shown_days + 1;
  std::string bars;
  for (const auto& [day, volume] : row.server.wal_days)
    if (day >= first)
      bars += bar(static_cast<double>(day - first) * step, std::floor(step * 0.8),
                  scaled(static_cast<double>(volume.bytes), most));
  return {open_chart("WAL of each day") + fmt::format("<path class=\"stored\" d=\"{}\"/></svg>", bars)};
}

Markup wal_caption(const Row& row) {
  Markup text = html("{} a day", human_size(row.state.inflow.wal_bytes));
  if (row.state.wal_compression) text += html(", compressed {:.1f} times", *row.state.wal_compression);
  return text;
}

// ---- Days

struct Days {
  std::string made, failed, none;
  int count = 0;  // with a backup
};

Days days_of(const Row& row, const Timestamp& at) {
  std::map<std::int64_t, bool> days;  // whether one was made
  for (const SurveyedBackup& backup : row.server.backups)
    if (const auto time = backup.end ? backup.end : backup.begin) {
      bool& made = days[report::local_day(in_local_zone(*time))];
      made = made || backup.copied;
    }
  Days result;
  const std::int64_t first = report::local_day(at) - shown_days + 1;
  for (std::int64_t i = 0; i < shown_days; ++i) {
    const auto day = days.find(first + i);
    const std::int64_t x = i * 10;
    if (day == days.end()) {
      result.none += fmt::format("M{} 9h3v3h-3z", x + 3);
    } else if (day->second) {
      result.made += fmt::format("M{} 1h8v18h-8z", x + 1);
      ++result.count;
    } else {
      result.failed += fmt::format("M{0} 4l7 12m0-12l-7 12", x + 1);
    }
  }
  return result;
}

}  // namespace

Markup volume_section(const StateReport& report) {
  Markup section = {
      "<section id=\"volumes\">\n<h2>Backups and WAL</h2>\n<ul class=\"legend\">"
      "<li><svg width=\"14\" height=\"14\"><path class=\"whole\" d=\"M1 1h12v12H1z\"/></svg> size of a backup</li>"
      "<li><svg width=\"14\" height=\"14\"><path class=\"stored\" d=\"M1 1h12v12H1z\"/></svg> what is its own, and WAL</li>"
      "<li><svg width=\"20\" height=\"14\"><path class=\"duration\" d=\"M1 10 10 4 19 8\"/></svg> duration of the copy</li>"
      "<li><svg width=\"14\" height=\"14\"><path class=\"cross\" d=\"M2 2 12 12M12 2 2 12\"/></svg> failed</li></ul>\n"
      "<div class=\"charts\">\n"};
  for (const Row& row : rows_of(report)) {
    const SizeChart sizes(row, std::min<std::size_t>(most_backups(report), 120));
    section += html(
        "<article><h3><a href=\"#s{}\">{}</a></h3>\n<figure>{}<figcaption>Backups: {}</figcaption></figure>\n"
        "<figure>{}<figcaption>WAL of 90 days: {}</figcaption></figure></article>\n",
        row.number, row.server.name, sizes.draw(), sizes.caption(), wal_chart(row, report.survey.at), wal_caption(row));
  }
  section += {"</div>\n</section>\n"};
  return section;
}

Markup days_section(const StateReport& report) {
  const Timestamp& at = report.survey.at;
  const Timestamp first = at - std::chrono::hours(24 * (shown_days - 1));
  Markup section = {
      "<section id=\"days\">\n<h2>Backups by day</h2>\n<ul class=\"legend\">"
      "<li><svg width=\"10\" height=\"20\"><path class=\"made\" d=\"M1 1h8v18H1z\"/></svg> a backup was made</li>"
      "<li><svg width=\"10\" height=\"20\"><path class=\"cross\" d=\"M1 4 8 16M8 4 1 16\"/></svg> it failed</li>"
      "<li><svg width=\"10\" height=\"20\"><path class=\"none\" d=\"M3 9h3v3H3z\"/></svg> none is left of that day</li></ul>\n"
      "<div class=\"picture\">\n"};
  section += html(
      "<div class=\"row scale\" aria-hidden=\"true\"><div></div><div class=\"dates\"><span>{}</span>"
      "<span>today</span></div></div>\n",
      date_text(first));
  for (const Row& row : rows_of(report)) {
    const Days days = days_of(row, at);
    section += html(
        "<div class=\"row\"><div class=\"name\"><a href=\"#s{}\">{}</a><small>{} {} with a backup</small></div>"
        "<div class=\"lanes\"><svg class=\"strip\" viewBox=\"0 0 {} 20\" preserveAspectRatio=\"none\" role=\"img\" "
        "aria-label=\"backups by day\"><path class=\"none\" d=\"{}\"/><path class=\"made\" d=\"{}\"/>"
        "<path class=\"cross\" vector-effect=\"non-scaling-stroke\" d=\"{}\"/></svg></div></div>\n",
        row.number, row.server.name, days.count, days.count == 1 ? "day" : "days", shown_days * 10, days.none,
        days.made, days.failed);
  }
  section += {"</div>\n</section>\n"};
  return section;
}

}  // namespace barman::output
