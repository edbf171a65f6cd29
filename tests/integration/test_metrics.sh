#!/usr/bin/env bash
# metrics: in the format that Prometheus reads, to standard output, into a file and over HTTP; from the catalogue alone,
# which stays as it is, unless --check asks the server.
. "${BASH_SOURCE[0]%/*}/common.sh"

lab_create_cluster source
lab_configure_server main source postgres "minimum_redundancy = 1" "retention_policy = REDUNDANCY 2" "last_backup_maximum_age = 1 DAYS"
lab_receive_wal source main
lab_create_tables source
closed=$(lab_sql source "select pg_walfile_name(pg_switch_wal())")
lab_sql source "select pg_logical_emit_message(false, 'lab', repeat('x', 9000))" >/dev/null # pg_receivewal begins the next one
is_there() { barman -q archive-wal main; archived_segments main | grep -qx "$closed"; }
lab_wait_for 60 "segment $closed" is_there
take_backup main
first=$backup
take_backup main --name 'a "name"'
barman -q cron
lab_wait_for 30 "cron to leave its time" test -s "$LAB_DIR/barman/.cron-last-run"

expect_error() { # WHAT WORDS COMMAND...
  local what=$1 words=$2 status=0; shift 2
  output=$("$@" 2>&1) || status=$?
  ((status != 0)) || failed "$what" "it succeeded" "$output"
  expect_text "$what" "$words" "$output"
}

# What is read, one sample a line. Fails where the format is wrong.
collect() { # FILE [OPTION...]
  barman metrics "${@:2}" >"$LAB_DIR/tmp/$1.prom"
  python3 "${BASH_SOURCE[0]%/*}/read_metrics.py" <"$LAB_DIR/tmp/$1.prom" >"$LAB_DIR/tmp/$1" ||
    failed "the format of what metrics ${*:2} prints" "$(head -n 40 "$LAB_DIR/tmp/$1.prom")"
  passed "metrics ${*:2}: the format is right"
}
value() { # FILE NAME{LABELS}
  grep -F -- "$2 " "$LAB_DIR/tmp/$1" | sed 's/.* //'
}

# ---- What is said, beside what the other commands say ---------------------------------------------------------------

collect all
size=$(barman -f json list-backups main | jq '.main[0].size_bytes')
expect_equal "the newest backup is number 1" "$size" "$(value all 'barman_backup_size{number="1",server="main"}')"
expect_equal "two backups" 2 "$(value all 'barman_backups_total{server="main"}')"
expect_equal "when the oldest began" "$(date -d "${first:0:8} ${first:9:2}:${first:11:2}:${first:13:2}" +%s)" \
  "$(value all 'barman_first_backup{server="main"}')"
expect_equal "no check without --check" "" "$(grep '^barman_up' "$LAB_DIR/tmp/all" || true)"
now=$(date +%s)
cron_run=$(value all 'barman_cron_last_run_timestamp_seconds{}')
expect_true "cron's time is of this minute" test $((now - ${cron_run%.*})) -lt 60
start=$(value all 'barman_recovery_window_start_timestamp_seconds{server="main",timeline="1"}')
from=$(barman -f json recovery-window main | jq -r '.main.intervals[0].from_time // empty')
expect_true "the window begins in this hour" test $((now - ${start%.*})) -lt 3600
[[ -z $from ]] || expect_true "and not before that of recovery-window" test "${start%.*}" -ge "$(date -d "$from" +%s)"
expect_equal "the receiver runs" 1 "$(value all 'barman_receive_wal_running{server="main"}')"

collect checked --check main
expect_equal "what was checked" 1 "$(value checked 'barman_up{check="postgresql",server="main"}')"
expect_true "each check of JSON is there" test \
  "$(barman -f json check main | jq '.main | length')" = "$(grep -c '^barman_up' "$LAB_DIR/tmp/checked")"
expect_true "what the slot retains" test -n "$(value checked 'barman_replication_slot_retained_bytes{server="main",slot="main"}')"

expect_equal "the same as JSON" "$(value all 'barman_wal_files{server="main",timeline="1"}')" \
  "$(barman -f json metrics | jq '.barman_wal_files.samples[0].value | floor')"

