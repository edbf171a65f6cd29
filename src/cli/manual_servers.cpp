// Manual pages of the verbs about servers, their configuration, and passive nodes.
#include "manual_text.h"

namespace barman::cli {
namespace {

constexpr ManualText texts[] = {
    {"check", R"(
Looks at everything that backups and WAL archiving of a server need, and prints a line for each: the connections, the
rights of the roles, the settings of PostgreSQL, directories, ssh, the age of the last backup, retention, errors. A line
that says FAILED has the reason behind it. A failing check of an inactive server is shown and does not count.
Directories of the server that are not there are made. As long as nothing is archived, it also archives what has
arrived, and lets PostgreSQL close a WAL segment.

`--explain` puts causes before consequences, and adds a command for each; it also sees work that does not go on any
more. `--nagios` prints one line, as a monitoring plugin does, with the size of the last backup and of the WAL behind it
as performance data, and a line for each check that has failed. `-f` and `-q` do not count then. The time for each
server is limited by `check_timeout` (30 seconds) or `--check-timeout`: what was not looked at by then is missing, and
`check timeout` has failed. Failures are logged as errors.

# WHAT IS CHECKED
Which lines there are depends on the server: an inactive server and a passive node have those alone that need no
PostgreSQL. Some are there only when something is wrong: WAL archive, the directories of arriving WAL, configuration,
ssh output clean, backup_label and check timeout.

- WAL archive :: nothing has been archived yet

- incoming, streaming WALs directory :: more files wait than `max_incoming_wals_queue`, or files wait where the archiver
that would take them is off

- PostgreSQL, PostgreSQL streaming :: conninfo and streaming_conninfo lead to a server, of a version that is supported

- superuser or standard user with backup privileges, has monitoring privileges :: the rights of the role

- wal_level :: is not minimal

- PostgreSQL server is standby, Primary server is not a standby, Primary and standby have same system ID :: with
`primary_conninfo`

- (WAL streaming) :: the same for `wal_conninfo` and `wal_streaming_conninfo`

- replication slot :: the one of `slot_name` is there, was used, and is in use

- directories :: can be made and written to

- retention policy settings :: `retention_policy` can be understood

- backup maximum age, backup minimum size, wal maximum age :: of the last backup and of its WAL, against
`last_backup_maximum_age`, `last_backup_minimum_size` and `last_wal_maximum_age`

- wal size :: of the WAL behind the last backup; never fails

- encryption, decryption :: the settings go together, gpg encrypts for the key, and decrypts with the passphrase command

- cloud storage configuration, cloud copy :: the store is there and the settings go with it; the second copy is not
behind

- compression settings :: `compression` can be done here

- failed backups :: there is none that failed, is torn, or cannot be read

- minimum redundancy requirements :: there are as many full backups that are DONE as `minimum_redundancy`

- ssh, ssh output clean :: the host of PostgreSQL, or the primary node, is reached without a question, and prints
nothing of its own

- local PGDATA, backup_label, not in recovery, exclusive backup supported :: what a copy by rsync needs

- pg_basebackup, pg_receivexlog :: the programs are there (the latter is pg_receivewal) and fit the version of the
server

- configuration :: has errors, for which the server is disabled; each on a line of its own

- systemid coherence :: it is still the same cluster, in both connections and in `identity.json`

- receive-wal running, archive_mode, archive_command, continuous archiving :: WAL gets here, in the ways that are
switched on

- archiver errors :: nothing lies in `errors_directory`; duplicates and unknown files are counted

# EXAMPLES
    barman check main

What is to be done about it?

    barman check --explain main

For Nagios and Icinga:

    barman check --nagios all

# EXIT STATUS
0 when nothing has failed, 1 when something has or after an error, 2 when the command line is wrong. With `--nagios` 0
(OK) and 2 (CRITICAL).
)",
     "status diagnose cron"},
    {"status", R"(
Shows the state of each server now: whether PostgreSQL answers, its version, size and WAL position, what its archiver
says, and the number, the first and the last of its backups. A server that does not answer is shown without what only it
knows; that is no error.

Of each server it shows description, whether it is active, disabled or a passive node, the active model, the retention
policy, and whether `minimum_redundancy` is met. The number of backups counts those that are DONE; the first and the
last may also wait for WAL. Of a server that answers: whether it is in production or in recovery, the current WAL
segment (not of a standby), and with `archiver = on` its archive_command, what it archived last, how often that failed,
and how many files an hour it archives.

# EXAMPLES
    barman status main
    barman -f json status all
)",
     "check show-servers list-backups"},
    {"list-servers", R"(
Lists the servers of the configuration, each with its description, and whether it is inactive, disabled by an error in
its configuration, or passive. Nothing is connected to. Models are no servers, and are not listed.

# EXAMPLES
    barman list-servers

The names alone, for a script:

    for server in $(barman list-servers --minimal); do barman switch-wal "$server"; done
)",
     "show-servers check"},
    {"show-servers", R"(
Shows every option of each server, with what follows from the global section and from a model, and what PostgreSQL says
of itself. Passwords are hidden. The options of a server that does not answer, is inactive or passive are shown without
what PostgreSQL would say; that is no error.

# EXAMPLES
    barman show-servers main

One value:

    barman -f json show-servers main | jq -r .main.backup_directory
)",
     "list-servers diagnose config-switch"},
    {"cron", R"(
Does the regular maintenance of all servers: archives WAL that has arrived, keeps `receive-wal` running, completes
backups that wait for WAL, removes what the retention policy gives up, brings passive nodes up to date, makes copies
(`cloud_copy`) and drills (`drill_schedule`) that are due, and logs what is stalled. It starts what takes long as
processes of its own, and ends.

It has to run every minute, as the user barman, from cron or a timer of systemd; two at the same time do no harm, since
there is one for each server.

# WHAT IT DOES
First the changes that `barman config-update` has left undone are made. Then, for each server that is not disabled, by
name:

- archiving :: `archive-wal` is started if something has arrived and none is running

- streaming :: `receive-wal` is started if `streaming_archiver` is on and none is running, and stopped if it is off.
Where systemd has the unit barman-receive-wal@SERVER.service, that is started

- backups :: `check-backup` is started for the oldest backup that waits for WAL. A backup whose process was killed is
cleared up

- passive nodes :: their primary node is asked, and `sync-backup` (the oldest backup that is missing) and `sync-wals`
are started

- second copy :: `cloud-copy` is started if something is new

- retention :: obsolete backups are deleted, and deletions that were interrupted are finished, by this process itself

Of an inactive server only the WAL receiver is stopped. At the end lock files that nobody holds are removed, unless
`lock_directory_cleanup` is off, one drill at a time is started, and every PostgreSQL is asked whether something is
stalled.

What it starts has no standard output and no standard error, and writes to the log alone, unless `--keep-descriptors` is
given.

# EXAMPLES
In /etc/cron.d/barman:

    * * * * * barman [ -x /usr/bin/barman ] && /usr/bin/barman -q cron

In a container, where the output of what it starts belongs to the log:

    barman cron --keep-descriptors

# EXIT STATUS
0 when all is well, also where a server is disabled or busy; 1 after an error of any server; 2 when the command line is
wrong. What the processes that it starts come to is in the log.
)",
     "check list-processes archive-wal receive-wal retention"},
    {"diagnose", R"(
Prints everything that helps to find out what is wrong, as one JSON document: configuration, what PostgreSQL says, all
backups, and versions of the programs in use, here and on the hosts that `ssh_command` reaches. It takes no server, and
goes on where one does not answer or the configuration has errors, which are part of the document. Passwords are hidden;
names of hosts and servers are not. `--show-config-source` adds the file that each value comes from.

# EXAMPLES
    barman diagnose >diagnosis.json
)",
     "check show-servers"},
    {"replication-status", R"(
Shows who receives WAL from each server, standbys and WAL receivers, and how far behind each of them is: who it is and
from where, since when, whether it is synchronous, its slot, and the positions that were sent, written, flushed and
replayed, with the difference to where the server is now. Inactive servers and passive nodes are left out.

`--target hot-standby` shows clients that replay WAL, `wal-streamer` those that only receive it. `--source wal-host`
asks the server of `wal_conninfo` or `wal_streaming_conninfo` instead of that of `conninfo`. The role needs the rights
of pg_monitor to see the clients.

# EXAMPLES
    barman replication-status main

The receivers of WAL alone, a line each:

    barman replication-status --minimal --target wal-streamer main
)",
     "status receive-wal"},
    {"list-processes", R"(
Lists the barman processes that work on a server at the moment: process id and task. The task is the word that `barman
terminate-process` takes: `archive-wal`, `backup`, `cloud-copy`, `cron`, `drill`, `receive-wal`, `sync-backup` or
`sync-wal`. What is listed holds a lock of the server: a restore holds none.

# EXAMPLES
    barman list-processes main
)",
     "terminate-process cron"},
    {"terminate-process", R"(
Stops a running barman process of a server, by SIGINT, and waits up to ten seconds for its end. What it was doing is
cleaned up. A `receive-wal` that was stopped is started again by the next cron, as long as `streaming_archiver` is on. A
task that is not running is an error, and so is a process that has not ended after that time.

# EXAMPLES
    barman terminate-process main receive-wal
    barman terminate-process main backup
)",
     "list-processes receive-wal cron"},
    {"lock-directory-cleanup", R"(
Removes the lock files in `barman_lock_directory` that nobody holds. cron does so, too, unless `lock_directory_cleanup`
is off. A lock file that is left behind stops nothing: only one that is held does. It works for all servers, and prints
nothing.

# EXAMPLES
    barman lock-directory-cleanup
)",
     "list-processes cron"},
    {"init", R"(
Brings a PostgreSQL server into the configuration, and asks nothing of you. It connects, looks at everything that
backups and WAL streaming need there (version, rights of the roles, `wal_level`, room for WAL senders and slots, a
replication connection by trying one), prints the SQL and the lines of `pg_hba.conf` that are missing, and writes
NAME`.conf` into the `configuration_files_directory`, mode 0640. It changes nothing of PostgreSQL.

Backups are taken by streaming, or with `--ssh-command` by rsync; WAL is streamed through a replication slot, which the
first cron makes.

A password is never written: one in `--conninfo` is used to ask, and where PostgreSQL wants it the line for `.pgpass` is
shown. Another file, or a server that is configured already, is never replaced; called again with the same arguments, it
looks again, and leaves the file as it is.

# EXAMPLES
    barman init main --conninfo 'host=db user=barman dbname=postgres'

By rsync, with the backups on a disk of their own:

    barman init main --conninfo 'host=db user=barman dbname=postgres' \
        --ssh-command 'ssh postgres@db' --directory /srv/backups/main

What is missing, and what would be written?

    barman init main --dry-run --conninfo 'host=db user=barman dbname=postgres'

# EXIT STATUS
0 when nothing is missing, and the configuration is there, or would be (`--dry-run`); 1 when something is missing or
after an error; 2 when the command line is wrong.
)",
     "check cron receive-wal config-update"},
    {"metrics", R"(
Prints what monitoring wants to know of servers in the text format of Prometheus: backups, WAL, the recovery window,
drills, and when cron ran last. Names and labels that prometheus-barman-exporter has are the same here. It looks at
files of this host alone, and connects to nothing; `--check` also makes the checks of `barman check`, and asks each
PostgreSQL what it retains.

`--summary` leaves out what there is to say of each backup, which is most of it: for systems that pay for every sample,
or take a limited text.

`--textfile` replaces a file in one step, which others may read: for the textfile collector of node_exporter. `--listen`
answers `GET /metrics` and `GET /report` until a signal arrives; there is neither a password nor TLS, so let it listen
on the loopback address, or use `barman serve`.

# EXAMPLES
    barman metrics

In a line of cron:

    barman -q metrics --textfile /var/lib/prometheus/node-exporter/barman.prom

For Prometheus on this host, with the checks:

    barman metrics --check --listen 127.0.0.1:9780
)",
     "report check status"},
    {"report", R"(
Shows what can be restored of servers, and what is not as it should be: whether each is at risk and why, how far back it
can be restored, its backups, WAL and drills. `--html` writes it as one page for a browser, which needs nothing from
elsewhere and can be mailed, printed and kept. It is made of the catalogue alone, and connects to nothing.

# EXAMPLES
    barman report

A page of all servers:

    barman report --html /var/www/barman.html
)",
     "metrics recovery-window list-backups drill"},
    {"serve", R"(
Answers over HTTP what pg-backup-api answers, for patroni_barman, the pg_backupapi options of repmgr, and PEM: who is
there, what `barman diagnose` prints, and operations, which are restores to other hosts and changes of the
configuration. They are written down, done by processes of their own, which go on when the service ends, and asked about
by their id. `GET /metrics` and `GET /report` are those of `barman metrics`. It ends with a signal.

Who may send operations has commands run by this user. Without an option it listens on 127.0.0.1, port 7480, where every
user of this host gets in; a Unix socket (`--listen unix:PATH`) is for this user and its group. Any other address needs
`--client-ca`, with `--tls-certificate` and `--tls-key`: then only clients with a certificate of that authority are
answered. `--read-only` refuses operations.

# EXAMPLES
    barman serve

For hosts that have a certificate:

    barman serve --listen 0.0.0.0:7480 --tls-certificate server.crt --tls-key server.key --client-ca ca.crt

For metrics alone:

    barman serve --listen 10.0.0.5:7480 --read-only
)",
     "run-operation restore config-switch config-update metrics"},
    {"run-operation", R"(
Does what a client has asked `barman serve` for, as it is written down in `jobs/` of the server, or of `barman_home` for
an operation of the instance, and writes down in `output/` what became of it. `serve` starts it; by hand there is
nothing to be done with it. An operation that has ended, or is being done, is refused.

# EXAMPLES
    barman run-operation 20261128T112811 main
)",
     "serve"},
    {"config-switch", R"(
Makes a model the active one of a server: a section with `model = true`, whose options then count instead of those of
the server, for example to take backups of another node after a failover. The model must be of the same `cluster`.
`--reset` goes back to the configuration without a model, and counts before a model that is named, too. The WAL receiver
is started again with the new options. Each option that changes is printed. The name of the active model is kept in
`.active-model.auto` in the directory of the server, and shown by `barman status`; one that is active already is no
error.

# EXAMPLES
    barman config-switch main main:standby
    barman config-switch --reset main
)",
     "config-update show-servers"},
    {"config-update", R"(
Changes options of servers and models. An option that stands in a file is changed there; another one goes to
`.barman.auto.conf` in `barman_home`, which is read last. Servers and models that do not exist are created. Either all
changes are made or none. The WAL receivers of the changed servers are started again.

The changes are a list of JSON objects. Each has `scope`, which is `server` or `model`, `server_name` or `model_name`,
and options with their values as text. A model that is new needs `cluster`, and gets `model = on`. A value that is not
valid, an option that is unknown, and a name of a server for a model, or the reverse, are refused. Each option that
changes is printed. What was accepted and could not be done is kept in `config_changes_queue`, and done by the next
cron.

# EXAMPLES
    barman config-update \
        '[{"scope": "server", "server_name": "main", "streaming_archiver": "off"}]'

A new model:

    barman config-update \
        '[{"scope": "model", "model_name": "main:standby", "cluster": "main", "conninfo": "host=db2"}]'

With a password, which no other user of this host is to see among the arguments:

    barman config-update - <changes.json
)",
     "config-switch show-servers"},
    {"sync-info", R"(
Prints what a passive node has to know about a server: its configuration, its backups, and the WAL behind `last_wal`, as
JSON. Passive nodes call it over ssh. `last_position` is where the line of that file begins in the index, so that it is
found quickly.

A passive node is a server with `primary_ssh_command`: its backups and WAL are copies of those of the primary node,
which has a server of the same name. There, `--primary` asks the primary node and keeps its answer, in `primary.info` in
the directory of the server; on another server it is an error.

# EXAMPLES
    barman sync-info --primary main
)",
     "sync-backup sync-wals cron"},
    {"sync-backup", R"(
Copies a backup of the primary node to this passive node, by rsync. It needs what `sync-info --primary` has stored. cron
does this by itself, for the oldest backup that is missing. A copy that was interrupted is continued. The backup is
named by its id alone; while it is copied, its status is SYNCING. One that is here already, or that the retention policy
of this node would give up, is not copied, which is no error. What the primary node has deleted is not deleted here:
this node has a retention policy of its own. `bandwidth_limit`, `parallel_jobs` and `reuse_backup` count for the copy.

# EXAMPLES
    barman sync-info --primary main
    barman sync-backup main 20261121T092554
)",
     "sync-info sync-wals cron"},
    {"sync-wals", R"(
Copies the WAL of the primary node that is missing on this passive node, by rsync. cron does this by itself. It needs a
backup here that the WAL belongs to: without one there is a warning, and nothing is copied. `compression` has to be the
same on both nodes. What was copied up to is kept in `sync-wals.info`, beside the WAL.

# EXAMPLES
    barman sync-wals main
)",
     "sync-info sync-backup cron"},
};

}  // namespace

std::span<const ManualText> manual_texts_of_servers() { return texts; }

}  // namespace barman::cli
