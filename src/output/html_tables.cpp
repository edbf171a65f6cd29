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

Markup last_backup(const Row& row, const Timestamp& at) {
  if (!row.server.backups_known) return {"not known"};
  const SurveyedBackup* last = row.server.find(row.server.last_backup);
  if (last == nullptr) return {"<b>none</b>"};
  std::string details = last->type;
  if (last->begin && last->end) details += ", took " + short_interval(seconds_between(*last->begin, *last->end));
  return html("<b>{}</b> ago<small>{}, {}</small>", last->end ? short_interval(seconds_between(*last->end, at)) : "?",
              human_size(last->size), details);
}

Markup window(const Row& row) {
  if (row.state.stretches.empty()) return {row.server.window ? "<b>nothing</b>" : "not known"};
  return html("<b>{}</b><small>to {}</small>", short_interval(row.state.restorable_seconds),
              minute_text(*row.state.restorable_to));
}

Markup wal(const Row& row, const Timestamp& at) {
  Markup text = html("{} a day", human_size(row.state.inflow.wal_bytes));
  if (const auto written = row.server.last_archived())
    text += html("<small>last one {} ago</small>", short_interval(seconds_between(*written, at)));
  return text;
}

Markup waiting(const SurveyedServer& server) {
  std::int64_t files = 0;
  for (const report::WaitingWal& each : server.waiting) files += each.files;
  Markup text = html("{} waiting", files);
  if (const std::int64_t aside = server.error_files.value_or(0); aside > 0)
    text += html("<small>{} in errors/</small>", aside);
  return text;
}

Markup redundancy(const SurveyedServer& server) {
  if (!server.backups_known) return {"not known"};
  const std::string minimum =
      server.minimum_redundancy > 0 ? fmt::format("minimum {}, ", server.minimum_redundancy) : std::string();
  return html("{}<small>{}{}</small>", server.redundancy, minimum,
              server.retention_policy ? *server.retention_policy : std::string("no retention policy"));
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
              cell("Full backups", redundancy(row.server)), cell("Concerns", concerns(row), "concerns"));
}

// ---- Drills

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
      "<th scope=\"col\">WAL</th><th scope=\"col\">Arrived</th><th scope=\"col\">Full backups</th>"
      "<th scope=\"col\">What is not as it should be, and what to try</th></tr></thead>\n<tbody>\n"};
  for (const Row& row : rows_of(report)) section += server_row(row, report.survey.at);
  section += {"</tbody>\n</table>\n</section>\n"};
  return section;
}

// A table of those that something was tried out of, and the names of the others.
Markup drill_section(const StateReport& report) {
  Markup table;
  std::vector<Markup> others;
  for (const Row& row : rows_of(report)) {
    const Markup name = html("<a href=\"#s{}\">{}</a>", row.number, row.server.name);
    if (row.server.drills.drills.empty())
      others.push_back(name);
    else
      table += html("<tr><th scope=\"row\">{}</th>{}{}{}</tr>\n", name,
                    cell("Last proof", proven(row.server, report.survey.at)),
                    cell("Usable after", measured(row.server)), cell("Last drill", last_drill(row.server)));
  }
  Markup section = {"<section id=\"drills\">\n<h2>Restores that were tried out</h2>\n"};
  if (!table.text.empty())
    section += html(
        "<table class=\"cards\">\n<thead><tr><th scope=\"col\">Server</th><th scope=\"col\">Last proof</th>"
        "<th scope=\"col\">Usable after</th><th scope=\"col\">Last drill</th></tr></thead>\n<tbody>\n{}</tbody>\n"
        "</table>\n",
        table);
  if (!others.empty())
    section += html("<p>Never tried out: {}. <code>barman drill SERVER</code></p>\n", joined(others, ", "));
  section += {"</section>\n"};
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
