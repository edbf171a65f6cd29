#!/usr/bin/env bash
# Backups of a running cluster into an object store, and what is restored from it.
. "${BASH_SOURCE[0]%/*}/object_store.sh"
. "${BASH_SOURCE[0]%/*}/common.sh"

url=s3://lab/pg
lab_create_cluster source
lab_create_tables source
lab_add_rows source 20000 >/dev/null
start_store
run cloud check-wal-archive "$url" main
archive="barman-cloud-wal-archive --endpoint-url $store --zstd $url main %p"
fetch="barman-cloud-wal-restore --endpoint-url $store $url main %f %p"
# The servers are to have the credentials of the store in their environment.
lab_stop_cluster source
lab_start_cluster source
lab_archive_with source "$archive"

# Restores a backup and starts it: the rows, and every page, must be those of the source.
expect_restored() { # WHAT BACKUP
  local target=$LAB_DIR/restore/new
  mkdir -p "$target"
  run cloud restore --tablespace "ts_a:$target/ts_a" --tablespace "ts_b:$target/ts_b" "$url" main "$2" "$target/data"
  printf "restore_command = '%s'\nrecovery_target = immediate\nrecovery_target_action = promote\n" "$fetch" \
    >>"$target/data/postgresql.auto.conf"
  touch "$target/data/recovery.signal"
  lab_start_restored new "$target/data"
  lab_wait_for_promotion new
  expect_rows "$1" new "$rows"
  expect_sound_pages new
}

# What is in a backup, without the entry.
archives() { # BACKUP
  objects lab "pg/main/base/$1/" | sed 's:.*/::' | grep -v backup.info | sort | paste -sd ' '
}

rows=$(lab_fingerprint source)
oids=$(lab_sql source "select string_agg(oid::text, ' ' order by oid) from pg_tablespace where spcname like 'ts_%'")
read -r ts_a ts_b <<<"$oids"

# ---- Every compression ----------------------------------------------------------------------------------------------

cloud_backup source "$url" main -n plain
expect_equal "the archives of a backup" "$(printf '%s\n' data.tar "$ts_a.tar" "$ts_b.tar" | sort | paste -sd ' ')" "$(archives "$backup")"
expect_restored "rows of what was not compressed" plain
for compression in gzip bzip2 snappy lz4 zstd; do
  cloud_backup source "$url" main --$compression -J 3
  expect_restored "rows of $compression" "$backup"
done

# ---- Several archives of one name -----------------------------------------------------------------------------------

cloud_backup source "$url" main -S 4MB
expect_text "archives are split" "data_0001.tar" "$(archives "$backup")"
expect_restored "rows of split archives" auto

# ---- What is refused ------------------------------------------------------------------------------------------------

mkdir -p "$LAB_DIR/restore/used"
touch "$LAB_DIR/restore/used/.file"
expect_status 1 cloud restore "$url" main latest "$LAB_DIR/restore/used"
expect_text "a destination in use is refused" "Destination $LAB_DIR/restore/used already exists and it is not empty" "$output"
expect_equal "and stays as it was" .file "$(ls -A "$LAB_DIR/restore/used")"
expect_status 4 cloud restore "$url" main nosuch "$LAB_DIR/restore/none"
expect_false "a backup that does not exist leaves no destination" test -e "$LAB_DIR/restore/none"
expect_status 1 cloud backup -h 127.0.0.1 -p "${LAB_PORT[source]}" -U postgres s3://nosuch/pg main
expect_text "a bucket that does not exist" "Backup failed uploading data (" "$output"
expect_status 1 cloud backup -h 127.0.0.1 -p 1 -U postgres "$url" main
expect_text "a server that does not answer" "Cannot connect to postgres: " "$output"

# ---- What ends in the middle ----------------------------------------------------------------------------------------

lab_archive_with source false
barman-cloud-backup --endpoint-url "$store" -h 127.0.0.1 -p "${LAB_PORT[source]}" -U postgres --immediate-checkpoint \
  -S 1MB "$url" main >"$LAB_DIR/log/waiting.log" 2>&1 &
waiting=$!
reported() { grep -q "$1" "$LAB_DIR/log/waiting.log"; }
lab_wait_for 60 "a word about the archiver" reported "its archive_command has failed for"
passed "a backup that waits for its WAL says why"
kill -TERM "$waiting"
status=0
wait "$waiting" || status=$?
expect_equal "a signal ends it" 143 "$status"
expect_text "and is recorded" FAILED "$(cloud backup-list "$url" main | tail -n 1)"
failed_backup=$(cloud backup-list "$url" main | tail -n 1 | cut -d ' ' -f 1)
expect_equal "without its archives" "" "$(archives "$failed_backup")"
lab_archive_with source "$archive"

# ---- As a hook script of barman -------------------------------------------------------------------------------------

hook() { # STATUS
  BARMAN_HOOK=backup_script BARMAN_PHASE=post BARMAN_STATUS=$1 BARMAN_BACKUP_ID=20260101T000000 \
    BARMAN_BACKUP_DIR=$LAB_DIR/tmp/taken BARMAN_BACKUP_INFO_PATH=$LAB_DIR/tmp/taken/backup.info \
    cloud backup "$url" main
}
expect_status 63 hook FAILED
expect_text "as hook of a backup that failed" "has status 'FAILED' (status should be: DONE)" "$output"
