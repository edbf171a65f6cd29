// What barman(1) and barman(5) say beside their tables.
#include "manual_text.h"

namespace barman::cli {
namespace {

constexpr std::string_view program = R"(
Takes base backups of PostgreSQL servers and archives their WAL, so that each of them can be restored to any moment since
the oldest backup. It runs on a host of its own, for any number of servers, and is interchangeable with Barman: same
configuration, same catalogue, same output.

`barman help` lists the commands, `barman help COMMAND` describes one, and each has a manual page: `barman-backup`(1).

# SERVERS
A server is a section of the configuration, and is named by the name of the section. Commands that take several names
also take `all`: every server that is configured.

# BACKUPS
Commands that take a backup accept, beside its id:

- `latest`, `last` :: the newest backup that is complete, or waits only for WAL

- `oldest`, `first` :: the oldest one of these

- `latest-full`, `last-full` :: the newest one of these that is neither incremental nor a snapshot

- `last-failed` :: the newest one that failed

- `auto` :: of `restore` and `drill`: the newest from which the target can be reached; see `barman-restore`(1)

- NAME :: the name that was given by `barman backup --name`, if just one complete backup has it

An id, like `20261121T092554`, is the time at which the backup was begun, and may be of any status. The newest backup is
the one that was taken last, also where the clock was set back in between.

# EXAMPLES
What a new server needs, from the connection to the first backup:

    barman init main --conninfo 'host=db user=barman dbname=postgres'
    barman cron
    barman switch-wal --archive main
    barman check main
    barman backup --wait main

Every day:

    barman check all
    barman list-backups --long all
    barman recovery-window all

When it is needed:

    barman restore --target-time '2026-11-21 09:25:28+00:00' main auto /srv/restored

# ENVIRONMENT
- `BARMAN_CONFIG_FILE` :: the configuration file, where `--config` does not name one

- `COLUMNS` :: width of help texts (default: 80)

- `NO_COLOR`, `TERM` :: with NO_COLOR, unless it is empty, and with TERM=dumb: no colours, and progress in plain lines

- `PATH` :: where PostgreSQL's programs, rsync, ssh and gpg are looked for, behind `path_prefix` of the server

- `TMPDIR` :: for files that are needed for a moment (default: /tmp)

- `PGPASSFILE` and others :: as libpq reads them: passwords belong into `.pgpass` in the home directory of the user, not
into conninfo

# FILES
- ~/.barman.conf, /etc/barman.conf, /etc/barman/barman.conf :: the configuration: the first of them that exists

- /etc/barman.d/*.conf :: servers, a file each, where `configuration_files_directory` says so

- /var/log/barman/barman.log :: the log (`log_file`)

- /var/lib/barman :: `barman_home`; in it a directory for each server, with `meta` and `base` (backups), `wals` (archived
WAL and `xlog.db`, its index), `incoming` and `streaming` (WAL that has arrived), `errors` (what could not be archived), and
the locks

- ~/.pgpass :: passwords for PostgreSQL, mode 0600
)";

constexpr std::string_view configuration = R"(
An INI file. The section `[barman]` holds global options and defaults for all servers; every other section is a server, or
a model where it has the option `model = true`. Sections may also lie in files `*.conf` in the
`configuration_files_directory`, which are read in the order of their names; `.barman.auto.conf` in `barman_home`, which
`barman config-update` writes, is read last, and wins.

A line that starts with ; or # is a comment. An indented line continues the value before it. In a value `%(option)s` stands
for another option, and %% for a percent sign. Switches are on, off, true, false, yes, no, 1 and 0; sizes may end in k, Ki,
M, Mi, G, Gi, T, Ti; ages are like "3 DAYS" or "1 WEEK".

An option of a model counts instead of that of the server while the model is active (`barman-config-switch`(1)).

# EXAMPLES
A server by streaming, in /etc/barman.d/main.conf:

    [main]
    description = Main database
    conninfo = host=db user=barman dbname=postgres
    streaming_conninfo = host=db user=streaming_barman
    backup_method = postgres
    streaming_archiver = on
    slot_name = barman
    create_slot = auto
    retention_policy = RECOVERY WINDOW OF 4 WEEKS

A server by rsync and archive_command, with two full weeks and always three backups:

    [rsynced]
    conninfo = host=db2 user=barman dbname=postgres
    ssh_command = ssh postgres@db2
    backup_method = rsync
    reuse_backup = link
    archiver = on
    compression = zstd
    retention_policy = RECOVERY WINDOW OF 2 WEEKS
    minimum_redundancy = 3

# FILES
- ~/.barman.conf, /etc/barman.conf, /etc/barman/barman.conf :: the first of them that exists is read, unless
`BARMAN_CONFIG_FILE` or `--config` name another one

- /etc/barman.d/*.conf :: where `configuration_files_directory` is set so, as in the sample
)";

}  // namespace

std::string_view program_text() { return program; }
std::string_view configuration_text() { return configuration; }

}  // namespace barman::cli
