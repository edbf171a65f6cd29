// Manual pages of the verbs about backups.
#include "manual_text.h"

namespace barman::cli {
namespace {

constexpr ManualText texts[] = {
    {"backup", R"(
Takes a base backup of each server, one after the other; where one fails, the next one is still backed up. Inactive
servers and passive nodes are left out, and that is no error. There is one backup of a server at a time: a second one is
refused.

First it makes the checks of `barman check`, silently; a server that fails one that matters for a backup is left out
with an error. These do not matter: minimum redundancy, age
and size of the last backup, failed backups, age of the WAL, WAL that waits or was not accepted, decryption, and the
second copy. Then the method of the server (`backup_method`) copies the files:

- `rsync` :: (the default) over ssh, or on this host with `backup_method = local-rsync`; with `--reuse-backup` files
that have not changed since the previous backup are not transferred again, or not even stored again

- `postgres` :: pg_basebackup, over a replication connection; needs no ssh

- `local-to-cloud` :: straight into the object store of `basebackups_directory`, on the host of PostgreSQL

- `snapshot` :: is refused: this program takes no snapshots of disks

A backup is complete when the WAL that was written while it was taken has been archived. Until then its status is
WAITING_FOR_WALS; the next cron makes it DONE. `--wait` waits for that, with `--wait-timeout` no longer than so many
seconds: then the command ends with an error, and the backup itself is as good as before. Without `--wait` a backup that
still waits is a warning, and no error.

At the end the WAL that has arrived is archived. The first backup of a server also removes what is archived of older
WAL, which no backup needs, unless `worm_mode` is on.

`--incremental` takes a block-level incremental backup: it contains only what has changed since its parent, and is
restored together with it. It needs `backup_method = postgres`, PostgreSQL 17 or later, and `summarize_wal = on` there
since before the parent was taken. The parent is named by its id, its name or a word: `latest` may be an incremental
one, `latest-full` is none. One that could not be restored, or is of another cluster, is refused.

`--name` gives the backup a name, which other commands take instead of the id. It must not be empty, look like an id, or
be one of the words for backups (see BACKUPS in `barman`(1)).

What fails leaves an entry with status FAILED, which holds no data that a restore could use and can be deleted.
PostgreSQL does not stay in backup mode, however the backup ends. SIGINT and SIGTERM end it in the same way. Before
that, a copy that has failed is tried again `--retry-times` times, with `--retry-sleep` seconds between two attempts;
pg_basebackup begins anew each time.

# EXAMPLES
Take a backup, and wait until it is complete:

    barman backup --wait main

All servers, four files at a time, at no more than 50 MB a second:

    barman backup --jobs 4 --bwlimit 50000 all

With a name that says what it is for, and a fast checkpoint instead of one that is spread out:

    barman backup --name before-upgrade --immediate-checkpoint main

What has changed since the last full backup, and nothing else:

    barman backup --incremental last-full main

As a line of /etc/cron.d, a backup of all servers every night:

    30 2 * * * barman [ -x /usr/bin/barman ] && /usr/bin/barman -q backup all

# FILES THAT HAVE NOT CHANGED
What `--reuse-backup` does with them, in backups by rsync:

- `link` :: they are hard links to those of the previous backup: not transferred, and no room is needed for them

- `copy` :: they are copied from the previous backup: not transferred, but stored once more

- `off` :: everything is transferred and stored

Without a word the option means `link`; then another option has to follow it, since a name of a server would be taken
for the word.

# CONFIGURATION FILES OUTSIDE THE DATA DIRECTORY
`postgresql.conf`, `pg_hba.conf` and `pg_ident.conf` are part of the backup where they are not in the data directory,
too, as on Debian; `barman-restore`(1) says where they go. What they include from elsewhere is kept with `backup_method
= postgres`; with rsync a warning names it. `external_configuration` in `backup_options` says that somebody else looks
after these files: no warning comes, and `backup_method = postgres` leaves them out.

# OPTIONS AND CONFIGURATION
What stands on the command line is taken instead of what barman.conf says, for this backup alone:

- `--immediate-checkpoint` :: `immediate_checkpoint`

- `--reuse-backup` :: `reuse_backup`

- `--jobs` :: `parallel_jobs` (1), and likewise `--jobs-start-batch-size` (10) and `--jobs-start-batch-period` (1)

- `--bwlimit` :: `bandwidth_limit` (none)

- `--retry-times`, `--retry-sleep` :: `basebackup_retry_times` (0), `basebackup_retry_sleep` (30); `--no-retry` is 0
times

- `--keepalive-interval` :: `keepalive_interval` (60)

- `--manifest` :: `autogenerate_manifest` (off)

- `--check-timeout` :: `check_timeout` (30)

In brackets is what counts where neither says anything. Of two options that contradict each other, like `--manifest` and
`--no-manifest`, the last one counts. `reuse_backup` and `network_compression` go with rsync alone, `backup_compression`
with pg_basebackup alone: with another method they disable the server.

`--cloud-staging-directory` and `--cloud-staging-max-size` are taken and not needed: nothing is staged.

# STATUS OF A BACKUP
- EMPTY, STARTED :: it is being taken; or whoever took it was killed

- WAITING_FOR_WALS :: all files are there, and some WAL that it needs is not archived yet

- DONE :: complete

- FAILED :: it cannot be used; `barman show-backup` has the reason

- SYNCING :: it is being copied from another node

# HOOK SCRIPTS
`pre_backup_script`, `pre_backup_retry_script`, `post_backup_retry_script` and `post_backup_script`, in this order; see
`barman`(5).

# EXIT STATUS
0 when each backup was taken, also where it waits for WAL; 1 when one has failed or was refused, or where
`--wait-timeout` is over; 2 when the command line is wrong.
)",
     "check list-backups restore cron keep"},
    {"list-backups", R"(
Lists the backups of each server, newest first: server, id, name in quotes if it has one, type (R for rsync, F for full
by PostgreSQL's own means, I for incremental, S for snapshot), and then either the status, or when the copy ended, its
size together with the WAL that it needs, and the size of the WAL behind it up to the next backup. The status stands
there of a backup whose copy is not complete (EMPTY, STARTED, SYNCING, FAILED), and WAITING_FOR_WALS behind the sizes of
one that is. Statuses are explained in `barman-backup`(1). A passive node lists what it has copied as F, or I.

At the end of a line stands what the retention policy makes of it, where there is one: OBSOLETE is removed by the
next cron; OBSOLETE* would be, but for `minimum_redundancy`; KEEP:FULL and KEEP:STANDALONE are kept by `barman keep`.
TORN is an incremental backup that cannot be restored, because one that it is based on is missing.

A server without backups prints nothing. `--minimal` prints one id on each line, without the names of servers.

With `--long` each server has a table: how old each backup is, who keeps it, when retention removes it, and when it was
last restored by a drill. `+2 backups` means that it stays until two newer full backups are there; a date, that it goes
then, whether or not more are taken. Nobody but the catalogue on this host is asked.

# EXAMPLES
    barman list-backups main

Age, size, expiry and last drill of each, of all servers:

    barman list-backups --long all

The ids alone, for a script:

    barman list-backups --minimal main
)",
     "show-backup retention recovery-window drill"},
    {"show-backup", R"(
Shows all that the catalogue knows about one backup: what it was taken of, how long that took, how large it is and how
much of that is shared with others, which WAL it needs and how much follows, its neighbours, and for an incremental one
the chain that it belongs to. Of a FAILED backup it shows the error, and ends with 0 nevertheless.

# WHAT IT SHOWS
- (first lines) :: name, server, system identifier, status, version of PostgreSQL, its data directory, and the size of
the cluster when the backup was taken

- Server information :: whether PostgreSQL has checksums of data, and from version 17 whether it summarizes its WAL

- Tablespaces :: name, location and oid of each

- Base backup information :: method, encryption, type (full or incremental), size on disk and together with the WAL that
it needs, compression, what links or an incremental copy save, timeline, the first and the last WAL file that it needs,
when it began and ended and at which positions, how long the copy took, and how fast it was

- WAL information :: of the WAL behind it up to the next backup: number of files, size on disk, files an hour, how much
compression saves, the last one; and the timelines that can be reached from it

- Catalog information :: what the retention policy makes of it, the backups before and after it, and of an incremental
one the full backup at its root, its parent, its children, and what the whole chain takes

# EXAMPLES
    barman show-backup main latest

Why the last failure failed:

    barman show-backup main last-failed

One value, for a script:

    barman -f json show-backup main latest | jq .main.status
)",
     "list-backups list-files check-backup"},
    {"restore", R"(
Makes a PostgreSQL data directory of a backup, and prepares it for recovery. The server is not started; the last lines
say what is to be done with this one, command by command. Before it begins, the WAL that has arrived is archived, unless
`--skip-archive-wal` is given.

The backup has to be DONE, or to wait for nothing but WAL; then a warning says so, and recovery may lack some. One of a
server with `cloud_copy` that is no longer here is restored from the second copy. Backups by snapshots of disks are
refused, and so is `--snapshot-recovery-instance`; the other options for them (`--gcp-zone`, `--azure-resource-group`,
`--aws-region`) are taken and not looked at.

# HOW THE BACKUP IS CHOSEN
Recovery starts where a backup ended, and goes forward from there. So a backup fits a target if it ended before it, and
if the archive has all WAL from the one to the other. The closer it is, the sooner recovery is over.

You name the backup: by its id, by its name, or by a word like `latest` (see BACKUPS in `barman`(1)). Or you write
`auto`: then it is the newest complete backup that ended at or before `--target-time` or `--target-lsn` and from which
`--target-tli` can be reached; without a target the newest one. A transaction id, the name of a restore point and
`--target-immediate` do not say which backup leads to them: there the backup has to be named.

`barman recovery-window` shows every moment that can be reached, and from which backup. `--dry-run` says what one
restore would do, and whether recovery would reach its target; a target that the archived WAL does not reach is refused
before anything is written.

# WHERE RECOVERY STOPS
Without a target all archived WAL of the timeline of the backup is replayed (with `--get-wal` or `--standby-mode`, and
PostgreSQL 12 or later, that of the newest timeline). A target ends it earlier, by default on the newest timeline. There
can be one:

- `--target-time` :: a date and a time, such as '2026-11-21 09:25:28.5+00:00'; without an offset it is taken to be in
the time zone of this host, with a warning

- `--target-xid` :: a transaction, by its number

- `--target-lsn` :: a position in the WAL, like 3/64000000

- `--target-name` :: a restore point, which was made by pg_create_restore_point() on the server

- `--target-immediate` :: the end of the backup itself, as soon as it is consistent

What is named by time, transaction or position is still applied, unless `--exclusive` is given. `--target-tli` says
which timeline leads there: a number, `current` for that of the backup, or `latest`; not `current` with `auto`.
`--target-action` needs a target, and says what PostgreSQL does when it is there: `pause` lets you look, and is its own
default, `promote` opens it for writing, `shutdown` stops it.

# WHERE THE FILES GO
To `destination_directory` on this host, or on the host that `--remote-ssh-command` reaches. It has to be empty, unless
`--delta-restore` brings what is there up to date. Tablespaces go back to where they were on the server unless
`--tablespace` moves them: for each one that cannot be there, give the option once. Their places have to be empty, too.
Where a PostgreSQL runs on the files that are there, the restore is refused in any case.

The destination must not hold a colon: another host is named by `--remote-ssh-command` alone. `--network-compression`
goes with another host only. `--bwlimit`, `--jobs` and attempts after a failed copy are as in `barman-backup`(1).

Configuration files from outside the data directory are not restored to their places: a backup by rsync has them in the
data directory; one by PostgreSQL's own means keeps them, and they are put into `barman_configuration` in the
destination.

# COMPRESSED, ENCRYPTED AND INCREMENTAL BACKUPS
They are unpacked, decrypted and combined on the way. `--staging-path` is an absolute path where that is done (default
`/tmp`), and needs room for it: for the unpacked backup, and for the result of combining. What is there is removed when
the restore ends, however it ends. `--staging-location` says on which host it is: `local` (the default) is this one,
`remote` the one that `--remote-ssh-command` reaches, and needs that option. Decryption is always done with the keys of
this host, by the passphrase that `encryption_passphrase_command` prints.

Incremental backups need pg_combinebackup of the version of the backup, on the host of the work area. `--combine-mode`
says how it makes files: `copy`, `link` (hard links, for another host and from PostgreSQL 18 on; where that cannot be,
`copy` is used, with a warning), `clone` (of file systems that can) or `copy-file-range`. After a `link` from a work
area on this host, files may be shared with the catalogue, and a change of one would damage backups.

`--delta-restore` needs a plain backup: to this host neither a compressed nor an encrypted nor an incremental one, to
another host none that is prepared there. `--recovery-staging-path` and `--local-staging-path` are deprecated: the one
was for compressed backups, the other for encrypted and incremental ones.

# WAL AND CONFIGURATION OF THE RESTORED CLUSTER
WAL that recovery needs is copied, too: into pg_wal, or with a target into `barman_wal` in the destination
(`--staging-wal-directory`), from where restore_command takes it, and where it is removed at the end of recovery.
`--partial-wal` also copies the segment that is not complete yet; it counts for WAL that is copied, and not with
`--target-immediate`.

With `--get-wal` nothing is copied: recovery fetches each segment when it needs it. The restore_command is then

- on this host :: `barman get-wal`, which the user of PostgreSQL has to be able to run as the user barman

- on another host :: `barman-wal-restore`, which has to be installed there and to reach this host by ssh;
`--recovery-option-port` is the port of sshd here, and `--jobs` above 1 become its `--parallel`

- with WAL in an object store :: `barman cloud-wal-restore`; `--get-wal` is then taken without being given

- any :: what `--restore-command` says, which counts with `--get-wal` only

These settings are added to `postgresql.auto.conf`, or the file that `--recovery-conf-filename` names, with
`recovery.signal`, or `standby.signal` where `--standby-mode` is given; before PostgreSQL 12 they are in
`recovery.conf`. A standby gets no primary_conninfo: add it yourself.

In the configuration that was restored archive_command is switched off and old recovery targets are commented out
(`#BARMAN#`); the files as they were stay beside as `*.origin`. Settings that may be dangerous on another host, such as
paths and includes, are listed, and so are configuration files that were not in the backup. `backup_manifest` is
renamed, with the id of the backup behind it, and `.barman-recover.info` is a copy of what the catalogue says about the
backup.

# OPTIONS AND CONFIGURATION
What stands on the command line is taken instead of what barman.conf says, for this restore alone:

- `--jobs` :: `parallel_jobs`, and likewise `--jobs-start-batch-size` and `--jobs-start-batch-period`

- `--bwlimit` :: `bandwidth_limit`

- `--retry-times`, `--retry-sleep` :: `basebackup_retry_times`, `basebackup_retry_sleep`; `--no-retry` is 0 times

- `--network-compression` :: `network_compression`

- `--get-wal`, `--delta-restore` :: `get-wal` and `delta-restore` in `recovery_options`

- `--combine-mode` :: `combine_mode`

- `--staging-path`, `--staging-location` :: `staging_path`, `staging_location`

`--no-get-wal`, `--no-delta-restore` and `--no-network-compression` switch off what the configuration has switched on.

# HOOK SCRIPTS
`pre_recovery_script`, `pre_recovery_retry_script`, `post_recovery_retry_script` and `post_recovery_script`, in this
order; see `barman`(5). A `--dry-run` runs none.

# EXAMPLES
All that there is, here:

    barman restore main latest /srv/restored

What would happen, and whether it would succeed:

    barman restore --dry-run main latest

The state before an accident, on the database host, from the backup that fits:

    barman restore --target-time '2026-11-21 09:25:28+00:00' --target-action promote \
        --remote-ssh-command 'ssh postgres@db' main auto /var/lib/postgresql/15/main

To a restore point, with a tablespace in another place, four files at a time:

    barman restore --target-name before_upgrade --tablespace fast:/srv/fast --jobs 4 \
        main 20261121T092554 /srv/restored

A new standby, which fetches its WAL from here:

    barman restore --standby-mode --get-wal --remote-ssh-command 'ssh postgres@standby' \
        main latest /var/lib/postgresql/15/main

# EXIT STATUS
0 when the cluster has been prepared, or would be (`--dry-run`); 1 after an error, or where `--dry-run` says that the
target would not be reached; 2 when the command line is wrong.
)",
     "recovery-window drill list-backups get-wal barman-wal-restore"},
    {"check-backup", R"(
Looks whether all WAL that the backup needs to be consistent is in the archive. If so, a backup that is WAITING_FOR_WALS
becomes DONE; if WAL is missing that can never arrive, it becomes FAILED. cron does this by itself for the oldest backup
that waits. Nothing is printed when all is well. A backup that has FAILED is not looked at: that is an error.

# EXAMPLES
    barman check-backup main latest
)",
     "backup cron check-archived-wal-range"},
    {"verify-backup", R"(
Reads all files of a backup and compares them with the sizes and checksums in its `backup_manifest`, with
pg_verifybackup where it is installed, and by this program itself where it is not, or is older than the backup. WAL is
not looked at, nor is the status. Backups that consist of tar archives need the pg_verifybackup of PostgreSQL 18 or
later; encrypted ones and those in an object store cannot be verified. Backups by rsync have a manifest if they were
taken with `--manifest` (or `autogenerate_manifest = on`), or once `barman generate-manifest` has written one.

What shows that a backup can really be restored is `barman drill`.

# EXAMPLES
    barman verify-backup main latest

A backup by rsync that has no manifest; from now on it has one:

    barman generate-manifest main latest
    barman verify-backup main latest
)",
     "generate-manifest drill check-backup"},
    {"generate-manifest", R"(
Reads all files of a backup by rsync and writes a `backup_manifest` with the SHA-256 of each, as PostgreSQL's own
backups have one, into the `data` directory of the backup. It describes the files as they are now: what is damaged
already stays unnoticed. A manifest that is there is never replaced: that is an error. An inactive server is left out,
without an error.

# EXAMPLES
    barman generate-manifest main latest
)",
     "verify-backup backup"},
    {"list-files", R"(
Prints the path of each file that belongs to a backup; of one in an object store its URL. `--target` says which:
`standalone` (the default) are the files of the copy and the WAL that makes them consistent, `data` only the former,
`wal` all WAL from the beginning of the backup to the next one, with all history files, `full` everything. A path stands
on each line, with `backup.info` first among the files of the copy. Directories are listed where they are empty, and
only with `--list-empty-directories`.

# EXAMPLES
Copy a backup that can be restored by itself to another medium:

    barman list-files --target standalone main latest | tar -cf /mnt/usb/main.tar -T -
)",
     "export-backup show-backup"},
    {"delete", R"(
Deletes a backup and the WAL that no other backup needs. Incremental backups that are based on it are deleted with it,
first. A backup that is kept (`barman keep`) is refused, and so is one that `minimum_redundancy` needs. A deletion that
was interrupted is finished by the same command again, or by the next cron.

WAL is removed only with the oldest backup, up to what the next one needs: behind a backup that stays, all WAL stays.
WAL that a backup kept as standalone needs, that of timelines on which other backups are, and history files stay, too.
What goes is printed, file by file. `minimum_redundancy` counts backups that are DONE and not incremental; one that has
another status, or is incremental, can be deleted in any case. Nothing is deleted while a backup of the server is taken.

The retention policy deletes what is obsolete by itself: see `barman retention`.

# EXAMPLES
What would go:

    barman delete --dry-run main oldest

And away with it:

    barman delete main oldest

The entry of a backup that failed:

    barman delete main last-failed

# HOOK SCRIPTS
`pre_delete_script`, `pre_delete_retry_script`, `post_delete_retry_script` and `post_delete_script` for each backup, and
those with `wal_delete` in their names for each WAL file; see `barman`(5).
)",
     "retention keep list-backups"},
    {"keep", R"(
Protects a backup: neither retention policy nor `barman delete` remove it until the protection ends with `--release`.
`--target full` keeps it with all WAL behind it, so that every later moment stays reachable. `--target standalone` keeps
only what makes it consistent: it can then be restored to its own end alone, and costs no more than its own size.

Only a DONE backup can be kept, and not an incremental one: keep the full backup that it is based on. No retention
policy is needed. `--status` prints full, standalone or nokeep. One of the three options has to be there; of several
`--status` counts before `--release`, and that before `--target`. `--target` again changes how the backup is kept, and
`--release` of one that is not kept is no error.

# EXAMPLES
The state at the end of the year, without the WAL behind it:

    barman keep --target standalone main 20261231T230000

Is it kept, and no longer:

    barman keep --status main 20261231T230000
    barman keep --release main 20261231T230000
)",
     "retention delete list-backups"},
    {"export-backup", R"(
Writes a full backup that is DONE, and the WAL that makes it consistent, into one tarball in `output_directory`, under a
name that holds server, id, time (UTC) and the beginning of its SHA-256: backup-export-SERVER-ID-TIME-CHECKSUM.tar, with
.gz, .bz2 or .xz behind it. `barman import-backup` takes it, on another host, too, and so does Barman. The file has its
name only when it is complete.

The directory has to exist. An incremental backup cannot be exported, nor can one in an object store. WAL, and a backup
that is compressed or encrypted, are exported as they are stored. `--compression-level` needs `--compression`.

# EXAMPLES
    barman export-backup --compression gzip main latest /mnt/usb
)",
     "import-backup list-files"},
    {"import-backup", R"(
Takes a backup from a tarball of `barman export-backup` into the catalogue of a server, which has to be of the same
PostgreSQL cluster, and protects it with `keep --target standalone`. The tarball must have the name that it was written
under, because the name holds its checksum. Nothing is taken of one that is damaged, that is in the catalogue already,
or whose WAL differs from what the archive has under the same names.

The server has to be active, and must have been backed up once, since it knows by that which cluster is its own. To have
the backup go with the others, end its protection by `barman keep --release`.

# EXAMPLES
    barman import-backup main /mnt/usb/backup-export-main-20261121T092554-20261122T080000-0123abcd.tar
)",
     "export-backup keep"},
    {"cloud-copy", R"(
Copies what is new of backups and WAL into the object store that `cloud_copy` names, in the layout of the
`barman-cloud-*` programs, and applies `cloud_copy_retention_policy` there. cron does this by itself. What was
interrupted continues behind the archives that are complete.

# EXAMPLES
    barman cloud-copy main

What is in the copy, asked of the store:

    barman-cloud-backup-list s3://bucket/barman main
)",
     "cron barman-cloud-backup-list barman-cloud-restore"},
    {"recovery-window", R"(
Shows to which moments a server can be restored: an interval for each stretch of WAL without a gap that a backup leads
into, from which backup, on which timeline, and what ends it; the restore points; the backups that cannot be restored,
and why; and how much would be lost if PostgreSQL were gone now. A target time has to lie before `To`: that is the time
of the last commit or abort that can be replayed.

With `all`: a line for each server. `--verify` believes no note that was made of a segment, and reads all WAL again.

# EXAMPLES
    barman recovery-window main
    barman recovery-window all

After a failover, what can be reached on the old timeline:

    barman recovery-window --target-tli 1 main

# EXIT STATUS
0 when all is well, 1 after an error or where `--verify` has found damaged WAL, 2 when the command line is wrong.
)",
     "restore drill list-backups"},
    {"retention", R"(
Shows what cron does next by `retention_policy` and `retention_calendar`: for each backup whether it stays or goes, and
the rule that decides; with `--explain` every rule that has something to say. `--policy` asks what another policy would
do. Nothing is changed.

# EXAMPLES
    barman retention main

Would four weeks be enough to make room?

    barman retention --policy 'RECOVERY WINDOW OF 4 WEEKS' main
)",
     "list-backups delete keep cron"},
    {"drill", R"(
Restores a backup into a directory of its own, starts PostgreSQL there without any way in or out, lets it recover to a
target, reads everything, measures how long it took, and removes it all again. Nothing else shows that a backup can be
restored. cron does it by itself where `drill_schedule` is set.

The backup is chosen as for `barman restore`; without one, and without a target, as `drill_target` says. `--sql` names a
file of statements, one a line, each of which must return true. `--history` shows the last drills.

It needs the server programs of the PostgreSQL version on this host, and room for the whole cluster in
`drill_directory`. It does not begin while a backup of the server is taken.

# EXAMPLES
    barman drill main
    barman drill --history main

To a moment, from the backup that fits, with questions of your own:

    barman drill --target-time '2026-11-21 07:00+00' --sql /etc/barman/drill.sql main auto

# EXIT STATUS
0 when every check has passed, 1 when one has not or after an error, 2 when the command line is wrong.
)",
     "restore recovery-window verify-backup cron"},
};

}  // namespace

std::span<const ManualText> manual_texts_of_backups() { return texts; }

}  // namespace barman::cli
