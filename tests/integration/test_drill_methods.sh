#!/usr/bin/env bash
# Drills of every kind of backup: streamed, compressed, encrypted, incremental. And what cron does of it by itself.
. "${BASH_SOURCE[0]%/*}/common.sh"
. "${BASH_SOURCE[0]%/*}/drills.sh"
. "${BASH_SOURCE[0]%/*}/gpg.sh"

lab_create_cluster source --wal-segsize=1 --data-checksums
lab_create_tables source
lab_add_rows source 1000 >/dev/null
server() { # NAME [OPTION...]
  lab_configure_server "$1" source postgres "${@:2}"
  lab_receive_wal source "$1"
  run lab_archive_now source "$1"
}
drill_of() { # WHAT SERVER
  local xid
  xid=$(lab_add_rows source 10)
  run lab_archive_now source "$2"
  expect_drill "$1" "$2" latest
  expect_true "$1: the last commit is there" test "$(reached xid)" -ge "$xid"
  [[ $(pg_checksums --version) != *" $LAB_PG_MAJOR."* ]] || expect_equal "$1: checksums are right" True "$(check_of checksums)"
  expect_nothing_left "$2"
}

server stream
take_backup stream
drill_of "streamed" stream
((LAB_PG_MAJOR < 13)) || expect_equal "streamed: its manifest was compared" True "$(check_of manifest)"

server packed "backup_compression = gzip" "backup_compression_format = tar"
take_backup packed
drill_of "compressed" packed

server secret "backup_compression = gzip" "backup_compression_format = tar" "${encrypted[@]}" \
  "encryption_passphrase_command = cat $LAB_DIR/etc/passphrase"
take_backup secret
expect_equal "the backup is encrypted" gpg "$(lab_backup_field secret "$backup" encryption)"
drill_of "encrypted" secret

if ((LAB_PG_MAJOR >= 17)); then
  lab_sql source "alter system set summarize_wal = on" >/dev/null
  lab_sql source "select pg_reload_conf()" >/dev/null
  take_backup stream
  lab_add_rows source 100 >/dev/null
  take_backup stream --incremental "$backup"
  drill_of "incremental" stream
  expect_equal "incremental: its combined manifest was compared" True "$(check_of manifest)"
fi

# ---- By cron -----------------------------------------------------------------------------------------------------------------

lab_configure_server stream source postgres "drill_schedule = daily" "drill_target = random"
lab_configure_server packed source postgres "drill_schedule = every 2 days"
for _ in 1 2 3; do # whatever backup is drawn, there is a segment behind it to recover to
  close_segment source >/dev/null
  run lab_archive_now source stream
done
rm -f "$LAB_DIR"/barman/*/.drill/history
run barman cron
expect_equal "cron starts one drill" 1 "$(grep -c "Starting a drill of server" <<<"$output")"
both_drilled() {
  barman -q cron
  [[ -s $LAB_DIR/barman/stream/.drill/history && -s $LAB_DIR/barman/packed/.drill/history ]]
}
lab_wait_for 120 "both drills" both_drilled
run barman cron
expect_false "what has been drilled is not due" grep -q "Starting a drill" <<<"$output"
run barman drill --history stream
expect_text "a random drill has passed" "PASSED - target: lsn" "$output"
run barman drill --history packed
expect_text "the other one went to the end" "PASSED - target: latest" "$output"
