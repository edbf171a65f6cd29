#!/usr/bin/env bash
# Drills of an rsync and of a streamed backup: what is reached, told and left; and each way to fail.
. "${BASH_SOURCE[0]%/*}/common.sh"
. "${BASH_SOURCE[0]%/*}/pitr.sh"
. "${BASH_SOURCE[0]%/*}/drills.sh"

lab_start_sshd
lab_create_cluster source --wal-segsize=1 --data-checksums
lab_configure_server main source rsync
lab_push_wal source main
make_history main
cat >"$LAB_DIR/questions.sql" <<'SQL'
-- asked in the database postgres
select count(*) > 0 from pg_class
\connect template1
select not pg_is_in_recovery()
SQL

estimate() { barman -f json restore --dry-run main latest | python3 -c 'import json, sys; print(json.load(sys.stdin)["restore_plan"]["estimated_seconds"])'; }
expect_equal "without a drill no time can be estimated" None "$(estimate)"
expect_drill "no target" main latest --sql "$LAB_DIR/questions.sql"
expect_true "with one it can" test "$(estimate)" -ge 1
expect_text "in words, too" "as drills have measured" "$(barman restore --dry-run main latest)"
expect_equal "the statements were asked" "2 true" "$(detail_of sql)"
[[ $(pg_checksums --version) != *" $LAB_PG_MAJOR."* ]] || expect_equal "checksums were verified" True "$(check_of checksums)"
expect_equal "the last commit was reached" "$(last_commit source)" "$(reached xid)"
expect_drill "xid, exclusive" main "$backup" --target-xid "$target_xid" --exclusive
expect_true "xid, exclusive: an earlier transaction was reached" test "$(reached xid)" -lt "$target_xid"
expect_drill "time" main auto --target-time "$target_time"
expect_drill "immediate" main "$backup" --target-immediate
expect_nothing_left main

# ---- Failures, each for its reason ---------------------------------------------------------------------------------

echo "select count(*) > 1000000 from pg_class" >"$LAB_DIR/wrong.sql"
expect_failure "a statement that is not true" sql "line 1: the answer is f" main latest --sql "$LAB_DIR/wrong.sql"
expect_failure "a target that lies before the backup" restore "before the backup end time" main latest --target-time "2020-01-01 00:00:00+00"
expect_failure "a target that no WAL reaches" restore "7/0" main latest --target-lsn "7/0"
expect_nothing_left main

run barman drill --history main
expect_equal "every drill is remembered" 7 "$(grep -c "^main $backup - " <<<"$output")"

history=$LAB_DIR/barman/main/.drill/history
mv "$history" "$LAB_DIR/tmp/history"
mkdir "$history"
expect_failure "a result that cannot be remembered" history "$history" main latest --target-immediate
expect_equal "it is shown all the same" True "$(check_of content)"
rmdir "$history"
