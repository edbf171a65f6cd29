// Manual pages of the verbs about WAL.
#include "manual_text.h"

namespace barman::cli {
namespace {

constexpr ManualText texts[] = {
    {"archive-wal", R"(
Moves WAL that has arrived into the archive of the server: what `archive_command` has put into `incoming`, and what
`receive-wal` has written to `streaming`, except for the segment that is being written. Each file is compressed as
`compression` says, then indexed, and only then removed from where it was. What is no WAL, and a file that is in the
archive with another content, goes to `errors`. cron does all this every minute.

# EXAMPLES
    barman archive-wal main
)",
     "cron receive-wal switch-wal"},
    {"receive-wal", R"(
Receives WAL by streaming, with pg_receivewal, until it is interrupted. cron starts it for each server with
`streaming_archiver = on`, and starts it again when it has ended: it is called by hand to look what is wrong, or to
manage the replication slot of `slot_name`.

With a slot PostgreSQL keeps the WAL that has not been received yet. A slot that nobody reads from fills the disk of the
server: drop it when the server is no longer backed up.

`--reset` starts again at the position where PostgreSQL is now; WAL in between is not received any more. To stop the
receiver of cron, use `barman terminate-process`.

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
since the last one, there is nothing to close; `--force` takes a checkpoint first, so that there is. `--archive` waits
until the segment is in the archive of this host, `--archive-timeout` seconds at most: the quickest way to see that
archiving works.

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

# EXAMPLES
In the configuration of a PostgreSQL that recovers on this host:

    restore_command = 'barman get-wal -P main %f > %p'

Look at a segment:

    barman get-wal -o /tmp main 000000010000000000000042
    pg_waldump /tmp/000000010000000000000042

Which of the next ten are there?

    barman get-wal --peek 10 main 000000010000000000000042

# EXIT STATUS
0 when the file has been handed out, 1 when there is none or after another error, 2 when the command line is wrong, 3 when
the name is no name of WAL or the file cannot be written.
)",
     "restore put-wal barman-wal-restore"},
    {"put-wal", R"(
Receives WAL files from standard input, as a tar stream with their checksums, and puts them into `incoming` of the server
when they are durable. `barman-wal-archive` calls it over ssh: nobody types it.

# EXAMPLES
Is this server ready to take WAL?

    barman put-wal --test main
)",
     "archive-wal get-wal barman-wal-archive barman-gatekeeper"},
    {"rebuild-xlogdb", R"(
Writes the index of archived WAL (`xlog.db`) anew, from the files themselves. No WAL file is changed. Needed only when a
command says that the index is damaged, or when files were put into the archive by hand.

# EXAMPLES
    barman rebuild-xlogdb main
)",
     "check-archived-wal-range archive-wal"},
    {"check-wal-archive", R"(
Looks whether the WAL archive of a server is fit for a new PostgreSQL cluster: it has to be empty or, with `--timeline`,
to hold no WAL of that timeline or a later one. Two clusters that archive into one place destroy each other's backups.

# EXAMPLES
    barman check-wal-archive main

For a server that was restored, and is to go on from timeline 3:

    barman check-wal-archive --timeline 3 main
)",
     "check-archived-wal-range check"},
    {"check-archived-wal-range", R"(
Looks whether each WAL segment from the first name to the second one is in the archive, and lists those that are missing.
Both must be of the same timeline.

# EXAMPLES
    barman check-archived-wal-range main 000000010000000000000042 000000010000000000000064
)",
     "recovery-window check-backup"},
    {"cloud-wal-archive", R"(
Puts a WAL file into the object store of `wals_directory`; for servers with `backup_method = local-to-cloud`, where
PostgreSQL runs on this host. `--parallel` also takes segments that will be asked for next. It succeeds only when the
store has said that the file is there.

# EXAMPLES
In postgresql.conf:

    archive_command = 'barman cloud-wal-archive main %p'
)",
     "cloud-wal-restore barman-cloud-wal-archive"},
    {"cloud-wal-restore", R"(
Fetches a WAL file from the object store of `wals_directory`. `--parallel` fetches those that will be asked for next as
well, into `--spool-dir`.

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
