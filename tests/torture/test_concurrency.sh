#!/usr/bin/env bash
# Ten crons, ten archivers, backups, deletions, keeps, rebuilds and readers of one barman_home at once, under load. Each
# segment is archived once and unchanged, nobody enters where somebody is, no reader sees a half-written file, and what is
# left at the end restores.
#   CONCURRENCY_SECONDS  how long (default 20, and 240 with TORTURE=full)
[[ ${TORTURE:-short} == full ]] && seconds=240 || seconds=20
seconds=${CONCURRENCY_SECONDS:-$seconds}
TEST_SECONDS=${TEST_SECONDS:-$((seconds + 400))}
. "${BASH_SOURCE[0]%/*}/../integration/common.sh"
. "${BASH_SOURCE[0]%/*}/../integration/at_once.sh"

lab_start_sshd
lab_create_cluster source --wal-segsize=1
lab_sql source "alter system set max_wal_size = '64MB'"
lab_create_tables source
lab_add_rows source 200 >/dev/null
run pgbench -h 127.0.0.1 -p "${LAB_PORT[source]}" -U postgres -i -q postgres
witness=$LAB_DIR/witness
mkdir "$witness"
lab_configure_server pushed source rsync "compression = zstd" "reuse_backup = link" "${marked_backups[@]}" "${marked_archive[@]}"
lab_configure_server streamed source postgres "compression = gzip" "retention_policy = REDUNDANCY 2" "${marked_backups[@]}"
lab_archive_with source "barman-wal-archive -U $LAB_USER 127.0.0.1 pushed %p && cp %p $witness/%f"
run barman cron
run barman switch-wal --force --archive --archive-timeout 60 pushed
lab_keep_busy source
lab_wait_for 30 "the receiver" lab_sql_is source t "select active from pg_replication_slots"
run barman switch-wal --force --archive --archive-timeout 60 streamed
run barman backup --wait pushed
run barman backup --wait streamed

# ---- All at once ------------------------------------------------------------------------------------------------------

tried=$LAB_DIR/tmp/tried
: >"$LAB_DIR/log/barman.log"
try() { # ARGUMENT...
  local status=0 said
  said=$(barman "$@" 2>&1 </dev/null) || status=$?
  printf '%s\t%s\t%s\n' "$status" "$*" "${said//$'\n'//}" >>"$tried"
  ((status == 0))
}
ids() { barman list-backups --minimal "$1" | sort; }
back_up_and_delete() { # SERVER
  local id
  try backup "$1" || true
  id=$(ids "$1" | head -n 1)
  (($(ids "$1" | wc -l) <= 2)) || [[ $1 != pushed ]] || try delete "$1" "$id"
}
keep_and_release() {
  local id
  id=$(ids pushed | tail -n 1)
  try keep --target standalone pushed "$id"
  try keep --status pushed "$id"
  try keep --release pushed "$id"
}
get_some() { # SERVER
  local name
  name=$(archived_segments "$1" | tail -n 4 | shuf -n 1)
  [[ -e $witness/$name ]] || return 0 # PostgreSQL has not been told yet that it is accepted
  if barman get-wal "$1" "$name" 2>"$LAB_DIR/tmp/get.$1.$BASHPID" | cmp -s - "$witness/$name"; then
    printf '0\tget-wal %s\t\n' "$1" >>"$tried"
  else
    printf '1\tget-wal %s\t%s %s\n' "$1" "$name" "$(tr '\n' '/' <"$LAB_DIR/tmp/get.$1.$BASHPID")" >>"$tried"
  fi
}
# A reader's view of the index: whole lines, each name once; of a backup: all its fields.
read_catalogue() {
  local torn file
  for server in pushed streamed; do
    torn=$(catalogue "$server" | awk -F '\t' 'NF != 5 || seen[$1]++' | head -n 3)
    [[ -z $torn ]] || printf '1\tread the index of %s\t%s\n' "$server" "${torn//$'\n'//}" >>"$tried"
    for file in "$LAB_DIR/barman/$server"/meta/*-backup.info; do
      ! torn=$(cat "$file" 2>/dev/null) || grep -q '^version=' <<<"$torn" || printf '1\tread %s\t%s\n' "${file##*/}" "${torn//$'\n'//}" >>"$tried"
    done
  done
  try list-backups all
  try -f json status all
  try show-backup streamed latest
}
pgbench -h 127.0.0.1 -p "${LAB_PORT[source]}" -U postgres -n -c 2 -R 100 -T "$seconds" postgres >"$LAB_DIR/log/pgbench.log" 2>&1 &
load=$!
for _ in {1..10}; do
  again_and_again 1 try cron
  again_and_again 1 try archive-wal pushed
  again_and_again 1.5 try archive-wal streamed
  again_and_again 1 get_some pushed
  again_and_again 1.5 get_some streamed
done
for server in pushed streamed; do
  for _ in {1..5}; do again_and_again 1 back_up_and_delete "$server"; done
done
for _ in 1 2; do
  again_and_again 1 keep_and_release
  again_and_again 2 read_catalogue
  again_and_again 3 try rebuild-xlogdb pushed
