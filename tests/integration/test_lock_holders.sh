#!/usr/bin/env bash
# Whose a lock is: a command that waits for one says so, what runs by itself does not wait, and only one of Barman's own
# processes that holds it gets a signal.
. "${BASH_SOURCE[0]%/*}/without_postgres.sh"

write_configuration "" main
store_backup main 20270101T120000
printf '000000010000000000000002\t16777216\t1798804800.0\tNone\n' >"$home/main/wals/main-xlog.db"
expect_status 0 barman list-backups main
undisturbed=$output

# ---- Waiting
lock=$home/.main-xlogdb.lock
hold_lock "$lock" 5
out=$(barman list-backups main 2>"$home/stderr") || failed "list-backups behind a held lock" "$(cat "$home/stderr")"
expect_equal "a listing waits for the lock of the index, and answers" "$undisturbed" "$out"
[[ $(cat "$home/stderr") =~ ^"WARNING: waiting for the lock '$lock', which is held by process $holder (sleep 5), running for "[^$'\n']*$ ]] ||
  failed "it says who holds it" "$(cat "$home/stderr")"
passed "it says who holds it"
expect_true "so does the log" grep -q "WARNING: waiting for the lock '$lock'" "$home/barman.log"
release_lock
hold_lock "$lock" 5
out=$(barman -f json list-backups main 2>"$home/stderr") || failed "list-backups in JSON" "$(cat "$home/stderr")"
expect_equal "in JSON nothing is added" "" "$(cat "$home/stderr")"
expect_true "the answer is JSON" python3 -c 'import json, sys; assert set(json.loads(sys.argv[1])) == {"main"}' "$out"
release_lock
hold_lock "$lock" 60
kill -STOP "$holder"
expect_status 124 timeout 4 barman list-backups main
expect_text "a holder that is stopped is called so" "which is stopped (to continue it: kill -CONT $holder)" "$output"
kill -CONT "$holder"
release_lock

# ---- What runs by itself: a run of archive-wal whose hook hangs may hold the index for ever
write_configuration "last_wal_maximum_age = 1 day" main other
store_backup main 20270101T120000
printf '000000010000000000000002\t16777216\t1798804800.0\tNone\n' | tee "$home/main/wals/main-xlog.db" >"$home/other/wals/other-xlog.db"
hold_lock "$lock" 300
expect_status 0 timeout 10 barman cron
expect_true "cron comes to its end behind a held index" test -s "$home/.cron-last-run"
expect_status 1 timeout 20 barman check --check-timeout 2 main
expect_text "check comes to its end" "check timeout: FAILED" "$output"
expect_status 0 timeout 20 barman metrics
expect_text "the metrics come to theirs" 'barman_survey_problems{server="other"} 0' "$output"
expect_false "and count what is not known" grep -qx 'barman_survey_problems{server="main"} 0' <<<"$output"
expect_status 0 timeout 20 barman report
expect_text "the report says what is not known, and who is in the way" "process $holder (sleep 300)" "$output"
release_lock

# ---- Signals
lock=$home/.main-receive-wal.lock
sleep 60 &
stranger=$!
printf '%d\n' "$stranger" >"$lock"
expect_status 1 barman terminate-process main receive-wal
expect_text "a pid in a free lock file is nobody's" "no such process for server main" "$output"
expect_status 0 barman list-processes main
expect_false "and no process of Barman's" grep -q receive-wal <<<"$output"
hold_lock "$lock" 60
printf '%d\n' "$stranger" >"$lock"
expect_status 1 barman terminate-process main receive-wal
expect_text "who holds a lock and is no barman is not stopped" "process $holder holds its lock and is no barman" "$output"
expect_status 1 barman cron
expect_true "nor by cron, when there is to be no receiver" kill -0 "$holder"
expect_true "whoever is named in the file is left alone" kill -0 "$stranger"
release_lock
kill "$stranger"
wait "$stranger" 2>/dev/null || true

# A lock that is held in another pid namespace, where that may be made.
if unshare --user --map-root-user --pid --fork true 2>/dev/null; then
  unshare --user --map-root-user --pid --fork --kill-child sh -c "exec flock --no-fork '$lock' sh -c 'echo \$\$ >$lock; sleep 20'" &
  holder=$!
  for _ in {1..50}; do flock --nonblock "$lock" true || break; sleep 0.1; done
  barman terminate-process main receive-wal >"$home/stderr" 2>&1 && failed "it ends" "$(cat "$home/stderr")"
  expect_true "process $(cat "$lock") of this namespace is not taken for the holder" kill -0 $$
  release_lock
fi
