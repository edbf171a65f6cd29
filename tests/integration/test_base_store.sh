#!/usr/bin/env bash
# Base backups of barman in an object store: taken, listed, kept, restored and deleted there; found again by a host that
# has nothing but the configuration. WAL stays on this host.
. "${BASH_SOURCE[0]%/*}/object_store.sh"
. "${BASH_SOURCE[0]%/*}/common.sh"

lab_start_sshd
lab_create_cluster source --wal-segsize=1
lab_create_tables source
lab_add_rows source 5000 >/dev/null
start_store
url=$(url_of lab/pg)
run cloud check-wal-archive "$url" main # makes the bucket
in_store=("basebackups_directory = $url" "parallel_jobs = 2" "${store_settings[@]}")
lab_configure_server local source local-to-cloud "archiver = on" "${in_store[@]}"
lab_push_wal source local

entry() { # SERVER BACKUP: as it is in the store
  cloud backup-show --format json "$url" "$1" "$2"
}
expect_entry_in_store() { # WHAT SERVER BACKUP STATUS
  expect_text "$1" "\"status\": \"$4\"" "$(entry "$2" "$3")"
}

# ---- Read here, uploaded -------------------------------------------------------------------------------------------

run barman check local
take_backup local --name weekly
first=$backup
rows=$(lab_fingerprint source)
expect_line "a backup begins" \
  "Starting backup using local-to-cloud-concurrent method for server local in pg/local/base/$first" "$output"
expect_line "it is the first" "This is the first backup for server local" "$output"
expect_false "where its WAL begins is not said" grep -q "Backup start at LSN" <<<"$output"
expect_true "its size is" grep -q "^Backup size: [0-9.]* MiB$" <<<"$output"
oids=$(lab_sql source "select string_agg(oid::text, ' ' order by oid) from pg_tablespace where spcname like 'ts_%'")
read -r ts_a ts_b <<<"$oids"
expect_equal "its archives and its entry" \
  "$(printf '%s\n' annotations backup.info data.tar "$ts_a.tar" "$ts_b.tar" | grep -v annotations | sort | paste -sd ' ')" \
  "$(objects lab "pg/local/base/$first/" | sed 's:.*/::' | sort | paste -sd ' ')"
expect_equal "there is no directory of it" "" "$(find "$LAB_DIR/barman/local" -path '*base*' -name "$first" -print)"
expect_entry_in_store "its entry in the store is the one here" local "$first" DONE
expect_equal "its mode" local-to-cloud-concurrent "$(lab_backup_field local "$first" mode)"
expect_equal "all objects are listed as files" "$(objects lab "pg/local/base/$first/" | sort | paste -sd ' ')" \
  "$(barman list-files --target data local "$first" | sort | paste -sd ' ')"
run barman show-backup local weekly
expect_line "show-backup names the method" "    Backup Method        : local-to-cloud-concurrent" "$output"
run barman check-backup local "$first"

# ---- Restored -------------------------------------------------------------------------------------------------------

restore_and_start here local weekly
expect_rows "restored here" here "$rows"
expect_sound_pages here
restore_and_start there local "$first" --remote-ssh-command "$LAB_SSH"

expect_rows "restored through ssh" there "$rows"
expect_sound_pages there

# ---- Sent by PostgreSQL, and uploaded ---------------------------------------------------------------------------------

lab_configure_server stream source postgres "${in_store[@]}"
lab_receive_wal source stream
run barman switch-wal --archive --archive-timeout 60 stream
take_backup stream --immediate-checkpoint
expect_line "PostgreSQL sends" "Starting backup copy via pg_basebackup for $backup to the cloud storage $provider: $url" "$output"
expect_equal "the same archives" "$(printf '%s\n' backup.info data.tar "$ts_a.tar" "$ts_b.tar" | sort | paste -sd ' ')" \
  "$(objects lab "pg/stream/base/$backup/" | sed 's:.*/::' | sort | paste -sd ' ')"
expect_entry_in_store "its entry" stream "$backup" DONE
expect_true "its manifest is kept here" test -s "$LAB_DIR/barman/stream/meta/$backup-backup_manifest"
expect_equal "nothing else" "" "$(find "$LAB_DIR/barman/stream" -name '*.tar' -o -name PG_VERSION)"
restore_and_start sent stream latest
expect_rows "restored from what was sent" sent "$rows"
expect_sound_pages sent
mkdir "$LAB_DIR/restore/whole"
run cloud restore --tablespace "ts_a:$LAB_DIR/restore/whole/ts_a" --tablespace "ts_b:$LAB_DIR/restore/whole/ts_b" \
  "$url" stream "$backup" "$LAB_DIR/restore/whole/data"
expect_true "what the programs restore is what the manifest says" \
  pg_verifybackup --no-parse-wal --quiet "$LAB_DIR/restore/whole/data"