done
again_and_again 11 try receive-wal --stop streamed
wait "$load" || failed "pgbench" "$(tail -n 20 "$LAB_DIR/log/pgbench.log")"
touch "$stop"
wait "${loops[@]}" || true

last=$(close_segment source)
all_archived() {
  barman cron >/dev/null
  is_archived pushed "$last" && is_archived streamed "$last"
}
lab_wait_for 180 "segment $last in both archives" all_archived
lab_wait_for 20 "the witness of $last" test -f "$witness/$last"
lab_archive_with source true
children_gone() { [[ $(barman list-processes pushed; barman list-processes streamed) != *" "@(archive-wal|backup|cron)* ]]; }
lab_wait_for 30 "the end of what cron started" children_gone
none_waits() { [[ $(barman list-backups all) != *WAITING* ]] || { sleep 1; barman cron >/dev/null; false; }; }
lab_wait_for 60 "the last backups to have their WAL" none_waits

# ---- What came of it --------------------------------------------------------------------------------------------------

sed -E 's/[0-9]{8}T[0-9]{6}/ID/' "$tried" | cut -f 1,2 | sort | uniq -c
unexpected=$(grep -v -P '^0\t' "$tried" | grep -v -P \
  '^1\tbackup [a-z]+\tERROR: Another backup process is running$' | grep -v -P \
  "^1\tbackup streamed\t(WARNING: [^/]*/)*ERROR: Impossible to start the backup. Check the log for more details, or run 'barman check streamed'(/HINT: [^/]*)?\$" | grep -v -P \
  "^1\tdelete pushed [0-9T]+\tERROR: (Another process in running on server pushed. Impossible to delete the backup.|Another process is holding the lock for backup [0-9T]+ of server pushed.|Unknown backup '[0-9T]+' for server 'pushed')" | grep -v -P \
  "^1\tkeep --[a-z]+( standalone)? pushed [0-9T]+\tERROR: (Unknown backup|Another process|Cannot add keep)" | grep -v -P \
  '^1\treceive-wal --stop streamed\t(WARNING: [^/]*/)?ERROR: Termination of receive-wal failed: no such process for server streamed$' || true)
expect_equal "no command failed but by a refusal" "" "$unexpected"
expect_equal "nobody met anybody inside" "" "$(cat "$LAB_DIR/met" 2>/dev/null || true)"
expect_equal "nobody is inside any more" "" "$(ls "$LAB_DIR/inside")"
for server in pushed streamed; do
  archivings "$server" >"$LAB_DIR/tmp/archived"
  expect_equal "$server: each file archived once ($(wc -l <"$LAB_DIR/tmp/archived") files)" "" "$(cut -d ' ' -f 2 "$LAB_DIR/tmp/archived" | sort | uniq -d)"
  expect_equal "$server: one archive-wal at a time ($(cut -d ' ' -f 1 "$LAB_DIR/tmp/archived" | uniq | wc -l) runs that archived)" "" \
    "$(cut -d ' ' -f 1 "$LAB_DIR/tmp/archived" | uniq | sort | uniq -d)"
  expect_equal "$server: no name twice in the index" "" "$(catalogue "$server" | cut -f 1 | sort | uniq -d)"
  archived_segments "$server" | sort | expect_consecutive "$server: the index has no gap" 1
  expect_equal "$server: what is on disk is what is in the index" "$(catalogue "$server" | cut -f 1 | sort)" \
    "$(find "$LAB_DIR/barman/$server/wals" -type f -name '0*' -printf '%f\n' | sort)"
  expect_equal "$server: errors/ and incoming/ are empty" "" "$(find "$LAB_DIR/barman/$server"/{errors,incoming} -mindepth 1)"
  expect_equal "$server: no temporary file is left" "" "$(find "$LAB_DIR/barman/$server" -name '*.tmp' | grep -v '/base/.*/data/' || true)"
  expect_same_content "$server: what get-wal gives is what PostgreSQL shipped" "$server" "$witness"
  for id in $(ids "$server"); do
    expect_equal "$server: backup $id" DONE "$(lab_backup_field "$server" "$id" status)"
  done
  run barman check "$server"
done
archivings pushed | cut -d ' ' -f 2 | grep -xE '[0-9A-F]{24}' | sort >"$LAB_DIR/tmp/archived"
expect_equal "pushed: all that PostgreSQL shipped meanwhile was archived ($(wc -l <"$LAB_DIR/tmp/archived") segments)" "$(<"$LAB_DIR/tmp/archived")" \
  "$(cd "$witness" && printf '%s\n' * | grep -xE '[0-9A-F]{24}' | sort | tail -n "$(wc -l <"$LAB_DIR/tmp/archived")")"

rows=$(lab_fingerprint source)
for server in pushed streamed; do
  restore_and_start copy "$server" latest
  expect_rows "$server: its last backup, restored" copy "$rows"
  expect_sound_pages copy
done
[[ -z ${TORTURE_RESULTS:-} ]] || printf '%s\t%s\t%s\t%s\n' "${0##*/}" "commands at once" "$seconds seconds" "$(wc -l <"$tried")" >>"$TORTURE_RESULTS/points"
