#!/usr/bin/env bash
# Backups of a standby, by rsync and by pg_basebackup, restore what its primary held; the primary closes the last segment.
. "${BASH_SOURCE[0]%/*}/common.sh"

lab_start_sshd
lab_create_cluster primary --wal-segsize=1
lab_create_tables primary
lab_add_rows primary 1000 >/dev/null
lab_configure_server main primary rsync
lab_push_wal primary main # from before the standby, whose backups begin where its last restartpoint does
create_standby primary standby
lab_keep_busy primary
primary="primary_conninfo = host=127.0.0.1 port=${LAB_PORT[primary]} user=barman dbname=postgres"
replayed() { [[ $(lab_fingerprint standby) == "$1" ]]; }

# The WAL comes from the primary, the files from the standby.
lab_configure_server main standby rsync "$primary"
rows=$(lab_fingerprint primary)
lab_wait_for 30 "the standby" replayed "$rows"
run barman check main
take_backup main
expect_equal "the standby was not promoted for it" t "$(lab_sql standby "select pg_is_in_recovery()")"
restore_and_start copied main "$backup" --target-immediate --target-action promote
expect_rows "copied by rsync" copied "$rows"
expect_sound_pages copied
lab_add_rows primary 500 >/dev/null
rows=$(lab_fingerprint primary)
run lab_archive_now primary main
restore_and_start copied main "$backup"
expect_rows "and up to the end of the primary's WAL" copied "$rows"
discard copied

# Files and WAL come from the standby.
lab_configure_server stream standby postgres "$primary"
lab_receive_wal standby stream
lab_add_rows primary 100 >/dev/null
rows=$(lab_fingerprint primary)
run lab_archive_now primary main # a backup begins at the primary's last checkpoint: one that the receiver sees
lab_wait_for 30 "the standby" replayed "$rows"
take_backup stream
# The backup has the standby's signal file: a restored cluster would follow the primary. docs/differences.md: D-RST-30
expect_true "its signal file is in the backup" test -e "$LAB_DIR/barman/stream/base/$backup/data/standby.signal"
restore_and_start streamed stream "$backup"
expect_line "and not in the restored cluster" "Removed 'standby.signal' of the server that was backed up from the destination directory." "$output"
expect_rows "copied by pg_basebackup" streamed "$rows"
expect_sound_pages streamed
