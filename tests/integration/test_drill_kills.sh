#!/usr/bin/env bash
# Drills that are interrupted and killed, at several moments: no process, directory or lock stays. And what a drill
# connects to: its own socket.
. "${BASH_SOURCE[0]%/*}/common.sh"
. "${BASH_SOURCE[0]%/*}/drills.sh"

lab_start_sshd
lab_create_cluster source --wal-segsize=1 --data-checksums
lab_configure_server main source rsync
lab_push_wal source main
lab_create_tables source
lab_add_rows source 1000 >/dev/null
take_backup main
home=$LAB_DIR/barman/main
first=$backup before=$(listing "$home/base/$backup")
in_drill() { compgen -G "$home/.drill/drill-*/$1" >/dev/null; }
processes() { pgrep -f "$home/.drill/" || true; }

# ---- Ended from outside --------------------------------------------------------------------------------------------------

kill_at() { # SIGNAL MOMENT FILE
  "$BARMAN_BIN_DIR/barman" drill main >"$LAB_DIR/log/killed-drill.log" 2>&1 &
  local drill=$!
  lab_wait_for 60 "the moment: $2" in_drill "$3"
  kill "-$1" "$drill"
  wait "$drill" || true
  lab_wait_for 20 "the end of its processes" nothing_runs
  passed "$1, $2: no process stays"
}
nothing_runs() { [[ -z $(processes) ]]; }

for signal in TERM INT; do
  kill_at $signal "while it copies" lock
  expect_nothing_left main
  kill_at $signal "while PostgreSQL recovers" data/postmaster.pid
  expect_nothing_left main
  kill_at $signal "while it looks" socket/.s.PGSQL.5432
  expect_nothing_left main
done
expect_equal "an interrupted drill is no result" "" "$(barman drill --history main)"

for moment in lock data/postmaster.pid socket/.s.PGSQL.5432; do
  kill_at KILL "at $moment" "$moment"
  expect_true "killed at $moment: its directory stays" in_drill lock
  run barman cron
  expect_false "killed at $moment: cron removes it" in_drill lock
done
kill_at KILL "again" data/postmaster.pid
expect_drill "the drill after a killed one" main latest
expect_nothing_left main

# PostgreSQL that has lost its drill, and did not notice.
"$BARMAN_BIN_DIR/barman" drill main >"$LAB_DIR/log/killed-drill.log" 2>&1 &
drill=$!
lab_wait_for 60 "its PostgreSQL" in_drill data/postmaster.pid
postmaster=$(head -n 1 "$home"/.drill/drill-*/data/postmaster.pid)
kill -STOP "$postmaster"
kill -KILL "$drill"
wait "$drill" || true
expect_true "it is still there" kill -0 "$postmaster"
run barman cron
expect_true "cron ends the PostgreSQL that was left" nothing_runs
expect_false "and removes its directory" in_drill lock

# ---- Beside others -------------------------------------------------------------------------------------------------------

(flock 9; sleep 20) 9>"$LAB_DIR/barman/.main-backup.lock" &
holder=$!
sleep 0.2
expect_status 1 barman drill main
expect_line "no drill beside a backup" "ERROR: A backup of server main is running: no drill beside it" "$output"
kill "$holder"; wait "$holder" || true
"$BARMAN_BIN_DIR/barman" drill main >"$LAB_DIR/log/killed-drill.log" 2>&1 &
drill=$!
lab_wait_for 60 "the drill" in_drill lock
expect_status 1 barman drill main
expect_line "one drill at a time" "ERROR: Another drill of server main is running" "$output"
expect_text "it is among the processes" "drill" "$(barman list-processes main)"
take_backup main
! wait "$drill" || failed "the drill went on beside a backup" "$(cat "$LAB_DIR/log/killed-drill.log")"
expect_text "a drill gives way to a backup" "A backup of server main is running" "$(cat "$LAB_DIR/log/killed-drill.log")"
expect_nothing_left main

# ---- The catalogue, and the network ---------------------------------------------------------------------------------------

expect_equal "no drill has changed a backup" "$before" "$(listing "$home/base/$first")"
if command -v strace >/dev/null && strace -o /dev/null true 2>/dev/null; then
  run strace -f -o "$LAB_DIR/log/connects" -e trace=connect,bind "$BARMAN_BIN_DIR/barman" drill main
  # Up to 14, PostgreSQL sends statistics to itself, by a datagram socket of the loopback interface.
  others=$(grep -E 'sin6?_port|sin6?_addr' "$LAB_DIR/log/connects" | grep -vE '127\.0\.0\.1|"::1"' || true)
  expect_equal "a drill connects to no other host" "" "$others"
  expect_equal "it listens on its own socket alone" 0 \
    "$(grep -F 'bind(' "$LAB_DIR/log/connects" | grep -F sun_path | grep -cvF "$home/.drill/" || true)"
fi
