#!/usr/bin/env bash
# A cluster with two tablespaces, backed up by pg_basebackup, its WAL only streamed: no ssh and no archive command.
. "${BASH_SOURCE[0]%/*}/common.sh"

lab_start_sshd
lab_create_cluster source --wal-segsize=1
lab_create_tables source
lab_add_rows source 2000 >/dev/null
lab_keep_busy source
lab_configure_server stream source postgres
lab_receive_wal source stream
run barman switch-wal --archive --archive-timeout 60 stream
take_backup stream
rows=$(lab_fingerprint source)

base=$LAB_DIR/barman/stream/base/$backup
expect_line "pg_basebackup copies" "Starting backup copy via pg_basebackup for $backup" "$output"
expect_true "the manifest of pg_basebackup is kept" test -s "$base/data/backup_manifest"
expect_true "the backup verifies against it" pg_verifybackup --no-parse-wal --quiet "$base/data"
expect_equal "each tablespace has its directory" 2 "$(find "$base" -mindepth 2 -maxdepth 2 -name 'PG_*_*' | wc -l)"
run barman show-backup stream latest
expect_line "show-backup names the method" "    Backup Method        : postgres" "$output"
expect_line "show-backup lists a tablespace" \
  "    ts_a                 : $LAB_DIR/pg/source/ts_a (oid: $(lab_sql source "select oid from pg_tablespace where spcname = 'ts_a'"))" "$output"

restore_and_start local stream latest
expect_rows "restored locally" local "$rows"
expect_sound_pages local

restore_and_start remote stream "$backup" --remote-ssh-command "$LAB_SSH"
expect_line "the restore goes through ssh" "Remote command: $LAB_SSH" "$output"
expect_rows "restored remotely" remote "$rows"
expect_sound_pages remote
