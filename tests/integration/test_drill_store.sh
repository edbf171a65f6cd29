#!/usr/bin/env bash
# Drills of a server of which everything is in an object store: what is foretold is reached, what is missing or damaged there
# is found, drill_bandwidth_limit holds, and a killed one leaves nothing.
. "${BASH_SOURCE[0]%/*}/object_store.sh"
. "${BASH_SOURCE[0]%/*}/common.sh"
. "${BASH_SOURCE[0]%/*}/drills.sh"

start_store # first: the servers are to have its credentials in their environment
lab_create_cluster source --wal-segsize=1
lab_create_tables source
lab_add_rows source 1000 >/dev/null
url=$(url_of lab/pg)
run cloud check-wal-archive "$url" main # makes the bucket
configure() { # ["OPTION = VALUE"...]
  lab_configure_server main source local-to-cloud "archiver = on" "basebackups_directory = $url" "wals_directory = $url" \
    "compression = zstd" "${store_settings[@]}" "$@"
}
configure
mkdir -p "$LAB_DIR/barman/main/meta"
lab_archive_with source "barman cloud-wal-archive main %p"
lab_sql source "select pg_switch_wal()" >/dev/null
take_backup main --immediate-checkpoint
in_store() { [[ -n $(objects lab "pg/main/wals/${1:0:16}/$1") ]]; }
xid=$(lab_add_rows source 500)
middle=$(close_segment source)
lab_add_rows source 500 >/dev/null
newest=$(close_segment source)
lab_wait_for 60 "the last segment in the store" in_store "$newest"

expect_drill "out of a store" main latest
expect_equal "the last commit was reached" "$(last_commit source)" "$(reached xid)"
expect_equal "it was foretold" True "$(check_of wal)"
expect_text "by the WAL in the store" "in the object store, every record up to the target is whole" "$(detail_of wal)"
expect_text "and by the transaction" "as foretold" "$(detail_of target)"
expect_drill "to a transaction" main latest --target-xid "$xid"
expect_equal "that one" "$xid" "$(reached xid)"
expect_drill "as soon as it is consistent" main latest --target-immediate
expect_nothing_left main
run barman -f json restore --dry-run main latest
expect_true "a dry run has an estimate" test "$(python3 -c 'import json, sys
print(json.load(sys.stdin)["restore_plan"]["estimated_seconds"])' <<<"$output")" -ge 1

# WAL that comes while PostgreSQL recovers is not held against it.
{ for _ in {1..40}; do lab_add_rows source 50 >/dev/null; lab_sql source "select pg_switch_wal()" >/dev/null; sleep 0.1; done; } &
busy=$!
for number in 1 2 3; do expect_drill "beside an archiver at work, $number" main latest; done
kill "$busy" 2>/dev/null || true
wait "$busy" 2>/dev/null || true

# ---- The limit ---------------------------------------------------------------------------------------------------------

bytes=$(sed -n 's/^size=//p' "$LAB_DIR/barman/main/meta/$backup-backup.info")
configure "drill_bandwidth_limit = 8000"
expect_drill "with a limit" main latest --target-immediate
expect_true "$((bytes / 1024)) kB at 8000 kB/s took $(drill_value "d['seconds']['copy']") seconds" \
  awk "BEGIN { exit !($(drill_value "d['seconds']['copy']") > 0.8 * $bytes / 1024 / 8000) }"
configure

# ---- Killed ------------------------------------------------------------------------------------------------------------

expect_killed_drills main "${MOMENTS:-8}"

# ---- Failures, each for its reason ---------------------------------------------------------------------------------------

expect_failure "a target that no WAL reaches" wal "7/0" main latest --target-lsn "7/0"
key=$(objects lab "pg/main/wals/${middle:0:16}/$middle" | head -n 1)
remove_object lab "$key"
expect_status 1 barman -f json restore --dry-run --target-xid "$(last_commit source)" main latest
expect_text "a dry run knows that it is missing" "where segment $middle is missing" "$output"
expect_failure "a segment that is missing in the store" wal "WAL segment $middle is missing" main latest
expect_drill "what lies before it" main latest --target-immediate
remove_object lab "$(objects lab "pg/main/base/$backup/data.tar" | head -n 1)"
expect_failure "an archive that is missing" restore "Missing file" main latest
expect_nothing_left main
