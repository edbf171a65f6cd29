// The picture: which moments can be restored, one row a server.
#include <algorithm>
#include <set>

#include "html_sections.h"

namespace barman::output {
namespace {

using report::StateReport;
using report::Stretch;
using report::SurveyedBackup;
using report::SurveyedServer;

constexpr int lane_height = 30;
constexpr std::size_t many_marks = 150;  // so many full ones that they would hide each other

// From the first moment that is shown to now, as percents of the width.
class Axis {
 public:
  Axis(const Timestamp& from, const Timestamp& to) : from_(from.micros), to_(std::max(to.micros, from.micros + 1)) {}
  double at(const Timestamp& time) const {
    const double share = static_cast<double>(time.micros - from_) / static_cast<double>(to_ - from_);
    return std::clamp(share, 0.0, 1.0) * width;
  }
  Timestamp moment(double share) const {
    return local_timestamp(from_ + static_cast<std::int64_t>(share * static_cast<double>(to_ - from_)));
  }
  std::int64_t length() const { return to_ - from_; }

 private:
  static constexpr double width = 97;  // room for the marks at the end
  std::int64_t from_, to_;
};

Axis axis_of(const StateReport& report) {
  constexpr std::int64_t shortest = 3'600'000'000;
  std::int64_t first = report.survey.at.micros - shortest;
  for (const Row& row : rows_of(report)) {
    for (const Stretch& stretch : row.state.stretches) first = std::min(first, stretch.from.micros);
    for (const SurveyedBackup& backup : row.server.backups)
      if (backup.begin) first = std::min(first, backup.begin->micros);
  }
  return {local_timestamp(first), report.survey.at};
}

std::string reach_text(const Stretch& stretch) {
  return fmt::format("{} to {}, from backup {} on timeline {}", minute_text(stretch.from), minute_text(stretch.to),
                     stretch.backup_id, stretch.timeline);
}

std::string gap_text(const Stretch& before) {
  if (before.missing.empty()) return "WAL that cannot be replayed";
  std::string text = "missing WAL: " + before.missing.front();
  if (before.missing.size() > 1) text += fmt::format(" and {} more", before.missing.size() - 1);
  return text;
}

// Behind a backup that is kept standalone WAL is not wanted, and behind the end of the archive there is none yet.
bool is_gap(const Stretch& before) { return before.ended_by == "missing_wal" || before.ended_by == "damaged_wal"; }

Markup bar(const Axis& axis, const Timestamp& from, const Timestamp& to, const char* kind, const std::string& title) {
  constexpr double thinnest = 0.25;
  const double begin = axis.at(from);
  return html("<rect class=\"{}\" x=\"{:.2f}%\" y=\"9\" width=\"{:.2f}%\" height=\"12\"><title>{}</title></rect>", kind,
              begin, std::max(thinnest, axis.at(to) - begin), title);
}

const char* mark_of(const SurveyedBackup& backup, bool many) {
  if (!backup.copied) return "fail";
  if (!backup.keep.empty()) return "kept";
  if (backup.type == "incremental") return many ? "tick" : "incr";
  if (many) return "tick";
  return backup.goes ? "goes" : "full";
}

std::string title_of(const SurveyedBackup& backup) {
  std::string text = fmt::format("{} {} {}", backup.id, backup.type, backup.status);
  if (!backup.keep.empty()) text += ", kept " + backup.keep;
  if (backup.goes) text += ", goes next";
  return text;
}

// One timeline of a server.
class Lane {
 public:
  Lane(const Axis& axis, const Row& row, std::uint32_t timeline, std::size_t most_marks)
      : axis_(axis), row_(row), timeline_(timeline), most_marks_(most_marks) {}

  Markup draw(const Timestamp& now) {
    lane_ = html("<svg class=\"lane\" width=\"100%\" height=\"{}\" role=\"img\" aria-label=\"timeline {} of {}\">",
                 lane_height, timeline_, row_.server.name);
    lane_ += html("<line class=\"rule\" x1=\"0\" x2=\"{:.2f}%\" y1=\"15\" y2=\"15\"/>", axis_.at(now));
    draw_stretches();
    draw_marks();
    lane_ += {"</svg>"};
    return std::move(lane_);
  }

 private:
  void draw_stretches() {
    const Stretch* before = nullptr;
    for (const Stretch& stretch : row_.state.stretches) {
      if (stretch.timeline != timeline_) continue;
      if (before != nullptr && is_gap(*before) && before->to < stretch.from)
        lane_ += bar(axis_, before->to, stretch.from, "gap", gap_text(*before));
      draw_stretch(stretch);
      before = &stretch;
    }
    if (before == nullptr) return;
    const auto archived = row_.server.timelines.find(timeline_);
    if (is_gap(*before) && archived != row_.server.timelines.end() && archived->second.written &&
        *archived->second.written > before->to)
      lane_ += bar(axis_, before->to, *archived->second.written, "gap", gap_text(*before));
    else if (before->ended_by == "archive_end" && archived != row_.server.timelines.end() && archived->second.written &&
             *archived->second.written > before->to)
      lane_ += html("<line class=\"idle\" x1=\"{:.2f}%\" x2=\"{:.2f}%\" y1=\"15\" y2=\"15\"/>", axis_.at(before->to),
                    axis_.at(*archived->second.written));
  }

  void draw_stretch(const Stretch& stretch) {
    const auto& stays = row_.state.stays_from;
    if (!stays || *stays <= stretch.from) {
      lane_ += bar(axis_, stretch.from, stretch.to, "reach", reach_text(stretch));
      return;
    }
    lane_ += bar(axis_, stretch.from, std::min(*stays, stretch.to), "fading",
                 reach_text(stretch) + "; retention removes this next");
    if (*stays < stretch.to) lane_ += bar(axis_, *stays, stretch.to, "reach", reach_text(stretch));
  }

