#!/usr/bin/env bash
# What `restore --dry-run` says of a target is what PostgreSQL then does: it says "possible" if and only if the restored
# cluster starts and reaches the target, and the last commit or abort that was applied is the one that it named. The
# history has commits, aborts, prepared transactions, idle stretches, restore points, backups under load, a failover to a
# standby that lacked the last of the primary's WAL, a timeline that a restored server left, and holes; the targets are
# drawn at random from what was ever in its WAL, at its very edges, and beyond. The nearest times that a refusal names
# are possible.
#   TARGETS  how many are drawn (default 16; 200 by hand)
#   SEED     of the draw (default: the day)
targets=${TARGETS:-16} seed=${SEED:-$(date +%j)}
export TEST_SECONDS=${TEST_SECONDS:-$((targets > 16 ? 200 + targets * 5 : 280))}
. "${BASH_SOURCE[0]%/*}/common.sh"
((LAB_PG_MAJOR >= 13)) || { echo "skipped: PostgreSQL $LAB_PG_MAJOR starts without having reached its target"; exit 77; }

print_wal=${BARMAN_BIN_DIR:?}/print-wal
lab_create_cluster source --wal-segsize=1
lab_stop_cluster source
echo "max_prepared_transactions = 5" >>"${LAB_DATA[source]}/postgresql.conf"
lab_start_cluster source
lab_sql source "create table work (id serial primary key, note text)"
lab_start_sshd
lab_configure_server main source rsync
lab_push_wal source main

# ---- A history --------------------------------------------------------------------------------------------------------

transactions() { # CLUSTER COUNT
  lab_sql "$1" "do \$\$ begin
    for i in 1..$2 loop
      insert into work (note) values (repeat('x', i * 13 % 397));
      if i % 7 = 0 then rollback; else commit; end if;
      perform pg_sleep(0.002);
    end loop;
  end \$\$"
}
prepared() { # CLUSTER NAME END
  PGOPTIONS='-c statement_timeout=60s' psql -XAtq -v ON_ERROR_STOP=1 -h 127.0.0.1 -p "${LAB_PORT[$1]}" -U postgres -d postgres \
    -c "begin" -c "insert into work (note) values ('prepared')" -c "prepare transaction '$2'" -c "$3 prepared '$2'"
}
point() { lab_sql "$1" "select pg_create_restore_point('$2')" >/dev/null; } # CLUSTER NAME
idle() { lab_sql "$1" checkpoint; lab_sql "$1" "select pg_switch_wal()" >/dev/null; }
bulk() { lab_sql "$1" "select pg_logical_emit_message(false, 'lab', repeat('a record over several segments ', 50000))" >/dev/null; }
backups=()
backup_under_load() { # CLUSTER
  local load
  transactions "$1" 300 &
  load=$!
  take_backup main
  backups+=("$backup")
  wait "$load"
}
archive_and_see() { barman -q archive-wal main && is_archived main "$1"; }
end_of_archive() { # CLUSTER
  last=$(close_segment "$1")
  idle "$1" # the next one is handed over at once
  lab_wait_for 60 "segment $last in the archive" archive_and_see "$last"
}

transactions source 100
take_backup main
backups=("$backup")
point source early
point source twice
transactions source 150
prepared source one commit
idle source
backup_under_load source
prepared source two rollback
bulk source
point source twice
transactions source 150
point source 'it''s late'
idle source

# A failover: the standby lacks what the primary wrote last, of which the archive has nearly all.
create_standby source standby
received() { lab_sql_is standby t "select pg_last_wal_replay_lsn() >= '$1'"; }
transactions source 50
lab_wait_for 60 "the standby" received "$(lab_sql source "select pg_current_wal_lsn()")"
lab_stop_cluster standby
transactions source 100
point source 'never streamed'
prepared source three commit
idle source
transactions source 100
lost=("$(current_segment source)") # in the middle of what follows
bulk source
transactions source 100
point source 'behind the hole'
end_of_archive source
transactions source 20
lab_stop_cluster source immediate
lab_start_cluster standby
pg_ctl promote -w -s -D "${LAB_DATA[standby]}"
lab_wait_for_promotion standby
lab_configure_server main standby rsync
transactions standby 100
backup_under_load standby
point standby 'on timeline 2'
prepared standby four commit
idle standby
transactions standby 100
lost+=("$(current_segment standby)")
bulk standby
transactions standby 100
point standby 'behind the second hole'
end_of_archive standby
lab_stop_cluster standby

