#!/usr/bin/env bash
# Both programs at the same time on one barman_home: their crons every second, archive-wal, backups, deletions, get-wal and
# put-wal of both under load, on a server that is pushed to and one that is streamed from. Nobody enters where the other
# is, every segment is archived exactly once and unchanged, and in the end both say the same.
#   BOTH_AT_ONCE_SECONDS   how long (default 30)
export BOTH_AT_ONCE_SECONDS=${BOTH_AT_ONCE_SECONDS:-30}
export TEST_SECONDS=${TEST_SECONDS:-$((BOTH_AT_ONCE_SECONDS + 400))}
. "${BASH_SOURCE[0]%/*}/common.sh"
. "${BASH_SOURCE[0]%/*}/../integration/at_once.sh"

lab_start_sshd
lab_create_cluster source --wal-segsize=1
lab_sql source "alter system set max_wal_size = '64MB'"
run pgbench -h 127.0.0.1 -p "${LAB_PORT[source]}" -U postgres -i -q postgres
witness=$LAB_DIR/witness
mkdir "$witness" "$LAB_DIR/both"

# The programs that PostgreSQL and sshd find take turns from call to call.
for program in "${lab_programs[@]}"; do
  cat >"$LAB_DIR/both/$program" <<END
#!/bin/bash
programs=("${conformance_programs[ours]}" "${conformance_programs[reference]}")
exec "\${programs[RANDOM % 2]}/$program" "\$@"
END
  chmod 755 "$LAB_DIR/both/$program"
done

lab_configure_server pushed source rsync "compression = zstd" "reuse_backup = link" "${marked_backups[@]}" "${marked_archive[@]}"
lab_configure_server streamed source postgres "compression = gzip" "retention_policy = REDUNDANCY 2" "${marked_backups[@]}"
lab_use_programs "$LAB_DIR/both"
lab_archive_with source "barman-wal-archive -U $LAB_USER 127.0.0.1 pushed %p && cp %p $witness/%f"
run ours cron
run reference switch-wal --force --archive --archive-timeout 60 pushed
lab_keep_busy source
lab_wait_for 30 "the receiver" lab_sql_is source t "select active from pg_replication_slots"
run ours switch-wal --force --archive --archive-timeout 60 streamed

# ---- Refusals: what each says where the other is ----------------------------------------------------------------------

is_inside() { [[ -n $(find "$LAB_DIR/inside" -name "$1") ]]; }

# Both ask while each of them in turn is held inside.
refusals() { # CASE MARK COMMAND QUESTION...
  local case=$1 mark=$2 side holder command words question
  read -ra command <<<"$3"
  for side in reference ours; do
    : >"$LAB_DIR/hold"
    "$side" "${command[@]}" >"$answers/held" 2>&1 & holder=$!
    lab_try_for 30 is_inside "$mark" || failed "$side was not in $mark" "$(cat "$answers/held")"
    for question in "${@:4}"; do
      read -ra words <<<"$question"
      conformance_case="$case of $side: $question" same_answer "${words[@]}"
    done
    rm "$LAB_DIR/hold"
    wait "$holder" || failed "$side ${command[*]}" "$(cat "$answers/held")"
  done
}
ids() { ours list-backups --minimal "$1" | sort; }
refusals "during a backup" "backup.pushed" "backup --wait pushed" "backup pushed" "-f json backup pushed" "list-processes pushed"
oldest=$(ids pushed | head -n 1)
deliberately D-DEL-05 "s/\\(pushed LocalBackupInfo\\(.*\$/(pushed $oldest)/" \
  refusals "during another backup" "backup.pushed" "backup --wait pushed" "delete pushed $oldest"
run ours backup --wait pushed
write_wal() { local segment; segment=$(close_segment source); lab_wait_for 30 "$segment" test -e "$LAB_DIR/barman/pushed/incoming/$segment"; }
write_wal
refusals_of_archive() {
  local side
  for side in reference ours; do
    write_wal
    : >"$LAB_DIR/hold"
    "$side" archive-wal pushed >"$answers/held" 2>&1 & holder=$!
    lab_wait_for 30 "$side in archive" is_inside archive.pushed
    conformance_case="during archive-wal of $side: archive-wal" same_answer archive-wal pushed
    conformance_case="during archive-wal of $side: cron" same_answer cron
    conformance_case="during archive-wal of $side: list-processes" same_answer list-processes pushed
    rm "$LAB_DIR/hold"
    wait "$holder"
  done
}
refusals_of_archive
same_answers "receive-wal streamed" "receive-wal --reset streamed" "list-processes streamed"

# ---- Both at once -----------------------------------------------------------------------------------------------------

