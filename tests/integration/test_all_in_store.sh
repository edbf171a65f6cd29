#!/usr/bin/env bash
# A server of which everything is in an object store, WAL and base backups: backed up on the host of its database, and
# restored and recovered on a host that has nothing but the configuration.
. "${BASH_SOURCE[0]%/*}/object_store.sh"
. "${BASH_SOURCE[0]%/*}/common.sh"

lab_create_cluster source --wal-segsize=1
lab_create_tables source
lab_add_rows source 2000 >/dev/null
start_store
url=$(url_of lab/pg)
run cloud check-wal-archive "$url" main # makes the bucket
lab_configure_server main source local-to-cloud "archiver = on" "basebackups_directory = $url" \
  "wals_directory = $url" "compression = zstd" "${store_settings[@]}"
# The servers are to have the credentials of the store in their environment.
lab_stop_cluster source
lab_start_cluster source
lab_archive_with source "barman cloud-wal-archive main %p"
segment() { lab_sql source checkpoint; lab_sql source "select pg_switch_wal()" >/dev/null; }
segment

take_backup main --immediate-checkpoint
first=$backup
expect_true "the backup is DONE by what is in the store" test -n "$(objects lab "pg/main/wals/" | head -n 1)"
lab_add_rows source 500 >/dev/null
rows=$(lab_fingerprint source)
newest=$(lab_sql source "select pg_walfile_name(pg_current_wal_lsn())")
segment
archived() { [[ -n $(objects lab "pg/main/wals/${newest:0:16}/$newest") ]]; }
lab_wait_for 60 "the last segment in the store" archived
run barman list-backups main
expect_text "it is listed" "main $first" "$output"
run barman restore --dry-run main latest
expect_text "where recovery would end is read in the store" "Possible             : yes" "$output"
expect_text "and the settings are for it" "restore_command = 'barman cloud-wal-restore main %f %p'" "$output"

# ---- There, with nothing but the configuration ----------------------------------------------------------------------

lab_stop_cluster source
mkdir -p "$LAB_DIR/fresh/barman.d" "$LAB_DIR/fresh/home"
sed "s,$LAB_DIR/barman\$,$LAB_DIR/fresh/home,; s,$LAB_DIR/etc/barman.d,$LAB_DIR/fresh/barman.d," \
  "$LAB_DIR/etc/barman.conf" >"$LAB_DIR/fresh/barman.conf"
{ cat "$LAB_DIR/etc/barman.d/main.conf"; echo "active = false"; } >"$LAB_DIR/fresh/barman.d/main.conf"
export BARMAN_CONFIG_FILE=$LAB_DIR/fresh/barman.conf
run barman list-backups main
expect_text "a fresh host finds it" "main $first" "$output"
run barman show-backup main latest
expect_text "and shows it" "Backup $first:" "$output"
target=$LAB_DIR/restore/new
mkdir -p "$target"
run barman restore --dry-run main latest
expect_text "without an index the store is asked where recovery would end" "Possible             : yes" "$output"
expect_status 1 barman restore --dry-run --target-time "2099-01-01 00:00:00+00:00" main latest
expect_text "and what cannot be reached" "no commit or abort is later" "$output"
run barman recovery-window main
expect_text "the window is known, too" "Ended by             : the end of the archive" "$output"
expect_equal "nothing has been written on this host" "" "$(find "$LAB_DIR/fresh/home" -mindepth 1 ! -name '*.lock')"
run barman restore --tablespace "ts_a:$target/ts_a" --tablespace "ts_b:$target/ts_b" main latest "$target/data"
expect_text "get-wal is on" \
  "WARNING: get-wal is required for servers with WALs stored in cloud storage. Automatically enabling --get-wal." "$output"
expect_line "by the command for it" "restore_command = 'barman cloud-wal-restore main %f %p'" "$(cat "$target/data/postgresql.auto.conf")"
lab_start_restored new "$target/data"
lab_wait_for_promotion new
expect_rows "recovered to the last segment" new "$rows"
expect_sound_pages new
run barman keep --target full main "$first"
expect_status 1 barman delete main "$first"
run barman keep --release main "$first"
run barman delete main "$first"
expect_equal "and deletes it" "" "$(objects lab "pg/main/base/")"
