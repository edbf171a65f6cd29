#!/usr/bin/env bash
# Restores of a small recorded backup, without PostgreSQL: what a target time means, what the destination is given, and
# what is said of places that cannot be used.
. "${BASH_SOURCE[0]%/*}/common.sh"
. "${BASH_SOURCE[0]%/*}/../conformance/recorded_home.sh"

place_recorded_home "$LAB_DIR/home"
export BARMAN_CONFIG_FILE=$LAB_DIR/home.conf
id=20261121T130254
there=$LAB_DIR/restore/there
moved=(--tablespace "ts_a:$there/a" --tablespace "ts_b:$there/b")
fresh() { rm -rf "$there"; mkdir -p "$there"; }

# ---- A target time in a repeated, a skipped, an ordinary hour ---------------------------------------------------------

target_is() { # WHAT ZONE TEXT WANTED
  fresh
  run env TZ="$2" barman restore --skip-archive-wal --no-target-check "${moved[@]}" --target-time "$3" main $id "$there/data"
  expect_equal "$1" "recovery_target_time = '$4'" "$(grep recovery_target_time "$there/data/postgresql.auto.conf")"
}
target_is "the repeated hour is the first" Europe/Berlin '2027-10-31 02:30:00' '2027-10-31 02:30:00+02:00'
expect_text "both instants are told" "at 2027-10-31 02:30:00+02:00 and again at 2027-10-31 02:30:00+01:00" "$output"
target_is "in summer time, by name" Europe/Berlin '2027-10-31 02:30:00 CEST' '2027-10-31 02:30:00+02:00'
target_is "in winter time, by name" Europe/Berlin '2027-10-31 02:30:00 CET' '2027-10-31 02:30:00+01:00'
[[ $output != *"and again at"* ]] || failed "nothing is repeated there" "$output"
target_is "winter time in summer" Europe/Berlin '2027-07-01 02:30:00 CET' '2027-07-01 02:30:00+01:00'
target_is "a skipped hour" America/New_York '2027-03-14 02:30:00' '2027-03-14 02:30:00-04:00'
expect_text "what it is taken for is told" "which they show as 2027-03-14 01:30:00-05:00" "$output"
target_is "half an hour, in the south" Australia/Lord_Howe '2027-04-04 01:45:00' '2027-04-04 01:45:00+11:00'
target_is "an hour of ISO 8601" Europe/Berlin '2026-12-28T12' '2026-12-28 12:00:00+01:00'

# ---- The destination --------------------------------------------------------------------------------------------------

fresh
sed -i 's/^tablespaces=.*/tablespaces=None/' "$LAB_DIR/home/main/meta/$id-backup.info"
rm -rf "$LAB_DIR/home/main/base/$id/data/pg_tblspc"
run barman restore --skip-archive-wal main $id "$there/data"
expect_true "pg_tblspc is made where the backup has none" test -d "$there/data/pg_tblspc"

place_recorded_home "$LAB_DIR/home"
fresh
: >"$there/file"
expect_status 1 barman restore --skip-archive-wal --tablespace "ts_a:$there/file/a" --tablespace "ts_b:$there/b" main $id "$there/data"
expect_text "a tablespace's place that cannot be read is named" "tablespace 'ts_a'" "$output"
expect_line "another one can be given" "HINT: put it somewhere else with --tablespace 'ts_a:DIRECTORY'" "$output"
expect_false "nothing was written" test -e "$there/data"
