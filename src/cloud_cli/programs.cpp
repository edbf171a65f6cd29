#include "programs.h"

namespace barman::cloud::cli {

const std::vector<Program>& programs() {
  static const std::vector<Program> table = {
      {"barman-cloud-backup", "Barman cloud backup", "back a PostgreSQL cluster up into an object store",
       "Copies the cluster on this machine into an object store while it runs, as compressed archives that are streamed "
       "there: nothing is written to the disk. As post_backup_script or post_backup_retry_script of Barman it uploads "
       "the backup that Barman has taken.",
       "barman-cloud-backup --zstd -J 4 s3://bucket/path main", backup_command, R"(
It connects to PostgreSQL as libpq does, by default to the database postgres of this host; `--dbname` with a whole
connection string replaces `--host`, `--port` and `--user`. The role needs the rights for a backup and for
pg_create_restore_point(). The bucket has to be there.

Each tablespace and the data directory are archives of their own, data.tar and OID.tar; behind `--max-archive-size`
another one is begun. The configuration files are part of the backup, also where they are outside the data directory. A
backup waits until PostgreSQL has archived the last WAL that it needs, so `archive_command` has to work:
`barman-cloud-wal-archive`(1).

Its status is STARTED while it is taken, then DONE or FAILED. The id is the time at which it began. `--name` must not be
empty, look like an id, or be a word for backups (latest, last, oldest, first, last-failed, latest-full, last-full,
auto).

A size is a number of bytes, or with kB, MB, GB, TB in powers of 1024; with kiB, MiB, GiB, TiB in powers of
1000.

Tags are KEY,VALUE: ten at most, keys of 128 and values of 256 letters, digits, blanks and _.:/=+-@ at most.
`--encryption aws:kms` goes with `--sse-kms-key-id`; `--sse-customer-key` with neither.

Snapshots of disks are refused.

# AS A HOOK SCRIPT
As `post_backup_script` or `post_backup_retry_script` of Barman it uploads the files of the backup that was just taken,
and its entry, without a connection to PostgreSQL. The backup has to be DONE, and not compressed; `--name` cannot be
given. It reads `BARMAN_BACKUP_DIR`, `BARMAN_BACKUP_ID`, `BARMAN_BACKUP_INFO_PATH` and `BARMAN_STATUS`. Status 63 tells
a retry script to stop.
)"},
      {"barman-cloud-backup-delete", "Barman cloud backup delete", "delete backups from an object store",
       "Deletes a backup, or all that a retention policy makes obsolete, from an object store, and the WAL that no other "
       "backup needs.",
       "barman-cloud-backup-delete --retention-policy 'RECOVERY WINDOW OF 30 DAYS' s3://bucket/path main",
       backup_delete_command, R"(
One of `--backup-id` and `--retention-policy` says what goes. The policy is `REDUNDANCY n` or `RECOVERY WINDOW OF n
DAYS` (WEEKS, MONTHS), in any case. A backup that is kept (`barman-cloud-backup-keep`(1)) is not deleted, nor one that
`--minimum-redundancy` needs, nor one that others are increments of. With a backup that cannot be read nothing is
deleted. An id that does not exist is a warning.

WAL goes with the oldest backup: all that is older than what the next one needs, without what backups that are kept
need, and without history files. WAL of a backup that may still be running stays.

`--check-object-lock` looks at all archives of a backup before the first one is deleted. Without it a store that keeps
versions hides what is locked, and goes on storing it.
)"},
      {"barman-cloud-backup-keep", "Barman cloud keep", "keep a backup in an object store from being deleted",
       "Marks a backup in an object store that is to be kept whatever the retention policy says, removes the mark, or "
       "shows it.",
       "barman-cloud-backup-keep --target standalone s3://bucket/path main 20261128T112556", backup_keep_command, R"(
One of `--target`, `--release` and `--status` has to be given. `full` keeps the backup with all WAL behind it, so that
every later moment can be reached; `standalone` with the WAL alone that makes it consistent. Only a backup that is DONE
can be kept. `--status` prints full, standalone or nokeep. To release one that is not kept is no error.
)"},
      {"barman-cloud-backup-list", "Barman cloud backup list", "list the backups of a server in an object store",
       "Lists the backups that barman-cloud-backup or Barman itself has stored in an object store.",
       "barman-cloud-backup-list s3://bucket/path main", backup_list_command, R"(
A line for each: id, end of the copy, first WAL file that it needs, status, and name. Where the backup is DONE, there is
no status, but KEEP:FULL or KEEP:STANDALONE if it is kept. They are in the order of their ids. `--format json` prints
all that is known about each.
)"},
      {"barman-cloud-backup-show", "Barman cloud backup show", "show a backup in an object store",
       "Shows what is known about one backup in an object store.",
       "barman-cloud-backup-show --format json s3://bucket/path main latest", backup_show_command, R"(
It prints what `barman-show-backup`(1) does, without what only a catalogue knows: sizes, WAL behind it, neighbours. Of a
backup that is STARTED there is little to be shown.
)"},
      {"barman-cloud-check-wal-archive", "Barman cloud WAL archive check",
       "see whether a new cluster can archive its WAL in an object store",
       "Says whether a new PostgreSQL cluster can archive its WAL under this name in an object store, where WAL of "
       "another one must not be. Creates the bucket if there is none.",
       "barman-cloud-check-wal-archive s3://bucket/path main", check_wal_archive_command, R"(
There must be no WAL at all, or with `--timeline` none of that timeline and later ones; history files count, too: a new
primary has archived that of its own timeline. To be called before a cluster that was restored begins to archive.
)"},
      {"barman-cloud-restore", "Barman cloud restore", "restore a backup from an object store",
       "Restores the files of a backup in an object store, its tablespaces too. Recovery settings are left to you: "
       "restore_command is to be barman-cloud-wal-restore.",
       "barman-cloud-restore s3://bucket/path main latest /var/lib/postgresql/15/main", restore_command, R"(
The destinations of the data directory and of all tablespaces have to be absent or empty. Tablespaces go back to where
they were, unless `--tablespace` names another place. Only a backup that is DONE, or waits for WAL, is restored.

`auto` in place of the id is the newest backup that ended at or before `--target-time` or `--target-lsn`, on
`--target-tli`; without a target the newest one. These three do nothing else: recovery_target_time and the like,
restore_command and recovery.signal are to be written by hand before PostgreSQL is started.
)"},
      {"barman-cloud-wal-archive", "Barman cloud WAL archiver", "archive_command of PostgreSQL for an object store",
       "Stores a WAL file in an object store: PostgreSQL's archive_command, or Barman's pre_archive_retry_script. A file "
       "that is there already is never replaced: with the same content that is a success, with other content a failure.",
       "archive_command = 'barman-cloud-wal-archive --zstd s3://bucket/path main %p'", wal_archive_command, R"(
It takes segments, partial segments, backup labels and history files. The file is compressed as one of the options says,
in memory; its name in the store gets the extension. `--compression-level` is a number, or low, medium (the default) or
high: 1, 6 and 9 for gzip, 1, 5 and 9 for bzip2, 1, 3 and 5 for xz, 1, 4 and 9 for zstd, 0, 6 and 10 for lz4; snappy has
none. A number that the algorithm does not have is replaced by the nearest one, with a warning.

`--history-tags` are for history files, in place of `--tags`; without them the others count for these, too.

As `pre_archive_script` or `pre_archive_retry_script` of Barman it takes the file that `BARMAN_FILE` names, and needs no
wal_path.
)"},
      {"barman-cloud-wal-restore", "Barman cloud WAL restore", "restore_command of PostgreSQL for an object store",
       "Fetches a WAL file from an object store: PostgreSQL's restore_command. The file appears at its destination when it "
       "is complete and has been found to be the one that was asked for.",
       "restore_command = 'barman-cloud-wal-restore s3://bucket/path main %f %p'", wal_restore_command, R"(
It is looked for under each extension, and decompressed. A segment that is only there as a partial one is delivered,
too, unless `--no-partial` is given: for recovery to the end of the WAL, and not for a standby.

With `--parallel` 2 or more, segments that follow are fetched at the same time, and kept in `--spool-dir` until they are
asked for.
)"},
  };
  return table;
}

}  // namespace barman::cloud::cli