# ---- What cannot be done there --------------------------------------------------------------------------------------

expect_status 1 barman verify-backup local "$first"
expect_line "verify-backup" "ERROR: Backup verification is not supported for servers using cloud storage" "$output"
expect_status 1 barman generate-manifest local "$first"
expect_text "generate-manifest" "Cannot generate backup manifest for backup '$first' of server 'local'" "$output"
expect_status 1 barman export-backup local "$first" "$LAB_DIR"
expect_line "export-backup" "ERROR: Backup export is not supported for cloud storage" "$output"

# ---- Kept, and released ---------------------------------------------------------------------------------------------

run barman keep --target full local "$first"
expect_equal "keep is said in the store, too" "Keep: full" "$(cloud backup-keep --status "$url" local "$first")"
expect_status 1 cloud backup-delete -b "$first" "$url" local
expect_status 1 barman delete local "$first"
run barman keep --release local "$first"
expect_equal "release is, too" "Keep: nokeep" "$(cloud backup-keep --status "$url" local "$first")"

# ---- Killed in the middle -------------------------------------------------------------------------------------------

lab_archive_with source false
barman backup local >"$LAB_DIR/log/killed.log" 2>&1 &
killed=$!
uploading() { [[ $(barman list-backups --minimal local | wc -l) == 2 ]] && grep -q STARTED "$LAB_DIR"/barman/local/meta/*-backup.info; }
lab_wait_for 60 "a backup that waits for its WAL" uploading
second=$(lab_latest_backup local)
kill -9 "$killed"
wait "$killed" 2>/dev/null || true
lab_push_wal source local
expect_entry_in_store "what was killed is STARTED" local "$second" STARTED
run barman delete local "$second"
expect_equal "nothing of it is left" "" "$(objects lab "pg/local/base/$second/")"

# What ends by itself cleans up: nothing is left but an entry that says why.
barman backup --bwlimit 64 --immediate-checkpoint stream >"$LAB_DIR/log/interrupted.log" 2>&1 &
interrupted=$!
lab_wait_for 60 "a backup that is being sent" grep -q "to the cloud storage" "$LAB_DIR/log/interrupted.log"
sleep 1
kill -INT "$interrupted"
interruption=0
wait "$interrupted" || interruption=$?
expect_false "an interrupted backup does not succeed" test "$interruption" = 0
third=$(lab_latest_backup stream)
expect_entry_in_store "it is FAILED" stream "$third" FAILED
expect_equal "with the cause" "failure copying files (KeyboardInterrupt)" "$(lab_backup_field stream "$third" error)"
expect_equal "and no archive" "backup.info" "$(objects lab "pg/stream/base/$third/" | sed 's:.*/::' | paste -sd ' ')"
expect_equal "PostgreSQL sends no more" "" \
  "$(lab_sql source "select application_name from pg_stat_replication where application_name = 'barman_streaming_backup'")"

# ---- A store that does not answer -----------------------------------------------------------------------------------

lead_astray local
expect_status 1 barman keep --target full local "$first"
expect_text "says so" "127.0.0.1:1" "$output"
expect_text "and nothing is kept" "Keep: nokeep" "$(barman keep --status local "$first")"
lead_back local

# ---- A host that has nothing but the configuration ------------------------------------------------------------------

mkdir -p "$LAB_DIR/fresh/barman.d"
sed "s,$LAB_DIR/barman\$,$LAB_DIR/fresh/home," "$LAB_DIR/etc/barman.conf" >"$LAB_DIR/fresh/barman.conf"
sed -i "s,$LAB_DIR/etc/barman.d,$LAB_DIR/fresh/barman.d," "$LAB_DIR/fresh/barman.conf"
{ cat "$LAB_DIR/etc/barman.d/local.conf"; echo "active = false"; } >"$LAB_DIR/fresh/barman.d/local.conf"
mkdir -p "$LAB_DIR/fresh/home"
fresh() { barman --config "$LAB_DIR/fresh/barman.conf" "$@"; }
expect_equal "its backups are found" "$first" "$(fresh list-backups --minimal local)"
run fresh restore --get-wal --tablespace "ts_a:$LAB_DIR/restore/new/ts_a" --tablespace "ts_b:$LAB_DIR/restore/new/ts_b" \
  local weekly "$LAB_DIR/restore/new/data"
expect_true "and restored" test -s "$LAB_DIR/restore/new/data/global/pg_control"

# ---- Deleted --------------------------------------------------------------------------------------------------------

run barman delete local "$first"
expect_true "WAL goes with it" grep -q "Delete associated WAL segments:" <<<"$output"
expect_equal "nothing is left in the store" "" "$(objects lab "pg/local/base/")"
expect_equal "nor here" "" "$(find "$LAB_DIR/barman/local/meta" -name '*2*' -print)"
