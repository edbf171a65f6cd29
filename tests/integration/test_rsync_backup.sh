#!/usr/bin/env bash
# A cluster with two tablespaces, copied by rsync over ssh, is restored elsewhere and in its own place.
. "${BASH_SOURCE[0]%/*}/common.sh"

lab_start_sshd
lab_create_cluster source
lab_create_tables source
lab_add_rows source 5000 >/dev/null
lab_configure_server main source rsync "parallel_jobs = 2"
lab_push_wal source main
take_backup main
rows=$(lab_fingerprint source)

base=$LAB_DIR/barman/main/base/$backup
expect_line "the copy starts over ssh with two jobs" "Starting backup copy via rsync/SSH for $backup (2 jobs)" "$output"
expect_true "pg_control is copied" test -s "$base/data/global/pg_control"
expect_true "the label is stored" grep -q "Barman backup main $backup" "$base/data/backup_label"
expect_equal "WAL, pid file and server log stay away" "" \
  "$(find "$base/data" -name postmaster.pid -o -path '*/pg_wal/*' -type f -o -path '*/log/*' -type f)"
expect_equal "each tablespace has its directory" 2 "$(find "$base" -mindepth 2 -maxdepth 2 -name 'PG_*_*' | wc -l)"
expect_equal "the links to the tablespaces are not copied" "" "$(ls "$base/data/pg_tblspc")"
expect_equal "the size in the catalogue is the size on disk" \
  "$(find "$base" -type f ! -path "$base/backup.info" -printf '%s\n' | awk '{ s += $1 } END { print s }')" "$(lab_backup_field main "$backup" size)"
expect_equal "no work directory is left" "" "$(ls "$TMPDIR")"

restore elsewhere main latest --jobs 2
expect_text "the archive command is disarmed" "archive_command = false" "$output"
lab_start_restored elsewhere "$LAB_DIR/restore/elsewhere/data"
lab_wait_for_promotion elsewhere
expect_rows "restored elsewhere" elsewhere "$rows"
expect_equal "the tablespaces are beside the data" "$LAB_DIR/restore/elsewhere/ts_a $LAB_DIR/restore/elsewhere/ts_b" \
  "$(lab_sql elsewhere "select string_agg(pg_tablespace_location(oid), ' ' order by spcname) from pg_tablespace where spcname like 'ts%'")"
expect_equal "the restored server archives nowhere" false "$(lab_sql elsewhere "select distinct setting from pg_file_settings where name = 'archive_command'")"
expect_sound_pages elsewhere

# The machine is lost: data and tablespaces come back to where they were.
lab_add_rows source 500 >/dev/null
rows=$(lab_fingerprint source)
lab_stop_cluster source
rm -rf "$LAB_DIR/pg/source"/*
run barman restore main "$backup" "${LAB_DATA[source]}"
lab_start_cluster source -c archive_mode=off
lab_wait_for_promotion source
expect_rows "restored in place, up to the last transaction before the shutdown" source "$rows"
