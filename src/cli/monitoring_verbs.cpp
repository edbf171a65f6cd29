// Verbs that show what the catalogue says to others: monitoring systems, and people who look at a page.
#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>

#include <algorithm>
#include <set>

#include "barman/app/metrics.h"
#include "barman/app/state_report.h"
#include "barman/app/survey.h"
#include "barman/core/error.h"
#include "barman/fs/file.h"
#include "barman/output/metrics.h"
#include "barman/output/state_report.h"
#include "barman/rest/monitoring.h"
#include "barman/web/listener.h"
#include "verb.h"

namespace barman::cli {
namespace {

constexpr const char* default_address = "127.0.0.1:9780";  // of prometheus-barman-exporter

struct MetricsArguments : OfServers {
  bool check = false, summary = false;
  std::optional<std::string> textfile, listen;

  app::MetricsOf wanted() const { return summary ? app::MetricsOf::servers : app::MetricsOf::servers_and_backups; }
};

std::vector<std::string> names_of(const OfServers& args) {
  return args.servers.empty() ? std::vector<std::string>{"all"} : args.servers;
}

// What others will read later has all servers that were asked for: it is not made without one that is not known. That
// has been reported.
bool are_all_there(const OfServers& args, const std::vector<const config::ServerConfig*>& servers) {
  const std::set<std::string> names(args.servers.begin(), args.servers.end());
  return names.contains("all") ? names.size() == 1 : names.empty() || names.size() == servers.size();
}

void declare_metrics(Options& options, MetricsArguments& args) {
  options.optional_positional_list("server_name", args.servers, "servers, or 'all' (default: all)");
  options.flag({"--check"}, args.check,
               "check the servers, too, and ask them what they keep; otherwise nothing connects anywhere");
  options.flag({"--summary"}, args.summary, "leave out what there is to say of each backup");
  options.value({"--textfile"}, args.textfile, "FILE",
                "write into a file that others may read, for the textfile collector of node_exporter");
  options.optional_value(
      {"--listen"}, args.listen, default_address, "ADDRESS",
      "answer requests for /metrics on HOST:PORT or unix:PATH until a signal arrives (default: 127.0.0.1:9780)");
  options.exclusive({"--textfile", "--listen"});
}

// Whatever the umask: another user reads it.
void write_textfile(const std::string& path, std::string_view text) {
  constexpr mode_t for_all = 0644;
  fs::FileReplacement file(path, for_all);
  if (::fchmod(file.fd(), for_all) != 0) throw_errno("change the mode of", file.temporary_path());
  file.write(text);
  file.commit();
}

constexpr const char* index_page =
    "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>barman</title></head>"
    "<body><ul><li><a href=\"/metrics\">metrics</a></li><li><a href=\"/report\">report</a></li></ul></body></html>\n";

void listen(Session& session, const MetricsArguments& args) {
  const bool all = std::ranges::count(args.servers, "all") > 0;
  const std::vector<std::string> names = all ? std::vector<std::string>() : args.servers;
  web::Routes routes;
  routes.add("GET", "/", [](const web::Request&) { return rest::page_of(index_page); });
  rest::add_monitoring(routes, {session.global().file, names, args.check, args.wanted()});
  web::Listener listener(web::parse_address(*args.listen), std::move(routes));
  session.writer().info(fmt::format("Listening on http://{}/metrics", to_string(listener.address())));
  listener.run();
}

void metrics(Session& session, const MetricsArguments& args) {
  if (!session.load_servers()) return;
  const auto servers = session.select(names_of(args), {});
  if ((args.listen || args.textfile) && !are_all_there(args, servers)) return;
  if (args.listen) return listen(session, args);
  const report::Metrics metrics = app::metrics_of(app::survey(session.global(), {servers, args.check}), args.wanted());
  if (args.textfile)
    write_textfile(*args.textfile, output::prometheus_text(metrics));
  else
    session.writer().write(metrics);
}

// ---- Report

struct ReportArguments : OfServers {
  std::optional<std::string> html;
};

void declare_report(Options& options, ReportArguments& args) {
  options.optional_positional_list("server_name", args.servers, "servers, or 'all' (default: all)");
  options.value({"--html"}, args.html, "FILE", "write it as a page for a browser into a file");
}

void report_state(Session& session, const ReportArguments& args) {
  if (!session.load_servers()) return;
  const auto servers = session.select(names_of(args), {});
  if (args.html && !are_all_there(args, servers)) return;
  const report::StateReport report = app::judge(app::survey(session.global(), {servers}));
  if (args.html)
    fs::replace_file(*args.html, output::html_page(report));
  else
    session.writer().write(report);
}

}  // namespace

Command report_command() { return verb<ReportArguments>(declare_report, report_state); }

Command metrics_command() { return verb<MetricsArguments>(declare_metrics, metrics); }

}  // namespace barman::cli