# ---- Nobody is asked, nothing is written ----------------------------------------------------------------------------

of_catalogue() { listing "$LAB_DIR/barman/main" | grep -v '^streaming'; } # receive-wal writes there
before=$(of_catalogue)
strace -f -e trace=connect,execve -o "$LAB_DIR/tmp/strace" barman metrics >"$LAB_DIR/tmp/traced" || failed "metrics below strace"
expect_equal "no connection but for the name of the user, and no child" "" "$(grep -E 'connect\(|execve\(' "$LAB_DIR/tmp/strace" | grep -vE 'nscd/socket|execve\(.*bin/(barman|strace)"' || true)"
expect_equal "the catalogue is as it was" "$before" "$(of_catalogue)"

# ---- A file for the textfile collector ------------------------------------------------------------------------------

mkdir "$LAB_DIR/tmp/textfile"
(umask 077 && run barman metrics --textfile "$LAB_DIR/tmp/textfile/barman.prom")
expect_equal "others may read it" 644 "$(stat -c %a "$LAB_DIR/tmp/textfile/barman.prom")"
expect_equal "it is all there is" barman.prom "$(ls -A "$LAB_DIR/tmp/textfile")"
python3 "${BASH_SOURCE[0]%/*}/read_metrics.py" <"$LAB_DIR/tmp/textfile/barman.prom" >"$LAB_DIR/tmp/file" || failed "its format"
expect_equal "it says the same" "$(sed 's/{.*//' "$LAB_DIR/tmp/all" | sort -u)" "$(sed 's/{.*//' "$LAB_DIR/tmp/file" | sort -u)"
expect_error "a directory that is not there" 'cannot' barman metrics --textfile "$LAB_DIR/tmp/nowhere/barman.prom"
expect_error "an unknown server" "Unknown server 'nobody'" barman metrics nobody
expect_error "an unknown server among others" "Unknown server 'nobody'" timeout 20 barman metrics --listen 127.0.0.1:0 main nobody

# ---- Over HTTP ------------------------------------------------------------------------------------------------------

lab_free_port
port=$REPLY
barman metrics --listen "127.0.0.1:$port" >"$LAB_DIR/log/listen.log" 2>&1 &
listener=$!
ask() { curl -sS --max-time 20 "$@"; }
listens() { grep -q Listening "$LAB_DIR/log/listen.log"; }
lab_wait_for 20 "the listener" listens
expect_equal "its type" "200 text/plain; version=0.0.4; charset=utf-8" \
  "$(ask -o "$LAB_DIR/tmp/answer" -w '%{http_code} %{content_type}' "http://127.0.0.1:$port/metrics")"
python3 "${BASH_SOURCE[0]%/*}/read_metrics.py" <"$LAB_DIR/tmp/answer" >"$LAB_DIR/tmp/http" || failed "its format"
expect_equal "the same families" "$(sed 's/{.*//' "$LAB_DIR/tmp/all" | sort -u)" "$(sed 's/{.*//' "$LAB_DIR/tmp/http" | sort -u)"
expect_equal "another path" 404 "$(ask -o /dev/null -w '%{http_code}' "http://127.0.0.1:$port/other")"
expect_equal "another method" 405 "$(ask -X POST -d x -o /dev/null -w '%{http_code}' "http://127.0.0.1:$port/metrics")"
# A backup and a server that are new are there when it is asked next.
printf '[second]\nconninfo = host=nowhere.invalid\nssh_command = false\nbackup_method = rsync\narchiver = on\ndescription = x\n' >"$LAB_DIR/etc/barman.d/second.conf"
sleep 1.1
ask "http://127.0.0.1:$port/metrics" >"$LAB_DIR/tmp/http"
grep -q 'barman_server_info{server="second"' "$LAB_DIR/tmp/http" || failed "a new server"
passed "a new server is there at the next request"
rm "$LAB_DIR/etc/barman.d/second.conf"
expect_error "the address is taken" "another program listens there" barman metrics --listen "127.0.0.1:$port"
expect_error "no address" "is not an address" barman metrics --listen nothing
kill -TERM "$listener"
wait "$listener" || failed "the listener ends well" "$(cat "$LAB_DIR/log/listen.log")"
passed "the listener ends with a signal"
