#include <algorithm>
#include <memory>

#include "barman/app/check.h"
#include "barman/cli/command.h"
#include "barman/cli/session.h"
#include "barman/output/check.h"
#include "barman/output/explanation.h"

namespace barman::cli {
namespace {

struct CheckArguments {
  std::vector<std::string> servers;
  bool nagios = false, explain = false;
  std::optional<std::int64_t> timeout;
};

check::Options options_of(const CheckArguments& args) {
  if (!args.timeout) return {};
  return {.timeout = std::chrono::seconds(*args.timeout)};
}

int check_for_people(Session& session, const CheckArguments& args) {
  const auto servers = session.select(args.servers, {});
  const auto show = [&](const report::CheckReport& report) {
    session.writer().write(report);
    if (report.active && !report.passed()) session.writer().fail();
  };
  app::check_servers(session.global(), servers, options_of(args), show);
  return 0;
}

int explain_to_people(Session& session, const CheckArguments& args) {
  const auto servers = session.select(args.servers, {});
  std::size_t told = 0;
  const auto show = [&](const report::Explanation& explanation) {
    session.writer().write(explanation);
    if (servers[told++]->active && !explanation.problems.empty()) session.writer().fail();
  };
  app::explain_servers(session.global(), servers, options_of(args), show);
  return 0;
}

int check_for_monitoring(Session& session, const CheckArguments& args) {
  const config::Configuration& configuration = session.configuration();
  std::vector<const config::ServerConfig*> servers;
  bool errors = !configuration.servers().empty() && !configuration.conflicts().empty();
  if (!errors) {
    const bool all = std::ranges::count(args.servers, "all") > 0;
    for (const auto& [name, server] : configuration.servers()) {
      if (all || std::ranges::count(args.servers, name) > 0) servers.push_back(&server);
    }
    errors = std::ranges::any_of(args.servers, [&](const std::string& name) {
      return all ? name != "all" : configuration.find_server(name) == nullptr;
    });
  }
  std::vector<report::CheckReport> reports;
  app::check_servers(session.global(), servers, options_of(args),
                     [&](const report::CheckReport& report) { reports.push_back(report); });
  const report::NagiosReport result = report::to_nagios(reports, errors);
  session.writer().raw(result.text);
  return result.status;
}

OptionSpec explain_flag(bool& target) {
  OptionSpec spec;
  spec.names = {"--explain"};
  spec.kind = OptionSpec::Kind::flag;
  spec.help =
      "tell causes before consequences, what stands still, and a command to try for each; not with --nagios. Barman "
      "does not know this option";
  spec.ours = true;
  spec.store = [&target](const std::string&) -> std::optional<std::string> {
    target = true;
    return std::nullopt;
  };
  return spec;
}

}  // namespace

Command check_command() {
  const auto args = std::make_shared<CheckArguments>();
  return {.name = "check",
          .aliases = {},
          .summary = "Verify that servers are configured, reachable and healthy.",
          .declare =
              [args](Options& options) {
                options.positional_list("server_name", args->servers, "servers to check, or 'all'");
                options.flag({"--nagios"}, args->nagios, "print one line for a monitoring plugin");
                options.custom(explain_flag(args->explain));
                options.number({"--check-timeout"}, args->timeout, Number::non_negative, "TIMEOUT",
                               "time limit for each server, instead of check_timeout; 0 is none");
              },
          .run =
              [args](Session& session) {
                if (args->nagios) return check_for_monitoring(session, *args);
                return args->explain ? explain_to_people(session, *args) : check_for_people(session, *args);
              },
          .form = [args] { return args->nagios ? std::optional(output::Format::monitoring) : std::nullopt; }};
}

}  // namespace barman::cli
