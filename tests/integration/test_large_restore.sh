#!/usr/bin/env bash
# Files of a restored backup that are large enough to be fetched apart, each by several requests, straight to their places:
# they are what the archive has, over a way that breaks, too, and nothing stays of a restore that does not come to its end.
. "${BASH_SOURCE[0]%/*}/object_store.sh"
. "${BASH_SOURCE[0]%/*}/common.sh"
. "${BASH_SOURCE[0]%/*}/faults.sh"

start_store
start_proxy
cloud() { local program=$1; shift; timeout 120 "barman-cloud-$program" --endpoint-url "$store" --read-timeout 20 "$@"; }
url=s3://lab/pg
lab_create_cluster source
lab_sql source "create table t as select g, repeat('x', 100) as filler from generate_series(1, 1000000) g" >/dev/null
run cloud check-wal-archive "$url" main
lab_archive_with source "/bin/true"
run cloud backup -h 127.0.0.1 -p "${LAB_PORT[source]}" -U postgres --immediate-checkpoint "$url" main
backup=$(cloud backup-list "$url" main | awk 'END { print $1 }')
mkdir "$LAB_DIR/restore/wanted"
raw GET "lab/pg/main/base/$backup/data.tar" | tar -C "$LAB_DIR/restore/wanted" -xf -
[[ -n $(find "$LAB_DIR/restore/wanted" -type f -size +100M) ]] || failed "the test has no large file"

place=$LAB_DIR/restore/place
expect_restored() { # WHAT
  local times=(-type f -printf '%P %s %m %T@\n')
  expect_equal "$1: content" "" "$(diff -rq "$LAB_DIR/restore/wanted" "$place" 2>&1)"
  expect_equal "$1: sizes, modes and times" "$(find "$LAB_DIR/restore/wanted" "${times[@]}" | sed 's/\.[0-9]*$//' | sort)" \
    "$(find "$place" "${times[@]}" | sed 's/\.[0-9]*$//' | sort)"
  rm -r "$place"
}
restore() { cloud restore "$url" main "$backup" "$place"; }

no_faults
run restore
expect_restored "a restore"
# 35 of them, if it came in pieces of 4 MiB.
count=$(request_log | grep -c data.tar)
((count > 5 && count < 25)) || failed "the archive took $count requests" "$(request_log)"
passed "a large file takes few requests"

# From the ninth on requests are for parts of the large file.
for kind in cut-answer "answer status=503 code=SlowDown"; do
  read -ra words <<<"$kind"
  no_faults
  fault "${words[@]}" match=data.tar from=9 times=2
  run restore
  [[ $(request_log | grep -c " ${words[0]}\$") == 2 ]] || failed "'$kind' hit nothing" "$(request_log)"
  expect_restored "a restore after '$kind'"
done
passed "parts are asked for again where they broke off"

for kind in truncate "header name=ETag value=another" "answer status=403 code=AccessDenied"; do
  read -ra words <<<"$kind"
  no_faults
  fault "${words[@]}" match=data.tar from=9
  expect_status 4 restore
  expect_text "'$kind' is reported" "$backup/data.tar" "$output"
  [[ ! -e $place ]] || failed "'$kind': left something at its destination" "$(ls -lA "$place")"
done
passed "what is not whole is not restored"

# A part has come half, and nothing more comes.
for signal in TERM KILL; do
  no_faults
  fault stall match=data.tar from=10
  barman-cloud-restore --endpoint-url "$store" --read-timeout 60 "$url" main "$backup" "$place" >"$LAB_DIR/tmp/said" 2>&1 &
  pid=$!
  lab_wait_for 30 "a part" eval 'request_log | grep -q " stall$"'
  kill -s "$signal" "$pid"
  SECONDS=0 status=0
  wait "$pid" || status=$?
  ((SECONDS < 10)) || failed "SIG$signal: it took $SECONDS s to end"
  ((status > 0)) || failed "SIG$signal: status 0" "$(<"$LAB_DIR/tmp/said")"
  [[ $signal == KILL || ! -e $place ]] || failed "SIG$signal: left something at its destination" "$(ls -lA "$place")"
done
[[ -e $place ]] || failed "the one that was killed had not begun"
no_faults
run restore
expect_restored "a restore after one that was killed"
passed "an interrupted restore leaves nothing, and a killed one does no harm to the next"
