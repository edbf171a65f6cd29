#include "programs.h"

namespace barman::cloud::cli {

const std::vector<Program>& programs() {
  static const std::vector<Program> table = {
      {"barman-cloud-backup", "Barman cloud backup", "back a PostgreSQL cluster up into an object store",
       "Copies the cluster on this machine into an object store while it runs, as compressed archives that are streamed "
       "there: nothing is written to the disk. As post_backup_script or post_backup_retry_script of Barman it uploads "
       "the backup that Barman has taken.",
       "barman-cloud-backup --zstd -J 4 s3://bucket/path main", backup_command},
      {"barman-cloud-backup-delete", "Barman cloud backup delete", "delete backups from an object store",
       "Deletes a backup, or all that a retention policy makes obsolete, from an object store, and the WAL that no other "
       "backup needs.",
       "barman-cloud-backup-delete --retention-policy 'RECOVERY WINDOW OF 30 DAYS' s3://bucket/path main",
       backup_delete_command},
      {"barman-cloud-backup-keep", "Barman cloud keep", "keep a backup in an object store from being deleted",
       "Marks a backup in an object store that is to be kept whatever the retention policy says, removes the mark, or "
       "shows it.",
       "barman-cloud-backup-keep --target standalone s3://bucket/path main 20261128T112556", backup_keep_command},
      {"barman-cloud-backup-list", "Barman cloud backup list", "list the backups of a server in an object store",
       "Lists the backups that barman-cloud-backup or Barman itself has stored in an object store.",
       "barman-cloud-backup-list s3://bucket/path main", backup_list_command},
      {"barman-cloud-backup-show", "Barman cloud backup show", "show a backup in an object store",
       "Shows what is known about one backup in an object store.",
       "barman-cloud-backup-show --format json s3://bucket/path main latest", backup_show_command},
      {"barman-cloud-check-wal-archive", "Barman cloud WAL archive check",
       "see whether a new cluster can archive its WAL in an object store",
       "Says whether a new PostgreSQL cluster can archive its WAL under this name in an object store, where WAL of "
       "another one must not be. Creates the bucket if there is none.",
       "barman-cloud-check-wal-archive s3://bucket/path main", check_wal_archive_command},
      {"barman-cloud-restore", "Barman cloud restore", "restore a backup from an object store",
       "Restores the files of a backup in an object store, its tablespaces too. Recovery settings are left to you: "
       "restore_command is to be barman-cloud-wal-restore.",
       "barman-cloud-restore s3://bucket/path main latest /var/lib/postgresql/15/main", restore_command},
      {"barman-cloud-wal-archive", "Barman cloud WAL archiver", "archive_command of PostgreSQL for an object store",
       "Stores a WAL file in an object store: PostgreSQL's archive_command, or Barman's pre_archive_retry_script. A file "
       "that is there already is never replaced: with the same content that is a success, with other content a failure.",
       "archive_command = 'barman-cloud-wal-archive --zstd s3://bucket/path main %p'", wal_archive_command},
      {"barman-cloud-wal-restore", "Barman cloud WAL restore", "restore_command of PostgreSQL for an object store",
       "Fetches a WAL file from an object store: PostgreSQL's restore_command. The file appears at its destination when it "
       "is complete and has been found to be the one that was asked for.",
       "restore_command = 'barman-cloud-wal-restore s3://bucket/path main %f %p'", wal_restore_command},
  };
  return table;
}

}  // namespace barman::cloud::cli