log=$LAB_DIR/log/barman.log
: >"$log"
# What came of each try: side, command, status and words.
tried=$answers/tried
try() { # SIDE ARGUMENT...
  local status=0 said
  said=$("$@" 2>&1 </dev/null | tr '\n' '/'; exit "${PIPESTATUS[0]}") || status=$?
  printf '%s\t%s\t%s\t%s\n' "$1" "${*:2}" "$status" "$said" >>"$tried"
  return "$status"
}
back_up_and_delete() { # SIDE
  local server id
  for server in pushed streamed; do
    try "$1" backup "$server"
    id=$(ids "$server" | head -n 1)
    (($(ids "$server" | wc -l) <= 2)) || [[ $server != pushed ]] || try "$1" delete "$server" "$id"
  done
}
get_some() { # SIDE
  local name server
  for server in pushed streamed; do
    name=$(archived_segments "$server" | tail -n 4 | shuf -n 1)
    [[ -e $witness/$name ]] || continue # archived a moment ago
    if "$1" get-wal "$server" "$name" 2>"$answers/get.$1" | cmp -s - "$witness/$name"; then
      printf '%s\tget-wal %s\t0\t\n' "$1" "$server" >>"$tried"
    else
      printf '%s\tget-wal %s\t1\t%s %s\n' "$1" "$server" "$name" "$(tr '\n' '/' <"$answers/get.$1")" >>"$tried"
    fi
  done
}
look() { # SIDE
  try "$1" list-backups all
  try "$1" -f json status all
}
pgbench -h 127.0.0.1 -p "${LAB_PORT[source]}" -U postgres -n -c 2 -R 150 -T "$BOTH_AT_ONCE_SECONDS" postgres >"$LAB_DIR/log/pgbench.log" 2>&1 &
load=$!
for side in ours reference; do
  again_and_again 1 try "$side" cron
  again_and_again 0.3 try "$side" archive-wal pushed
  again_and_again 0.7 try "$side" archive-wal streamed
  again_and_again 0.5 back_up_and_delete "$side"
  again_and_again 0.5 get_some "$side"
  again_and_again 2 look "$side"
  again_and_again 13 try "$side" receive-wal --stop streamed
done
wait "$load" || failed "pgbench" "$(tail -n 20 "$LAB_DIR/log/pgbench.log")"
touch "$stop"
wait "${loops[@]}" || true

last=$(close_segment source)
all_archived() {
  "$1" cron
  set -- "$(ls "$LAB_DIR/barman/pushed/incoming")" "$1"
  is_archived pushed "$last" && is_archived streamed "$last"
} >/dev/null 2>&1
all_archived_by_turns() { all_archived ours || { sleep 1; all_archived reference; }; }
lab_wait_for 180 "segment $last in both archives" all_archived_by_turns
lab_wait_for 20 "the witness of $last" test -f "$witness/$last"
lab_archive_with source true
children_gone() { [[ $(ours list-processes pushed; ours list-processes streamed) != *" "@(archive-wal|backup|cron)* ]]; }
lab_wait_for 30 "the end of what cron started" children_gone
none_waits() { [[ $(ours list-backups all) != *WAITING* ]] || { sleep 1; ours cron >/dev/null; false; }; }
lab_wait_for 60 "the last backups to have their WAL" none_waits

# ---- What came of it --------------------------------------------------------------------------------------------------

printf '%6s  %s\n' "" "tries, by side, command and status:"
cut -f 1-3 "$tried" | sed -E 's/[0-9]{8}T[0-9]{6}/ID/' | sort | uniq -c
# What may not succeed, and in which words: the same for both, but for Barman's cron that meets a backup being deleted.
refused='s/Cannot delete backup \(.*/CANNOT/'
unexpected=$(sed -E "$refused" "$tried" | grep -v -P '\t0\t' | grep -v -P \
  '\tbackup [a-z]+\t1\tERROR: Another backup process is running/$' | grep -v -P \
  "\tbackup streamed\t1\t(WARNING: [^/]*/)*ERROR: Impossible to start the backup. Check the log for more details, or run 'barman check streamed'/\$" | grep -v -P \
  "^reference\tcron\t1\t.*ERROR: \[Errno 2\] No such file or directory: '[^']*-backup.info'" | grep -v -P \
  "\tdelete pushed [0-9T]+\t1\tERROR: Another process in running on server pushed. Impossible to delete the backup./ERROR: CANNOT\$" | grep -v -P \
  "\tdelete pushed [0-9T]+\t1\t(ERROR: Unknown backup '[0-9T]+' for server 'pushed'|ERROR: Another process is holding the lock for backup [0-9T]+ of server pushed./ERROR: CANNOT)/?\$" | grep -v -P \
  '\treceive-wal --stop streamed\t1\t(WARNING: [^/]*/)?ERROR: Termination of receive-wal failed: no such process for server streamed/$' || true)
