#include "barman/output/state_report.h"

#include <gmock/gmock.h>

#include <set>

#include "html.h"
#include "recording_writer.h"

namespace barman::output {
namespace {

using report::ServerState;
using report::StateReport;
using report::SurveyedBackup;
using report::SurveyedServer;
using report::Verdict;
using testing::HasSubstr;
using testing::Not;

constexpr std::int64_t second = 1'000'000, day = 86'400 * second;
const Timestamp present{20'000 * day, 0};
constexpr const char* hostile = "<script>alert('&\"')</script>\x01\xFF]]>-->";

SurveyedBackup backup(int number, int of) {
  SurveyedBackup made;
  made.begin = Timestamp{present.micros - (of - number) * day, 0};
  made.end = *made.begin + Micros(600 * second);
  made.id = to_backup_id(*made.begin);
  made.copied = number % 7 != 3;
  made.status = made.copied ? "DONE" : "FAILED";
  made.type = number % 4 == 0 ? "full" : "incremental";
  made.timeline = 1;
  made.size = 40'000'000'000 + std::int64_t{number} * 1'000'000;
  made.stored = 2'000'000'000;
  made.seconds = 580;
  made.keep = number == 1 ? "standalone" : "";
  made.retention = "VALID";
  made.goes = number < 3;
  made.reasons = {{"policy", "within the recovery window of 14 days, needed for 2026-11-20 12:00:00"}};
  if (!made.copied) made.error = "failure copying files (rsync ended with 12)";
  return made;
}

StateReport make(int servers, int backups, const std::string& text = "main") {
  StateReport report;
  report.survey.at = present;
  report.survey.home = text;
  report.survey.filesystems = {{text, 1'000'000, 400'000}};
  report.disks = {{report.survey.filesystems[0], 1000, present}};
  for (int s = 0; s < servers; ++s) {
    SurveyedServer server;
    server.name = servers == 1 ? text : fmt::format("server-{:02}.{}", s, text);
    server.mode = "active";
    server.backups_known = true;
    server.description = text;
    server.backup_method = "postgres";
    server.configuration["conninfo"] = "host=db password=secret user=" + text;
    server.configuration["retention_policy"] = std::string("RECOVERY WINDOW OF 14 DAYS");
    ServerState state;
    for (int b = backups; b > 0; --b) server.backups.push_back(backup(b, backups));
    for (int d = 0; d < 90; ++d) server.wal_days[present.micros / day - d] = {10, 160'000'000 + d * 1'000'000};
    if (backups > 0) {
      server.last_backup = server.backups.front().id;
      server.backups.front().name = text;
      state.stretches = {
          {server.backups.back().id,
           1,
           *server.backups.back().end,
           present - Micros(day),
           true,
           "missing_wal",
           {"000000010000000000000007", text}},
          {server.backups.front().id, 1, *server.backups.front().end, present, false, "archive_end", {}}};
      state.restorable_to = present;
    }
    state.verdict = s % 3 == 0 ? Verdict::risk : s % 3 == 1 ? Verdict::attention : Verdict::good;
    if (s % 3 == 0) state.concerns = {{true, text, "barman check --explain " + text}};
    report::Drill drill;
    drill.checks = {{text, false, text}};
    server.drills.drills = {drill};
    server.window.emplace().unrestorable = {{text, text}};
    report.survey.servers.push_back(server);
    report.states.push_back(state);
  }
  if (servers > 0) report.weakest = 0;
  report.concerns = {{true, text, text}};
  return report;
}

// Every element that is opened is closed where it has to be; nothing else looks like a tag.
std::string problem_of(const std::string& page) {
  const std::set<std::string> empty = {"meta", "!DOCTYPE"};
  std::vector<std::string> open;
  for (std::size_t at = page.find('<'); at != std::string::npos; at = page.find('<', at + 1)) {
    const std::size_t end = page.find('>', at);
    if (end == std::string::npos) return "a tag without an end";
    std::string tag = page.substr(at + 1, end - at - 1);
    const bool closed = tag.ends_with('/');
    if (std::ranges::count(tag, '"') % 2 != 0) return "quotes of " + tag;
    if (tag.starts_with('/')) {
      if (open.empty() || open.back() != tag.substr(1))
        return tag + " closes " + (open.empty() ? "nothing" : open.back());
      open.pop_back();
    } else if (const std::string name = tag.substr(0, tag.find_first_of(" /")); !closed && !empty.contains(name)) {
      open.push_back(name);
    }
  }
  return open.empty() ? "" : open.back() + " stays open";
}

TEST(HtmlPage, IsWellFormedAndNeedsNothingElse) {
  for (const auto& [servers, backups] : {std::pair(0, 0), {1, 0}, {1, 1}, {3, 30}}) {
    const std::string page = html_page(make(servers, backups));
    EXPECT_EQ(problem_of(page), "") << servers << " servers, " << backups << " backups";
    for (const char* word : {"<script", "http:", "https:", "src=", "@import", "secret"})
      EXPECT_THAT(page, Not(HasSubstr(word)));
  }
}

TEST(HtmlPage, EscapesWhateverSomebodyCalledAThing) {
  const std::string page = html_page(make(1, 5, hostile));
  EXPECT_EQ(problem_of(page), "");
  EXPECT_THAT(page, Not(HasSubstr("<script")));
  EXPECT_THAT(page, Not(HasSubstr("alert('")));
  EXPECT_THAT(page,
              HasSubstr("&lt;script&gt;alert(&#39;&amp;&quot;&#39;)&lt;/script&gt;\xEF\xBF\xBD\xEF\xBF\xBD]]&gt;"));
  EXPECT_EQ(page.find('\x01'), std::string::npos);
}

TEST(HtmlPage, StaysBelowAMegabyte) {
  constexpr std::size_t limit = 1'000'000;
  for (const auto& [servers, backups] : {std::pair(1, 1000), {50, 20}, {1, 20'000}, {50, 200}}) {
    const std::size_t size = html_page(make(servers, backups)).size();
    EXPECT_LT(size, limit) << servers << " servers, " << backups << " backups each";
  }
}

TEST(HtmlPage, FoldsUpWhatIsALot) {
  const std::string few = html_page(make(1, 50)), many = html_page(make(1, 1000)), too_many = html_page(make(1, 2000));
  EXPECT_THAT(few, Not(HasSubstr("older ones")));
  EXPECT_THAT(many, HasSubstr("<summary>950 older ones</summary>"));
  EXPECT_THAT(too_many, HasSubstr("<p class=\"note\">And 800 older ones"));
}

// Behind a backup that is kept standalone nothing is missing.
TEST(HtmlPage, DrawsGapsWhereWalIsMissing) {
  StateReport report = make(1, 3);
  EXPECT_THAT(html_page(report), HasSubstr("<rect class=\"gap\" x"));
  report.states[0].stretches[0].ended_by = "standalone_backup";
  EXPECT_THAT(html_page(report), Not(HasSubstr("<rect class=\"gap\" x")));
}

TEST(HtmlPage, DoesNotSayZeroOfWhatIsNotKnown) {
  StateReport report = make(1, 0);
  report.survey.servers[0].backups_known = false;
  report.survey.servers[0].window.reset();
  const std::string page = html_page(report);
  for (const char* words : {"is <strong>not known</strong>", "<small>not known</small>", "They are not known"})
    EXPECT_THAT(page, HasSubstr(words));
  EXPECT_THAT(page, Not(HasSubstr("othing can be restored")));
  EXPECT_TRUE(json_of(report)["report"]["servers"]["main"]["restorable_seconds"].is_null());
  EXPECT_TRUE(json_of(report)["report"]["servers"]["main"]["redundancy"].is_null());
}

TEST(HtmlPage, HasWordsBesideColours) {
  const std::string page = html_page(make(3, 10));
  for (const char* words :
       {"✓</i> good", "!</i> attention", "✕</i> at risk", "goes next", "missing WAL: 000000010000000000000007"})
    EXPECT_THAT(page, HasSubstr(words));
}

TEST(StateReportText, IsALineForEachServer) {
  StateReport report = make(2, 1);
  report.concerns.clear();
  report.states[1].stretches.clear();
  report.states[1].restorable_to.reset();
  const std::string first =
      "server-00.main - risk - restorable to 2024-10-04 00:00:00+00:00, less than one second ago\n"
      "\tmain (try: barman check --explain main)\n";
  EXPECT_EQ(console_text(report), first + "server-01.main - attention - nothing can be restored\n");
  report.survey.servers[1].window.reset();
  EXPECT_EQ(console_text(report), first + "server-01.main - attention - what can be restored is not known\n");
}

TEST(StateReportJson, HasTheModelWithoutSecrets) {
  const auto json = json_of(make(1, 2));
  EXPECT_EQ(json["report"]["verdict"]["risk"], 1);
  EXPECT_EQ(json["report"]["verdict"]["weakest"], "main");
  const auto& server = json["report"]["servers"]["main"];
  EXPECT_EQ(server["restorable"][1]["ended_by"], "archive_end");
  EXPECT_EQ(server["backups"].size(), 2U);
  EXPECT_THAT(json.dump(), Not(HasSubstr("secret")));
}

struct IntervalCase {
  double seconds;
  const char* text;
};
class ShortInterval : public testing::TestWithParam<IntervalCase> {};
TEST_P(ShortInterval, IsShort) { EXPECT_EQ(short_interval(GetParam().seconds), GetParam().text); }
INSTANTIATE_TEST_SUITE_P(Intervals, ShortInterval,
                         testing::Values(IntervalCase{0, "0 s"}, IntervalCase{59.4, "59 s"}, IntervalCase{90, "2 min"},
                                         IntervalCase{7200, "2.0 h"}, IntervalCase{172'800, "2.0 days"}));

}  // namespace
}  // namespace barman::output
