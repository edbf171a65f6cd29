// Everything that is known of each server, folded up.
#include <algorithm>

#include "barman/core/numbers.h"
#include "barman/core/redact.h"
#include "barman/exec/shell.h"
#include "html_sections.h"
#include "json.h"

namespace barman::output {
namespace {

using report::StateReport;
using report::Stretch;
using report::SurveyedBackup;
using report::SurveyedServer;

constexpr std::size_t few = 20;  // lines of what is seldom

std::string end_text(const Stretch& stretch) {
  if (stretch.ended_by == "archive_end") return "the end of the archive";
  if (stretch.ended_by == "damaged_wal") return "WAL that cannot be replayed";
  std::string text = stretch.ended_by == "standalone_backup" ? "a backup that is kept standalone" : "missing WAL";
  if (!stretch.missing.empty()) text += ": " + stretch.missing.front();
  if (stretch.missing.size() > 1) text += fmt::format(" and {} more", stretch.missing.size() - 1);
  return text;
}

// To the last moment of it: a target is earlier than the last commit, and where none is known there is none to name.
std::string command_of(const Row& row, const Stretch& stretch) {
  const std::string target =
      stretch.to_is_exact ? fmt::format("--target-time '{}' ", to_python(stretch.to - Micros(1))) : std::string();
  return fmt::format("barman restore {}--target-tli {} {} {} DESTINATION", target, stretch.timeline,
                     exec::shell_operand(row.server.name), stretch.backup_id);
}

Markup stretches(const Row& row) {
  if (row.state.stretches.empty())
    return {row.server.window ? "<p>Nothing can be restored.</p>\n" : "<p>They are not known.</p>\n"};
  Markup list = {"<ol class=\"moments\">\n"};
  for (const Stretch& stretch : row.state.stretches)
    list += html("<li>from <b>{}</b> to <b>{}</b>, on timeline {}, ended by {}<code class=\"copy\">{}</code></li>\n",
                 to_python(stretch.from), to_python(stretch.to), stretch.timeline, end_text(stretch),
                 command_of(row, stretch));
  list += {
      "</ol>\n<p class=\"note\">The command leads to the last moment; an earlier time leads to that. With <code>--dry-run</code> it says "
      "what it would do.</p>\n"};
  return list;
}

Markup unrestorable(const SurveyedServer& server) {
  if (!server.window || server.window->unrestorable.empty()) return {};
  Markup list = {"<h3>Backups that cannot be restored</h3>\n<ul>\n"};
  std::size_t shown = 0;
  for (const report::WithReason& each : server.window->unrestorable) {
    if (++shown > few) break;
    list += html("<li>{}: {}</li>\n", each.what, each.reason);
  }
  if (server.window->unrestorable.size() > few)
    list += html("<li>and {} more</li>\n", server.window->unrestorable.size() - few);
  list += {"</ul>\n"};
  return list;
}

std::string decision(const SurveyedBackup& backup) {
  if (backup.goes) return "goes next";
  return backup.retention == "-" ? "stays" : backup.retention;
}

Markup backup_line(const SurveyedBackup& backup) {
  Markup reasons;
  for (const auto& reason : backup.reasons)
    reasons += html("{}{}: {}", Markup{reasons.text.empty() ? "" : "; "}, reason.rule, reason.detail);
  if (backup.error) reasons += html("{}{}", Markup{reasons.text.empty() ? "" : "; "}, *backup.error);
  const std::string name = backup.name ? " " + *backup.name : "";
  return html("<tr><td>{}{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n", backup.id, name,
              backup.type, backup.status, backup.copied ? human_size(backup.size) : "", decision(backup), reasons);
}

Markup backup_table(const SurveyedServer& server, std::size_t from, std::size_t to) {
  Markup table = {
      "<div class=\"scroll\"><table>\n<thead><tr><th scope=\"col\">Backup</th><th scope=\"col\">Type</th>"
      "<th scope=\"col\">Status</th><th scope=\"col\">Size</th><th scope=\"col\">Retention</th>"
      "<th scope=\"col\">Why</th></tr></thead>\n<tbody>\n"};
  for (std::size_t i = from; i < to; ++i) table += backup_line(server.backups[i]);
  table += {"</tbody>\n</table></div>\n"};
  return table;
}

// The first ones at once, more of them folded up, and what is too much for a page not at all.
Markup backups(const SurveyedServer& server, std::size_t most) {
  constexpr std::size_t at_once = 50;
  const std::size_t all = server.backups.size(), shown = std::min(most, all), first = std::min(at_once, shown);
  if (all == 0) return {};
  std::string rules = server.retention_policy ? *server.retention_policy : std::string("no retention policy");
  if (server.retention_calendar) rules += ", calendar: " + *server.retention_calendar;
  if (server.not_enforced) rules += "; nothing is removed: " + *server.not_enforced;
  Markup section = html("<h3>Retention: {}</h3>\n{}", rules, backup_table(server, 0, first));
  if (shown > first)
    section += html("<details>\n<summary>{} older ones</summary>\n{}</details>\n", shown - first,
                    backup_table(server, first, shown));
  if (all > shown)
    section += html("<p class=\"note\">And {} older ones: <code>barman retention --explain {}</code></p>\n",
                    all - shown, exec::shell_operand(server.name));
  return section;
}

Markup configuration(const SurveyedServer& server) {
  Markup list = {"<h3>Configuration</h3>\n<dl>\n"};
  for (const auto& [name, value] : server.configuration)
    list += html("<dt>{}</dt><dd>{}</dd>\n", name, redact_passwords(python_text(value)));
  list += {"</dl>\n"};
  return list;
}

Markup facts(const Row& row) {
  const SurveyedServer& server = row.server;
  std::vector<Markup> items;
  if (server.description) items.push_back(html("{}", *server.description));
  items.push_back(html("{}, backups by {}", server.mode, server.backup_method));
  if (server.postgres_version) items.push_back(html("PostgreSQL {}", *server.postgres_version / 10'000));
  if (server.system_id) items.push_back(html("system {}", *server.system_id));
  if (server.window && server.window->presumed > 0)
    items.push_back(html("{} WAL segments were not looked into: they are taken for whole", server.window->presumed));
  return html("<p>{}</p>\n", joined(items, " · "));
}

}  // namespace

Markup appendix(const StateReport& report) {
  const bool alone = report.states.size() == 1;
  Markup section = {"<section id=\"appendix\">\n<h2>Server by server</h2>\n"};
  for (const Row& row : rows_of(report))
    section += html(
        "<details id=\"s{}\"{}>\n<summary>{} {}</summary>\n{}<h3>Moments that can be restored</h3>\n{}{}{}{}"
        "</details>\n",
        row.number, Markup{alone ? " open" : ""}, row.server.name, badge(row.state.verdict), facts(row), stretches(row),
        unrestorable(row.server), backups(row.server, most_backups(report)), configuration(row.server));
  section += {"</section>\n"};
  return section;
}

}  // namespace barman::output
