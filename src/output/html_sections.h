#pragma once
#include <algorithm>

#include "barman/report/state_report.h"
#include "html.h"

// The parts of the page of `barman report`, from top to bottom.
namespace barman::output {

extern const char* const report_css;

// One server with what it comes to.
struct Row {
  const report::SurveyedServer& server;
  const report::ServerState& state;
  std::size_t number = 0;  // of the servers, from 0
};
std::vector<Row> rows_of(const report::StateReport& report);

// How many backups of each server are shown one by one: so many on the whole page, but some of each.
inline std::size_t most_backups(const report::StateReport& report) {
  constexpr std::size_t on_the_page = 1200, of_a_server = 24;
  return report.states.empty() ? of_a_server : std::max(of_a_server, on_the_page / report.states.size());
}

// A word and a sign, so that the colour is not needed.
Markup badge(report::Verdict verdict);

Markup verdict_section(const report::StateReport& report);
Markup recovery_section(const report::StateReport& report);
Markup server_table(const report::StateReport& report);
Markup volume_section(const report::StateReport& report);  // sizes of backups, WAL
Markup days_section(const report::StateReport& report);
Markup disk_section(const report::StateReport& report);
Markup drill_section(const report::StateReport& report);
Markup appendix(const report::StateReport& report);

}  // namespace barman::output
