// Manual pages of the verbs about WAL.
#include "manual_text.h"

namespace barman::cli {
namespace {

constexpr ManualText texts[] = {
    {"archive-wal", R"(
Moves WAL that has arrived into the archive of the server: what `archive_command` has put into `incoming`, and what
`receive-wal` has written to `streaming`, except for the segment that is being written. Each file is compressed as
`compression` says, and encrypted as `encryption` says, then indexed, and only then removed from where it was. What is
no WAL, and a file that is in the archive with another content, goes to `errors`, under its name with the time and
`unknown` or `duplicate` behind it; that is no error. The same file once more is dropped. A file that ends in .tmp is
left alone. cron does all this every minute.

What was streamed comes first. `archiver_batch_size` and `streaming_archiver_batch_size` limit how many files one run
takes; `batch size` in the output says how many were taken of more. One archive-wal of a server runs at a time; a second
one says so and ends with 0, as it does for an inactive server and on a passive node.

# EXAMPLES
    barman archive-wal main

# HOOK SCRIPTS
`pre_archive_script`, `pre_archive_retry_script`, `post_archive_retry_script` and `post_archive_script`, for each WAL
file; see `barman`(5).
)",
     "cron receive-wal switch-wal"},
    {"receive-wal", R"(
Receives WAL by streaming, with pg_receivewal, until it is interrupted. cron starts it for each server with
`streaming_archiver = on`, and starts it again when it has ended: it is called by hand to look what is wrong, or to
manage the replication slot of `slot_name`. There is one for each server. It connects with `streaming_conninfo`, or
`wal_streaming_conninfo` where that is set, and says so.

With a slot PostgreSQL keeps the WAL that has not been received yet. A slot that nobody reads from fills the disk of the
server: drop it when the server is no longer backed up.

`--create-slot` and `--drop-slot` make and drop the slot, and end. A slot that is there already is an error, but with
`--if-not-exists`; one that is in use cannot be dropped. With `create_slot = auto` the receiver makes a slot that is
missing.

`--reset` sets the streaming directory to where the slot stands, or without a slot to where PostgreSQL is now, and ends;
WAL in between is not received any more. It is for a receiver that cannot go on since PostgreSQL no longer has what it
asks for. It is refused while one is running, and where what was received is ahead of PostgreSQL; where the positions
agree, nothing is done.

To stop the receiver of cron, use `barman terminate-process`; `--stop` is deprecated, and does the same. It cannot be
given together with `--reset`.

# EXAMPLES
Once, when a server is set up (or `create_slot = auto`):

    barman receive-wal --create-slot main

Why does it not run?

    barman receive-wal main

When the server is given up:

    barman terminate-process main receive-wal
    barman receive-wal --drop-slot main

# EXIT STATUS
0 after Ctrl-C, too; 1 after an error, 2 when the command line is wrong; 128 and the number of the signal where another
one has ended it.
)",
     "cron terminate-process replication-status"},
    {"switch-wal", R"(
Lets PostgreSQL close the current WAL segment, so that it is archived although it is not full. If nothing was written
since the last one, there is nothing to close; `--force` takes a checkpoint first, so that there is, and needs a
superuser or the role pg_checkpoint. `--archive` waits until the segment is in the archive of this host,
`--archive-timeout` seconds at most (30; 0 is for ever): the quickest way to see that archiving works. While it waits,
it archives what arrives.

A segment that has not come in time is an error; where nothing had to be closed, the next one to come is waited for, and
it is none. A standby closes no segments, unless `primary_conninfo` leads to its primary. Inactive servers are left out,
a passive node is refused.

# EXAMPLES
Does WAL arrive?

    barman switch-wal --archive main

Of an idle server:

    barman switch-wal --force --archive --archive-timeout 60 main
)",
     "archive-wal check"},
    {"get-wal", R"(
Writes a WAL file of the server to standard output or into a directory, decompressed and decrypted. It is looked for in
the archive, then in what waits to be archived; with `--partial` also among segments that are not complete. It is what
`restore_command` calls on this host; on another one `barman-wal-restore` calls it over ssh.

A name is that of a segment (24 hexadecimal digits), of a backup label, of a history file (8 digits and .history) or of
a partial segment. Nothing else is written to standard output. With `--output-directory` the file gets its own name
there. `--gzip` and `--bzip2` compress the output, of both the last one counts; `--keep-compression` hands out the file
as it is stored, and goes with neither. What is encrypted needs `encryption_passphrase_command`.

`--peek` prints the names of that many segments at most, the first one and those behind it, up to the first that is
missing, and ends with 0 also where there is none. `--test` says that WAL can be had. WAL that is in an object store is
fetched by `barman cloud-wal-restore`, and refused here.

# EXAMPLES
In the configuration of a PostgreSQL that recovers on this host:

    restore_command = 'barman get-wal -P main %f > %p'

Look at a segment:

    barman get-wal -o /tmp main 000000010000000000000042
    pg_waldump /tmp/000000010000000000000042

Which of the next ten are there?

    barman get-wal --peek 10 main 000000010000000000000042

# EXIT STATUS
0 when the file has been handed out, also after `--peek` and `--test`, 1 when there is none or after another error, 2
when the command line is wrong, 3 when the name is no name of WAL or the file cannot be written.
)",
     "restore put-wal barman-wal-restore"},
    {"put-wal", R"(
Receives WAL files from standard input, as a tar stream with their checksums, and puts them into `incoming` of the
server when they are durable. `barman-wal-archive` calls it over ssh: nobody types it. The stream ends with a file
`SHA256SUMS` or `MD5SUMS`; a file without its checksum, or with a wrong one, is refused, and so is what is no WAL or
differs from the file of that name that is here. Then PostgreSQL keeps the file and sends it again. Nothing is printed
when all is well. The server must be active. `--test` reads nothing.

# EXAMPLES
Is this server ready to take WAL?

    barman put-wal --test main

# EXIT STATUS
0 when all files are on the disk of this host, 1 when one was refused or after an error, 2 when the command line is
wrong. `barman-wal-archive` hands it on to PostgreSQL.
)",
     "archive-wal get-wal barman-wal-archive barman-gatekeeper"},
    {"rebuild-xlogdb", R"(
Writes the index of archived WAL (`xlog.db`) anew, from the files themselves. No WAL file is changed. Needed only when a
command says that the index is damaged, or when files were put into the archive by hand. It says how many history files,
backup labels and segments were found. Inactive servers are left out. WAL in an object store has no files here, and is
refused.

# EXAMPLES
    barman rebuild-xlogdb main
)",
     "check-archived-wal-range archive-wal"},
    {"check-wal-archive", R"(
Looks whether the WAL archive of a server is fit for a new PostgreSQL cluster: it has to be empty or, with `--timeline`,
to hold no WAL of that timeline or a later one, and no history file of these. Two clusters that archive into one place
destroy each other's backups. An archive that is not fit is an error.

# EXAMPLES
    barman check-wal-archive main

For a server that was restored, and is to go on from timeline 3:

    barman check-wal-archive --timeline 3 main
)",
     "check-archived-wal-range check"},
    {"check-archived-wal-range", R"(
Looks whether each WAL segment from the first name to the second one is in the archive, and lists those that are
missing. Both must be of the same timeline, and in order. Only the archive counts, and not what waits to be archived. A
backup of the server has to be there, since it knows how large its segments are.

# EXAMPLES
    barman check-archived-wal-range main 000000010000000000000042 000000010000000000000064

# EXIT STATUS
0 when all are there, 1 when one is missing or after an error, 2 when the command line is wrong.
)",
     "recovery-window check-backup"},
    {"cloud-wal-archive", R"(
Puts a WAL file into the object store of `wals_directory`; for servers with `backup_method = local-to-cloud`, where
PostgreSQL runs on this host. `--parallel` (`cloud_wal_archive_parallel`, or 0) also takes segments that will be asked
for next. It succeeds only when the store has said that the file is there. A file of that name that is stored already,
with another content, is an error. The file is compressed as `compression` says.

# EXAMPLES
In postgresql.conf:

    archive_command = 'barman cloud-wal-archive main %p'
)",
     "cloud-wal-restore barman-cloud-wal-archive"},
    {"cloud-wal-restore", R"(
Fetches a WAL file from the object store of `wals_directory`, and decompresses it. `--parallel`
(`cloud_wal_restore_parallel`, or 0) fetches those that will be asked for next as well, into `--spool-dir`. Barman has
to be installed where PostgreSQL recovers, with the configuration of the server.

# EXAMPLES
In the configuration of a PostgreSQL that recovers:

    restore_command = 'barman cloud-wal-restore main %f %p'

# EXIT STATUS
0 when the file is there, 1 when the store has none or after another error, 2 when the command line is wrong.
)",
     "cloud-wal-archive restore barman-cloud-wal-restore"},
};

}  // namespace

std::span<const ManualText> manual_texts_of_wal() { return texts; }

}  // namespace barman::cli
