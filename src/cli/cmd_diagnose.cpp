#include <memory>

#include "barman/app/server_facts.h"
#include "barman/cli/command.h"
#include "barman/cli/session.h"
#include "barman/output/diagnose.h"

namespace barman::cli {
namespace {

// Each part of a diagnosis is worth having without the others.
output::ServerDiagnosis diagnose(Session& session, const config::ServerConfig& config) {
  app::Server server = session.server(config);
  output::ServerDiagnosis found{config, {}, {}, {}, {}};
  session.attempt(config, [&] {
    app::warn_of_unused_primary(server);
    found.status = app::live_facts(server);
  });
  session.attempt(config, [&] {
    found.backups = server.backups().all();
    for (const auto& [id, error] : server.backups().unreadable()) session.report(config, error);
  });
  session.attempt(config, [&] { found.last_wals = app::last_wal_per_timeline(server); });
  session.attempt(config, [&] { found.system = app::remote_system_info(server); });
  return found;
}

}  // namespace

Command diagnose_command() {
  const auto show_sources = std::make_shared<bool>(false);
  return {.name = "diagnose",
          .aliases = {},
          .summary = "Print everything that helps to find out what is wrong, as JSON.",
          .declare =
              [show_sources](Options& options) {
                options.flag({"--show-config-source"}, *show_sources, "tell the file that each value comes from");
              },
          .run = [show_sources](Session& session) -> int {
            session.load_servers(/*conflicts_stop=*/false);
            exec::LocalRunner here;
            output::Diagnosis diagnosis{session.configuration(), app::system_info(here), now(), {}, *show_sources};
            for (const config::ServerConfig* server : session.select({"all"}, {}))
              diagnosis.servers.push_back(diagnose(session, *server));
            session.writer().info(output::diagnosis_text(diagnosis), Notifier::Logged::no);
            return 0;
          }};
}

}  // namespace barman::cli