mkdir -p "$LAB_DIR/restore/fork"
run barman restore --target-name 'on timeline 2' --target-tli 2 --target-action promote main "${backups[1]}" "$LAB_DIR/restore/fork/data"
lab_start_restored fork "$LAB_DIR/restore/fork/data" -c archive_mode=on
lab_wait_for_promotion fork
lab_configure_server main fork rsync
lab_push_wal fork main
transactions fork 100
point fork 'on timeline 3'
idle fork
transactions fork 100
end_of_archive fork
lab_stop_cluster fork
expect_equal "three timelines" "1 2 3" "$(archived_segments main | cut -c8 | sort -u | paste -sd ' ')"

# What was in its WAL, before parts of it are lost: of the second the index goes on to speak.
mkdir "$LAB_DIR/wal"
while read -r name; do barman get-wal main "$name" >"$LAB_DIR/wal/$name"; done < <(archived_segments main)
"$print_wal" "$LAB_DIR"/wal/* >"$LAB_DIR/tmp/ends"
"$print_wal" --all "$LAB_DIR"/wal/* >"$LAB_DIR/tmp/places"
remove() { rm "$(find "$LAB_DIR/barman/main/wals" -name "$1")"; }
remove "${lost[0]}"
run barman rebuild-xlogdb main
remove "${lost[1]}"
for timeline in 1 2 3; do
  barman -f json recovery-window --target-tli "$timeline" main | jq -r '.main.intervals[] | .from_time, .to_time | select(.)'
done >"$LAB_DIR/tmp/edges"
for id in "${backups[@]}"; do lab_backup_field main "$id" end_time; done >>"$LAB_DIR/tmp/edges"
printf '%s\n' 1 2 3 >"$LAB_DIR/tmp/timelines"
printf '%s\n' "${backups[@]}" >"$LAB_DIR/tmp/backups"
passed "a history with holes at ${lost[*]}"

# ---- What is said, and what is done -----------------------------------------------------------------------------------

"$lab_root/tests/integration/draw_targets.py" "$targets" "$seed" "$LAB_DIR/tmp" >"$LAB_DIR/tmp/targets"

micros() { [[ -z $1 ]] || date -u -d "$1" +%s%6N; }
found() { sed -nE "s/$1/\\1/p" "$2" | tail -n 1; } # EXPRESSION FILE

# Sets $outcome to "reached" with what PostgreSQL's log says of it, or to the reason why not; $status_of to what became of
# a transaction that is asked about.
recover() { # PLACE PORT HAS-STOP XID OPTION... BACKUP
  local place=$1 log=$1/log pid
  rm -rf "$place"
  mkdir -p "$place"
  if ! barman restore --skip-archive-wal --no-target-check "${@:5:$#-5}" main "${*: -1}" "$place/data" >"$place/restored" 2>&1; then
    outcome="refused: $(grep ^ERROR "$place/restored")"
    return
  fi
  : >"$log"
  postgres -D "$place/data" -c listen_addresses= -c "port=$2" -c "unix_socket_directories=$place" -c archive_mode=off -c hot_standby=off \
    -c log_timezone=UTC -c timezone=UTC >"$log" 2>&1 &
  pid=$!
  ended() { grep -qE 'ready to accept connections|database system is shut down' "$log" || lab_all_gone "$pid"; }
  lab_try_for 120 ended || true
  status_of=
  [[ -z $4 ]] || status_of=$(psql -XAtq -h "$place" -p "$2" -U postgres -d postgres -c "select pg_xact_status('$4'::xid8)" 2>/dev/null) || true
  kill -QUIT "$pid" 2>/dev/null || true
  wait "$pid" || true
  if ! grep -q 'ready to accept connections' "$log"; then
    outcome="failed: $(grep FATAL "$log" | tail -n 1)"
  elif [[ $3 == yes ]] && ! grep -q 'recovery stopping' "$log"; then
    outcome="failed: opened without having stopped"
  else
    outcome="reached lsn=$(sed -nE 's/.*recovery stopping after WAL location \(LSN\) "([0-9A-F]+)\/0*([0-9A-F]+)".*/\1\/\2/p' "$log")"
    outcome+=" last=$(micros "$(found '.*last completed transaction was at log time (.*)' "$log")")"
    outcome+=" point=$(micros "$(found '.*recovery stopping at restore point ".*", time (.*)' "$log")")"
  fi
}

