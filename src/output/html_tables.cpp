// What is said of each server in a line: its state, its drills; and of each file system.
#include "barman/core/numbers.h"
#include "html_sections.h"

namespace barman::output {
namespace {

using report::StateReport;
using report::SurveyedBackup;
using report::SurveyedServer;

double seconds_between(const Timestamp& from, const Timestamp& to) {
  return static_cast<double>((to - from).count()) / 1e6;
}

Markup cell(const char* label, const Markup& content, const char* kind = "") {
  return html("<td data-label=\"{}\"{}><div>{}</div></td>", label,
              *kind == '\0' ? Markup{} : html(" class=\"{}\"", kind), content);
}

const SurveyedBackup* last_of(const SurveyedServer& server) {
  for (const SurveyedBackup& backup : server.backups)
    if (server.last_backup == backup.id) return &backup;
  return nullptr;
}

Markup last_backup(const Row& row, const Timestamp& at) {
  const SurveyedBackup* last = last_of(row.server);
  if (last == nullptr) return {"<b>none</b>"};
  std::string details = last->type;
  if (last->begin && last->end) details += ", took " + short_interval(seconds_between(*last->begin, *last->end));
  return html("<b>{}</b> ago<small>{}, {}</small>", last->end ? short_interval(seconds_between(*last->end, at)) : "?",
              human_size(last->size), details);
}

Markup window(const Row& row) {
  if (row.state.stretches.empty()) return {"<b>nothing</b>"};
  return html("<b>{}</b><small>to {}</small>", short_interval(row.state.restorable_seconds),
              minute_text(*row.state.restorable_to));
}

Markup wal(const Row& row, const Timestamp& at) {
  Markup text = html("{} a day", human_size(row.state.inflow.wal_bytes));
  if (!row.server.timelines.empty())
    if (const auto& written = row.server.timelines.rbegin()->second.written)
      text += html("<small>last one {} ago</small>", short_interval(seconds_between(*written, at)));
  return text;
}

Markup waiting(const SurveyedServer& server) {
  std::int64_t files = 0;
  for (const report::WaitingWal& each : server.waiting) files += each.files;
  Markup text = html("{} waiting", files);
  if (server.error_files > 0) text += html("<small>{} in errors/</small>", server.error_files);
  return text;
}

Markup redundancy(const SurveyedServer& server) {
  return html("{} of {}<small>{}</small>", server.redundancy, server.minimum_redundancy,
              server.retention_policy ? *server.retention_policy : std::string("no policy"));
}

Markup concerns(const Row& row) {
  if (row.state.concerns.empty()) return {"–"};
  Markup list;
  for (const report::Concern& concern : row.state.concerns) {
    list += html("<li{}>{}", Markup{concern.serious ? " class=\"serious\"" : ""}, concern.text);
    if (!concern.command.empty()) list += html(" <code>{}</code>", concern.command);
    list += {"</li>"};
  }
  return html("<ul>{}</ul>", list);
}

Markup server_row(const Row& row, const Timestamp& at) {
  return html("<tr><th scope=\"row\"><a href=\"#s{}\">{}</a>{}</th>{}{}{}{}{}{}{}</tr>\n", row.number, row.server.name,
              row.server.mode == "active" ? Markup{} : html("<small>{}</small>", row.server.mode),
              cell("Verdict", badge(row.state.verdict)), cell("Last backup", last_backup(row, at)),
              cell("Restorable", window(row)), cell("WAL", wal(row, at)), cell("Arrived", waiting(row.server)),
              cell("Backups", redundancy(row.server)), cell("Concerns", concerns(row), "concerns"));
}

// ---- Drills
// ----------------------------------------------------------------------------------------------------------

const report::Drill* last_success(const SurveyedServer& server) {
  for (const report::Drill& drill : server.drills.drills)
    if (drill.passed) return &drill;
  return nullptr;
}

Markup proven(const SurveyedServer& server, const Timestamp& at) {
  const report::Drill* drill = last_success(server);
  if (drill == nullptr) return {"<b>never</b>"};
  return html("{} ago<small>backup {}</small>", short_interval(seconds_between(drill->ended, at)), drill->backup_id);
}

Markup measured(const SurveyedServer& server) {
  const report::Drill* drill = last_success(server);
  if (drill == nullptr || !drill->seconds.to_target) return {"–"};
  Markup text = html("<b>{}</b>", short_interval(*drill->seconds.to_target));
  if (const auto rate = replay_rate(*drill)) text += html("<small>WAL at {}/s</small>", human_size(*rate));
  return text;
}

Markup last_drill(const SurveyedServer& server) {
  if (server.drills.drills.empty()) return {"–"};
  const report::Drill& drill = server.drills.drills.front();
  if (drill.passed) return html("✓ passed<small>{}</small>", minute_text(drill.ended));
  return html("✕ <b>failed</b><small>{}: {}</small>", minute_text(drill.ended), failure_of(drill));
}

}  // namespace

Markup server_table(const StateReport& report) {
  Markup section = {
      "<section id=\"servers\">\n<h2>Servers</h2>\n<table class=\"cards\">\n<thead><tr><th scope=\"col\">Server</th>"
      "<th scope=\"col\">Verdict</th><th scope=\"col\">Last backup</th><th scope=\"col\">Restorable</th>"
      "<th scope=\"col\">WAL</th><th scope=\"col\">Arrived</th><th scope=\"col\">Backups</th>"
      "<th scope=\"col\">What is not as it should be, and what to try</th></tr></thead>\n<tbody>\n"};
  for (const Row& row : rows_of(report)) section += server_row(row, report.survey.at);
  section += {"</tbody>\n</table>\n</section>\n"};
  return section;
}

Markup drill_section(const StateReport& report) {
  Markup section = {
      "<section id=\"drills\">\n<h2>Restores that were tried out</h2>\n<table class=\"cards\">\n<thead><tr>"
      "<th scope=\"col\">Server</th><th scope=\"col\">Last proof</th><th scope=\"col\">Usable after</th>"
      "<th scope=\"col\">Last drill</th></tr></thead>\n<tbody>\n"};
  for (const Row& row : rows_of(report))
    section += html("<tr><th scope=\"row\"><a href=\"#s{}\">{}</a></th>{}{}{}</tr>\n", row.number, row.server.name,
                    cell("Last proof", proven(row.server, report.survey.at)),
                    cell("Usable after", measured(row.server)), cell("Last drill", last_drill(row.server)));
  section += {"</tbody>\n</table>\n</section>\n"};
  return section;
}

Markup disk_section(const StateReport& report) {
  Markup section = {"<section id=\"disks\">\n<h2>Disks</h2>\n<ul class=\"disks\">\n"};
  for (const report::DiskForecast& disk : report.disks) {
    const double size = static_cast<double>(disk.filesystem.size);
    const double used = size > 0 ? 100 * (1 - static_cast<double>(disk.filesystem.available) / size) : 0;
    section += html(
        "<li><b>{}</b> <span class=\"meter\" role=\"img\" aria-label=\"{:.0f} % used\"><span style=\"width:{:.1f}%\">"
        "</span></span> {:.0f} % of {} used, {} available. {} a day come in",
        disk.filesystem.path, used, used, used, human_size(disk.filesystem.size), human_size(disk.filesystem.available),
        human_size(disk.bytes_a_day));
    if (disk.full)
      section += html(": were nothing removed, it would be full on <b>{}</b>.</li>\n", date_text(*disk.full));
    else
      section += {".</li>\n"};
  }
  section +=
      {"</ul>\n<p class=\"note\">What came in during the last thirty days: WAL, and what backups have of their "
       "own. Retention removes, so this is the earliest date.</p>\n</section>\n"};
  return section;
}

}  // namespace barman::output
