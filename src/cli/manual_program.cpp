// What barman(1) and barman(5) say beside their tables.
#include "manual_text.h"

namespace barman::cli {
namespace {

constexpr std::string_view program = R"(
Takes base backups of PostgreSQL servers and archives their WAL, so that each of them can be restored to any moment
since the oldest backup. It runs on a host of its own, for any number of servers, and is interchangeable with Barman:
same configuration, same catalogue, same output.

`barman help` lists the commands, `barman help COMMAND` describes one, and each has a manual page: `barman-backup`(1).

Options of the program stand before the command, options of the command behind it. A long option may be shortened as
long as it is clear which one is meant; its value follows after a blank or an equals sign. `--` ends the options.

It runs as the user that `barman_user` names (barman). Root becomes that user; another user is refused.

# SERVERS
A server is a section of the configuration, and is named by the name of the section. Commands that take several names
also take `all`: every server that is configured. They work on one server after the other, by name, and where one fails,
the others follow.

- inactive :: `active = off`. Commands that show something, or restore, work; those that take from PostgreSQL leave it
out

- disabled :: its configuration has errors. Commands that show something work, and `barman check` names the errors; the
others are refused

- passive :: with `primary_ssh_command`: a copy of a server of another Barman (`barman-sync-info`(1)). What is done with
PostgreSQL leaves it out

# BACKUPS
Commands that take a backup accept, beside its id:

- `latest`, `last` :: the newest backup that is complete, or waits only for WAL

- `oldest`, `first` :: the oldest one of these

- `latest-full`, `last-full` :: the newest one of these that is neither incremental nor a snapshot

- `last-failed` :: the newest one that failed

- `auto` :: of `restore` and `drill`: the newest from which the target can be reached; see `barman-restore`(1)

- NAME :: the name that was given by `barman backup --name`, if just one backup has it that is complete, or waits only
for WAL

An id, like `20261121T092554`, is the time at which the backup was begun, and may be of any status. The newest backup is
the one that was taken last, also where the clock was set back in between. `barman-sync-backup`(1) takes an id alone.

# OUTPUT
Results are on standard output, warnings and errors on standard error, with WARNING or ERROR before them, and both are
logged. `--quiet` leaves out the results, but neither warnings nor errors; `--debug` adds what else is logged at that
level. Passwords in connection strings are replaced by *REDACTED*.

With `--format json` one JSON document is on standard output, with the messages in `_INFO`, `_WARNING` and `_ERROR`;
with `--quiet` there is none at all. Sizes are in powers of 1024. Times are in the zone in which they were noted; an id
is in that of this host.

What `--log-level` or `log_level` (INFO) does not reach is not logged. Where `log_file` is not set, or cannot be
written, the log goes to standard error.

# LOCKS
Files in `barman_lock_directory` keep two processes from doing the same: there is one backup, deletion or import of a
server at a time, one archive-wal, one receive-wal, one cron. Who comes second does not wait, but says so.
`barman-list-processes`(1) shows who is at work.

# EXIT STATUS
0 when all is well, 1 after an error, also one of several servers, or an interruption by SIGINT or SIGTERM, 2 when the
command line is wrong. A server that is left out, because it is inactive or passive, is no error. Commands that have
more to say with it have it in their pages: `barman-check`(1) with `--nagios`, `barman-get-wal`(1),
`barman-receive-wal`(1).

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

- `HOME` :: where .barman.conf, .pgpass and the keys of ssh and gpg are; set anew when root becomes the user

- `GNUPGHOME` :: the keys of gpg, if they are elsewhere: the same for cron, for ssh and for you

- `PATH` :: where PostgreSQL's programs, rsync, ssh and gpg are looked for, behind `path_prefix` of the server

- `SSH_CONNECTION` :: its first word is added to the messages of get-wal and put-wal: who asked

- `TMPDIR` :: for files that are needed for a moment (default: /tmp)

- `PGPASSFILE` and others :: as libpq reads them: passwords belong into `.pgpass` in the home directory of the user, not
into conninfo

# FILES
- ~/.barman.conf, /etc/barman.conf, /etc/barman/barman.conf :: the configuration: the first of them that exists

- /etc/barman.d/*.conf :: servers, a file each, where `configuration_files_directory` says so

- /var/log/barman/barman.log :: the log (`log_file`)

- /var/lib/barman :: `barman_home`; in it a directory for each server, with `meta` and `base` (backups), `wals`
(archived WAL and `xlog.db`, its index), `incoming` and `streaming` (WAL that has arrived), `errors` (what could not be
archived), and the locks

- ~/.pgpass :: passwords for PostgreSQL, mode 0600
)";

constexpr std::string_view configuration = R"(
An INI file. The section `[barman]` holds global options and defaults for all servers; every other section is a server,
or a model where it has the option `model = true`. Sections may also lie in files `*.conf` in the
`configuration_files_directory`, which are read in the order of their names; `.barman.auto.conf` in `barman_home`, which
`barman config-update` writes, is read last, and wins. These files must not change the section `[barman]`. A section may
be in several files: of an option that is in two of them the later one counts.

An option of a model counts instead of that of the server while the model is active (`barman-config-switch`(1)). An
option that is not in a server's section counts as the section `[barman]` has it, if its scope is global, too; else it
has its default.

# FORM OF THE FILE
A line that starts with ; or # is a comment; behind a value there can be none. An indented line continues the value
before it. Names of options may be written in any case; in those of sections it counts. A value may be in quotes. In a
value `%(option)s` stands for another option of the same section, and %%%% for a percent sign, also in a password.

- boolean :: on, off, true, false, yes, no, t, f, 1 or 0

- integer :: digits, with a sign or without

- size :: a number, and k, M, G or T for powers of 1000, Ki, Mi, Gi or Ti for powers of 1024

- interval :: a number and HOURS, DAYS, WEEKS or MONTHS (of 31 days), in any case, like "3 DAYS" or "1 WEEK"

- list :: words with commas between them

- path :: absolute; a ~ is taken for the home directory in `configuration_files_directory`

- connection string :: as libpq takes it: words like host=db, or a postgresql:// URI. Passwords belong into ~/.pgpass

- ssh command :: a command and its words, like "ssh -p 2222 postgres@db"; no shell expands it

- command :: a line for the shell

A value that is not valid is reported, and counts as not given; of `encryption` it disables the server. An option that
is not known is reported, and ignored. A section may not be called all. Two servers must not share a directory: then no
command works but `barman diagnose`; within a server it disables that.

# SERVERS, MODELS AND METHODS
Each server needs `conninfo`, unless it is a passive node. What else depends on how backups and WAL get here:

- `backup_method = rsync` :: needs `ssh_command`; `local-rsync` must not have it

- `backup_method = postgres` :: needs `streaming_conninfo`, if conninfo will not do; takes neither `reuse_backup`, nor
`network_compression`, nor `tablespace_bandwidth_limit`

- `backup_method = local-to-cloud` :: needs a URL as `basebackups_directory`, and Barman on the host of PostgreSQL

- `backup_method = snapshot` :: disables the server: this program takes no snapshots of disks, and the options for them
have no effect

- `archiver = on` :: needs an archive_command of PostgreSQL that delivers to `incoming_wals_directory`:
`barman-wal-archive`(1), or rsync

- `streaming_archiver = on` :: needs `slot_name` where it is the only archiver

- neither :: `archiver = on` is taken, with a warning

- `primary_ssh_command` :: makes the server a passive node, which copies what another Barman has of it

- `primary_conninfo` :: where conninfo leads to a standby: its primary, on which WAL segments are closed

- `wal_streaming_conninfo`, `wal_conninfo` :: where WAL is received from another server of the cluster than the one that
is backed up

`basebackups_directory` and `wals_directory` may be URLs of an object store, the former with `postgres` and
`local-to-cloud` (s3://BUCKET/PATH, https://ACCOUNT.blob.core.windows.net/CONTAINER/PATH or gs://BUCKET/PATH). There can
be neither `backup_compression`, `encryption` nor `worm_mode` then, and WAL cannot be compressed by `pigz` or `custom`.

A model has `model = true` and `cluster`, which is that of the servers it is for; a server's is its own name, unless it
says otherwise. An option whose scope does not include models has no effect there.

# RETENTION
`retention_policy` says which backups stay. `REDUNDANCY n` keeps the newest n full backups; `RECOVERY WINDOW OF n DAYS`
(or WEEKS, or MONTHS) keeps what is needed to restore each moment of that time, which includes one backup from before
it. An incremental backup stays and goes with the full one that it is based on. cron removes what is obsolete, with the
WAL that only it needed, but never goes below `minimum_redundancy`, nor touches what `barman keep` protects. Without a
policy nothing is removed. One that cannot be understood removes nothing, and `barman check` fails.
`barman-retention`(1) shows what would happen.

# HOOK SCRIPTS
They are given to the shell, as the user barman, without arguments and without standard input; what they print is
logged. Around each operation (backup, archive, delete, wal_delete, recovery) there are four: pre_X_script,
pre_X_retry_script, the operation, post_X_retry_script, post_X_script. archive and wal_delete are called for each WAL
file.

What a `_script` ends with is logged, and has no other effect. A `_retry_script` is called again until it ends with 0
(after 3 seconds, and after each sixth failure after a minute), with 62 (it gives up, and the operation goes on), or
with 63, which stops the operation if it is a pre_ script, and else is the same as 62.

- all :: `BARMAN_VERSION`, `BARMAN_SERVER`, `BARMAN_CONFIGURATION` (the file), `BARMAN_HOOK` (as backup_script),
`BARMAN_PHASE` (pre or post), `BARMAN_RETRY` (1 in a retry script, else 0), `BARMAN_ERROR` (empty where there is none)

- backup, delete, recovery :: `BARMAN_BACKUP_ID`, `BARMAN_BACKUP_DIR`, `BARMAN_BACKUP_INFO_PATH`, `BARMAN_STATUS`,
`BARMAN_PREVIOUS_ID`, `BARMAN_NEXT_ID`

- archive, wal_delete :: `BARMAN_SEGMENT`, `BARMAN_FILE` (its path), `BARMAN_SIZE`, `BARMAN_TIMESTAMP`,
`BARMAN_COMPRESSION`

- recovery :: `BARMAN_DESTINATION_DIRECTORY`, `BARMAN_TABLESPACES` and `BARMAN_RECOVER_OPTIONS` (JSON objects),
`BARMAN_REMOTE_COMMAND`

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