  bool is_here(const SurveyedBackup& backup) const {
    return backup.timeline.value_or(timeline_) == static_cast<std::int64_t>(timeline_) && backup.begin;
  }

  // The newest ones say what they are; the others are ticks in one path.
  void draw_marks() {
    const auto count = static_cast<std::size_t>(
        std::ranges::count_if(row_.server.backups, [&](const SurveyedBackup& backup) { return is_here(backup); }));
    std::size_t drawn = 0;
    std::string ticks;
    for (const SurveyedBackup& backup : row_.server.backups) {
      if (!is_here(backup)) continue;
      const double x = axis_.at(backup.end.value_or(*backup.begin));
      if (++drawn > most_marks_)
        ticks += fmt::format("M{:.0f} 9v12", x * 10);
      else
        lane_ += html("<use href=\"#{}\" x=\"{:.2f}%\" y=\"15\"><title>{}</title></use>",
                      mark_of(backup, count > many_marks), x, title_of(backup));
    }
    if (!ticks.empty())
      lane_ += html(
          "<svg width=\"100%\" height=\"{0}\" viewBox=\"0 0 1000 {0}\" preserveAspectRatio=\"none\">"
          "<path class=\"tick\" vector-effect=\"non-scaling-stroke\" d=\"{1}\"/></svg>",
          lane_height, ticks);
  }

  const Axis& axis_;
  const Row& row_;
  std::uint32_t timeline_;
  std::size_t most_marks_;
  Markup lane_;
};

std::set<std::uint32_t> timelines_of(const Row& row) {
  std::set<std::uint32_t> timelines;
  for (const Stretch& stretch : row.state.stretches) timelines.insert(stretch.timeline);
  for (const SurveyedBackup& backup : row.server.backups)
    if (backup.timeline) timelines.insert(static_cast<std::uint32_t>(*backup.timeline));
  if (timelines.empty()) timelines.insert(1);
  return timelines;
}

std::string length_text(const Row& row) {
  if (row.state.stretches.empty()) return row.server.window ? "nothing" : "not known";
  return short_interval(row.state.restorable_seconds);
}

Markup lanes_of(const Axis& axis, const Row& row, const StateReport& report) {
  const auto timelines = timelines_of(row);
  Markup lanes;
  for (const std::uint32_t timeline : timelines) {
    if (timelines.size() > 1) lanes += html("<span class=\"timeline\">timeline {}</span>", timeline);
    lanes += Lane(axis, row, timeline, most_backups(report)).draw(report.survey.at);
  }
  return lanes;
}

Markup scale(const Axis& axis) {
  constexpr std::int64_t two_days = 2 * 86'400'000'000;
  Markup labels;
  for (const int quarter : {0, 1, 2, 3}) {
    const Timestamp moment = axis.moment(quarter / 4.0);
    labels += html("<span{}>{}</span>", Markup{quarter % 2 == 1 ? " class=\"wide\"" : ""},
                   axis.length() < two_days ? minute_text(moment).substr(5) : date_text(moment));
  }
  return html(
      "<div class=\"row scale\" aria-hidden=\"true\"><div></div><div class=\"dates\">{}<span>now</span></div></div>\n",
      labels);
}

constexpr const char* legend =
    "<ul class=\"legend\">"
    "<li><svg width=\"26\" height=\"14\"><rect class=\"reach\" y=\"1\" width=\"26\" height=\"12\"/></svg> every moment</li>"
    "<li><svg width=\"26\" height=\"14\"><rect class=\"fading\" y=\"1\" width=\"26\" height=\"12\"/></svg> goes next by retention</li>"
    "<li><svg width=\"26\" height=\"14\"><rect class=\"gap\" y=\"1\" width=\"26\" height=\"12\"/></svg> WAL is missing</li>"
    "<li><svg width=\"26\" height=\"14\"><line class=\"idle\" y1=\"7\" x2=\"26\" y2=\"7\"/></svg> archived, no commit since</li>"
    "<li><svg width=\"16\" height=\"16\"><use href=\"#full\" x=\"8\" y=\"8\"/></svg> full backup</li>"
    "<li><svg width=\"16\" height=\"16\"><use href=\"#incr\" x=\"8\" y=\"8\"/></svg> incremental</li>"
    "<li><svg width=\"16\" height=\"16\"><use href=\"#kept\" x=\"8\" y=\"8\"/></svg> kept</li>"
    "<li><svg width=\"16\" height=\"16\"><use href=\"#goes\" x=\"8\" y=\"8\"/></svg> goes next</li>"
    "<li><svg width=\"16\" height=\"16\"><use href=\"#fail\" x=\"8\" y=\"8\"/></svg> failed, or not complete</li></ul>\n";

}  // namespace

Markup recovery_section(const StateReport& report) {
  const Axis axis = axis_of(report);
  Markup section = html("<section id=\"recoverability\">\n<h2>Recoverability</h2>\n{}<div class=\"picture\">\n{}",
                        Markup{legend}, scale(axis));
  for (const Row& row : rows_of(report))
    section += html(
        "<div class=\"row\"><div class=\"name\"><a href=\"#s{}\">{}</a> {}<small>{}</small></div>"
        "<div class=\"lanes\">{}</div></div>\n",
        row.number, row.server.name, badge(row.state.verdict), length_text(row), lanes_of(axis, row, report));
  section += {"</div>\n</section>\n"};
  return section;
}

}  // namespace barman::output