# The same of the plan.
announced() { # PLAN KIND HAS-SIGNAL-FILE INCLUSIVE
  local possible lsn last point
  IFS=$'\t' read -r possible lsn last point < <(jq -r '.restore_plan | [.possible, .stop.lsn // "-",
    .stop.last_transaction_time // "-", .stop.time // "-"] | @tsv' "$1")
  [[ $possible == true ]] || { echo "$possible"; return; }
  [[ $2 == lsn && $4 == inclusive ]] || lsn= # else PostgreSQL names the first record that it does not apply
  [[ $3 == yes && $last != - ]] || last= # without a signal file PostgreSQL says nothing of it
  [[ $2 == name ]] || point=
  echo "reached lsn=$lsn last=$(micros "$last") point=$(micros "$point")"
}

# The nearest times are possible.
nearest_hold() { # PLAN OPTION... BACKUP
  local time options=("${@:2:$#-2}") at
  while read -r time; do
    for at in "${!options[@]}"; do
      [[ ${options[at]} != --target-time ]] || options[at + 1]=$time
    done
    barman restore --dry-run "${options[@]}" main "${*: -1}" >/dev/null 2>&1 || { echo "the nearest time $time is not possible"; return 1; }
  done < <(jq -r '.restore_plan.nearest // {} | .before_time, .after_time | select(.)' "$1")
}

# A line a target: kind, "possible", "impossible" or "differs", and the details of the last.
try_target() { # PLACE PORT KIND BACKUP-INDEX [OPTION...]
  local place=$1 port=$2 kind=$3 id=${backups[$4]} index=$4 status=0 wanted outcome stop=no signal=no inclusive=inclusive xid='' plan=$1.plan problem=; shift 4
  [[ $kind == latest ]] || stop=yes
  (($# == 0)) || signal=yes
  barman -f json restore --dry-run "$@" main "$id" >"$plan" 2>/dev/null || status=$?
  # Without a target PostgreSQL opens where a lost segment ends the WAL. That is refused, and done when it is insisted on.
  if [[ $kind == latest && $status == 1 ]]; then
    rm -rf "$place"
    ! barman restore "$@" main "$id" "$place/data" >/dev/null 2>&1 && [[ ! -e $place ]] || problem="it was not refused as the plan says"
    status=0
    barman -f json restore --dry-run --no-target-check "$@" main "$id" >"$plan" 2>/dev/null || status=$?
  fi
  [[ " $* " != *" --exclusive "* ]] || inclusive=exclusive
  wanted=$(announced "$plan" "$kind" "$signal" "$inclusive")
  # Where it stops behind the commit or abort at an LSN, PostgreSQL leaves the time of that one out.
  [[ $kind != lsn || $inclusive != inclusive ]] ||
    xid=$(jq -r '.restore_plan.stop // {} | select(.lsn == .last_transaction_lsn) | .xid' "$plan")
  recover "$place" "$port" "$stop" "$xid" "$@" "$id"
  if [[ -n $xid && $outcome == reached* ]]; then
    [[ $status_of == "$(jq -r '.restore_plan.stop.kind | sub("commit"; "committed") | sub("abort"; "aborted")' "$plan")" ]] || problem="transaction $xid is $status_of"
    outcome=${outcome/ last=*/ } wanted=${wanted/ last=*/ }
  fi
  if [[ $wanted == "$outcome" && $status == 0 && -z $problem ]]; then
    printf '%s\tpossible\n' "$kind"
  elif [[ $wanted == false && $outcome != reached* && $status == 1 ]] && problem=$(nearest_hold "$plan" "$@" "$id"); then
    printf '%s\timpossible\n' "$kind"
  else
    printf '%s\tdiffers\tbackup %s %s | said (status %s): %s (%s) | done: %s %s\n' "$kind" "$index" "$*" "$status" "$wanted" \
      "$(jq -r .restore_plan.reason "$plan")" "$outcome" "$problem"
  fi
}
try_every_second() { # WORKER
  local place=$LAB_DIR/restore/worker-$1 number=0 port=${ports[$1]} row
  while IFS=$'\t' read -r -a row; do
    ((number++ % 2 != $1)) || try_target "$place" "$port" "${row[@]}"
  done <"$LAB_DIR/tmp/targets" >"$LAB_DIR/tmp/results-$1"
}

began=$SECONDS
ports=()
for worker in 0 1; do lab_free_port; ports[worker]=$REPLY; done
try_every_second 0 &
other=$!
try_every_second 1
wait "$other"
cat "$LAB_DIR"/tmp/results-[01] >"$LAB_DIR/tmp/results"
expect_equal "every target was tried" "$targets" "$(wc -l <"$LAB_DIR/tmp/results")"
cut -f1,2 "$LAB_DIR/tmp/results" | sort | uniq -c
! grep -P '\tdiffers\t' "$LAB_DIR/tmp/results" >&2 || failed "targets of seed $seed differ"
possible=$(grep -c $'\tpossible' "$LAB_DIR/tmp/results" || true)
passed "$targets targets of seed $seed in $((SECONDS - began)) seconds: $possible reached as was said, $((targets - possible)) impossible as was said"
((targets < 10 || (possible > 0 && possible < targets))) || failed "the draw is one-sided: $possible possible"
