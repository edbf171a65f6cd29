#!/usr/bin/env bash
# What the manual of Barman 2.10 told people to type for a streaming server, and what repmgr and check-barman do with the
# files of a catalogue, goes on working.
. "${BASH_SOURCE[0]%/*}/common.sh"

lab_start_sshd
lab_create_cluster source --wal-segsize=1
lab_create_tables source
sed -i 's/^immediate_checkpoint.*//' "$BARMAN_CONFIG_FILE"
cat >"$LAB_DIR/etc/barman.d/streaming.conf" <<END
[streaming]
description =  "Example of PostgreSQL Database (Streaming-Only)"
conninfo = host=127.0.0.1 port=${LAB_PORT[source]} user=barman dbname=postgres
streaming_conninfo = host=127.0.0.1 port=${LAB_PORT[source]} user=streaming_barman
backup_method = postgres
streaming_archiver = on
slot_name = barman
streaming_archiver_name = barman_receive_wal
streaming_archiver_batch_size = 50
archiver = off
retention_policy = RECOVERY WINDOW OF 4 WEEKS
recovery_options = 'get-wal'
compression = pygzip
END

# ---- Setting up ----
run barman receive-wal --create-slot streaming
expect_text "receive-wal --create-slot" "Creating physical replication slot 'barman' on server 'streaming'" "$output"
run barman cron
expect_text "cron starts the receiver" "Starting streaming archiver for server streaming" "$output"
lab_wait_for 30 "the receiver" lab_sql_is source t "select active from pg_replication_slots where slot_name = 'barman'"
lab_keep_busy source
run lab_archive_now source streaming
run barman check streaming
run barman -f json check streaming
expect_equal "-f json check" OK "$(python3 -c 'import json, sys; print(json.load(sys.stdin)["streaming"]["receive_wal_running"]["status"])' <<<"$output")"
run barman replication-status streaming
expect_text "replication-status" "Status of streaming clients for server 'streaming'" "$output"
run barman backup --bwlimit 100000 --immediate-checkpoint --wait streaming
id=$(barman list-backup streaming --minimal)
run barman list-backup all
expect_text "list-backup all" "streaming $id - F - " "$output"
run barman show-server streaming
expect_line "show-server: the facts that scripts look for" "	data_directory: ${LAB_DATA[source]}" "$output"

# ---- repmgr standby clone ----
barman show-server streaming >"$LAB_DIR/facts"
base=$(sed -n 's/^\tbasebackups_directory: //p' "$LAB_DIR/facts")
barman list-files --target=data streaming latest >"$LAB_DIR/files"
expect_equal "the first of the files is the one that repmgr drops from its list" "$base/$id/backup.info" "$(sed -n 1p "$LAB_DIR/files")"
mkdir "$LAB_DIR/repmgr"
run rsync -a "backup:$base/$id/backup.info" "$LAB_DIR/repmgr"
expect_equal "repmgr reads tablespaces in what it has fetched" \
  "tablespaces=[('ts_a', $(lab_sql source "select oid from pg_tablespace where spcname = 'ts_a'"), '$LAB_DIR/pg/source/ts_a'), ('ts_b', $(lab_sql source "select oid from pg_tablespace where spcname = 'ts_b'"), '$LAB_DIR/pg/source/ts_b')]" \
  "$(grep ^tablespaces= "$LAB_DIR/repmgr/backup.info")"
expect_equal "and version" "version=$(lab_sql source "show server_version_num")" "$(grep ^version= "$LAB_DIR/repmgr/backup.info")"
sed "s!^$base/$id/!!" "$LAB_DIR/files" | rsync -a --files-from=- "backup:$base/$id/" "$LAB_DIR/repmgr"
expect_equal "the listed files are the backup" \
  "$(cd "$base/$id" && find . -type f -printf '%P %s\n' | sort)" "$(cd "$LAB_DIR/repmgr" && find . -type f -printf '%P %s\n' | sort)"

# ---- check-barman, and what keeps the files at the old places right ----
meta=$LAB_DIR/barman/streaming/meta/$id-backup.info
index=$LAB_DIR/barman/streaming/wals
expect_true "the copy is the entry" cmp "$meta" "$base/$id/backup.info"
expect_equal "the link to the index has a relative target" streaming-xlog.db "$(readlink "$index/xlog.db")"
sed 's/^backup_name=.*//; s/^error=None/error=said by Barman/' "$meta" >"$meta.tmp"
mv "$meta.tmp" "$meta" # as Barman saves
rm "$index/xlog.db"
before=$(listing "$base/$id/data")
run barman cron
expect_true "cron copies what another program has saved" cmp "$meta" "$base/$id/backup.info"
expect_equal "and makes the link again" streaming-xlog.db "$(readlink "$index/xlog.db")"
expect_equal "without touching the backup" "$before" "$(listing "$base/$id/data")"
saved=$(stat -c %Y%i "$base/$id/backup.info")
run barman cron
expect_equal "nothing is written again that is right" "$saved" "$(stat -c %Y%i "$base/$id/backup.info")"

# ---- Recovery with get-wal, and the end ----
lab_add_rows source 200 >/dev/null
rows=$(lab_fingerprint source)
run barman switch-wal --archive --archive-timeout 60 streaming
dir=$LAB_DIR/restore/copy
mkdir -p "$dir"
run barman recover --no-get-wal --tablespace "ts_a:$dir/ts_a" --tablespace "ts_b:$dir/ts_b" streaming latest "$dir/data"
expect_false "backup.info does not follow into the restored data" test -e "$dir/data/backup.info"
lab_start_restored copy "$dir/data"
lab_wait_for_promotion copy
expect_rows "recover" copy "$rows"
expect_sound_pages copy
run barman recover --get-wal --target-name here --tablespace "ts_a:$dir/ts_a" --tablespace "ts_b:$dir/ts_b" streaming last "$dir/data"
expect_true "recover --get-wal asks barman for WAL" grep -q "^restore_command = 'barman get-wal -P streaming %f > %p'" "$dir/data/postgresql.auto.conf"
run barman receive-wal --stop streaming
expect_text "receive-wal --stop" "Stopped process receive-wal" "$output"
run barman receive-wal --reset streaming
run barman archive-wal streaming
run barman delete streaming oldest
expect_text "delete ... oldest" "Deleted backup $id" "$output"
expect_false "the copy goes with its backup" test -e "$base/$id"
lab_wait_for 20 "the end of the receiver" lab_sql_is source f "select active from pg_replication_slots where slot_name = 'barman'"
run barman receive-wal --drop-slot streaming
expect_text "receive-wal --drop-slot" "Dropping physical replication slot 'barman'" "$output"
