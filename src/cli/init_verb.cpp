// The verb that brings a server into the configuration.
#include "barman/app/init.h"
#include "barman/output/setup.h"
#include "verb.h"

namespace barman::cli {
namespace {

void declare_init(Options& options, app::InitRequest& request) {
  options.value({"--conninfo"}, request.conninfo, "CONNINFO",
                "how PostgreSQL is reached: 'host=db user=barman dbname=postgres', or a postgresql:// URI");
  options.require_one_of({"--conninfo"});
  options.value({"--streaming-conninfo"}, request.streaming_conninfo, "CONNINFO",
                "how it is reached for replication (default: the same, as the role streaming_barman)");
  options.value({"--ssh-command"}, request.ssh_command, "SSH_COMMAND",
                "take backups by rsync through this command, for example 'ssh postgres@db' (default: by streaming)");
  options.value({"--directory"}, request.directory, "DIRECTORY",
                "where backups and WAL of the server go (default: below barman_home)");
  options.value({"--slot-name"}, request.slot_name, "NAME", "replication slot (default: barman)");
  options.value({"--description"}, request.description, "TEXT", "for people, in lists");
  options.flag({"--dry-run"}, request.dry_run, "ask PostgreSQL, show the configuration, and write nothing");
  options.positional("new_server", request.server, "name of the server from now on");
}

void init(Session& session, const app::InitRequest& request) {
  if (!session.load_servers()) return;
  const report::Setup setup = app::init_server(session.configuration(), request);
  session.writer().write(setup);
  if (!setup.ready()) session.writer().fail();
}

}  // namespace

Command init_command() { return verb<app::InitRequest>(declare_init, init); }

}  // namespace barman::cli