same_text "no command failed but by a refusal" "" "$unexpected"
# A short run on a slow machine may not come to it.
long_enough() { ((BOTH_AT_ONCE_SECONDS >= 120)); }
same_text "nobody met anybody inside" "" "$(cat "$LAB_DIR/met" 2>/dev/null || true)"
same_text "nobody is inside any more" "" "$(ls "$LAB_DIR/inside")"

backups_made=$(grep -c -P '\tbackup [a-z]+\t0\t' "$tried")
! long_enough || holds "both backed up" test "$(grep -P '\tbackup [a-z]+\t0\t' "$tried" | cut -f 1 | sort -u | wc -l)" = 2
for server in pushed streamed; do
  archivings "$server" >"$answers/archived"
  same_text "$server: each file archived once ($(wc -l <"$answers/archived") files)" "" "$(cut -d ' ' -f 2 "$answers/archived" | sort | uniq -d)"
  same_text "$server: one archive-wal at a time ($(cut -d ' ' -f 1 "$answers/archived" | uniq | wc -l) runs that archived)" "" \
    "$(cut -d ' ' -f 1 "$answers/archived" | uniq | sort | uniq -d)"
  cut -d ' ' -f 2 "$answers/archived" | grep -xE '[0-9A-F]{24}' | sort | expect_consecutive "$server: no segment is missing among those archived meanwhile" 1
  same_text "$server: no name twice in the index" "" "$(catalogue "$server" | cut -f 1 | sort | uniq -d)"
  archived_segments "$server" | expect_consecutive "$server: the index has no gap" 1
  first=$(archived_segments "$server" | head -n 1)
  oldest_wal=$(lab_backup_field "$server" "$(ids "$server" | head -n 1)" begin_wal)
  holds "$server: the archive reaches from the oldest backup to the last segment" \
    test "$first" '=' "$oldest_wal" -a "$(archived_segments "$server" | tail -n 1)" '=' "$last"
  same_text "$server: what is on disk is what is in the index" "$(catalogue "$server" | cut -f 1 | sort)" \
    "$(find "$LAB_DIR/barman/$server/wals" -type f -name '0*' -printf '%f\n' | sort)"
  same_text "$server: errors/ and incoming/ are empty" "" "$(find "$LAB_DIR/barman/$server"/{errors,incoming} -mindepth 1)"
  same_text "$server: no temporary file is left" "" "$(find "$LAB_DIR/barman/$server" -name '*.tmp' -o -name '.tmp*' | grep -v '/base/.*/data/' || true)"
  use ours
  expect_same_content "$server: what get-wal of ours gives is what PostgreSQL shipped" "$server" "$witness"
  for id in $(ids "$server"); do
    same_text "$server: backup $id" DONE "$(lab_backup_field "$server" "$id" status)"
  done
  same_catalogue "$server, in the end" "$server" latest
  # A .backup file often arrives after the next segment, and stands where it arrived; a rebuild puts it beside its segment.
  catalogue "$server" | sort >"$answers/index.sorted"
  run reference rebuild-xlogdb "$server"
  same_text "$server: a rebuild neither finds nor misses anything" "$(<"$answers/index.sorted")" "$(catalogue "$server" | sort)"
  same_index_after_rebuild "$server, in the end" "$server"
  same_answers "check $server"
  run ours check "$server"
  run reference check "$server"
done
same_text "pushed: everything that PostgreSQL shipped meanwhile was archived" \
  "$(archivings pushed | cut -d ' ' -f 2 | grep -xE '[0-9A-F]{24}' | sort)" \
  "$(cd "$witness" && printf '%s\n' * | grep -xE '[0-9A-F]{24}' | sort | tail -n "$(archivings pushed | cut -d ' ' -f 2 | grep -cxE '[0-9A-F]{24}')")"
same_answers "list-backups all" "list-processes pushed" "list-processes streamed"

# The rows as they were when the load ended, from either server by either program.
balances() { lab_sql "$1" "select count(*), sum(delta), (select sum(abalance) from pgbench_accounts) from pgbench_history"; }
rows=$(balances source)
for pair in "ours pushed" "reference streamed"; do
  read -r side server <<<"$pair"
  run "$side" restore "$server" latest "$LAB_DIR/restore/copy"
  lab_start_restored copy "$LAB_DIR/restore/copy"
  lab_wait_for_promotion copy
  same_text "$server, restored by $side: the rows of the source" "$rows" "$(balances copy)"
  expect_sound_pages copy
  rm -rf "$LAB_DIR/restore/copy"
done
printf '%d backups, %d segments shipped, %d files archived\n' "$backups_made" "$(find "$witness" -type f -name '????????????????????????' | wc -l)" "$(grep -c 'Archiving segment' "$log")"
conclude
