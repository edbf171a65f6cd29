#!/usr/bin/env bash
# What `restore --dry-run` says of a target is what PostgreSQL then does: it says "possible" if and only if the restored
# cluster starts and reaches the target, and the last commit or abort that was applied is the one that it named. The
# history has commits, aborts, prepared transactions, idle stretches, restore points, a backup under load, a timeline that
# was left, and a hole; the targets are drawn at random from what is in its WAL, at its very edges, and beyond.
#   TARGETS  how many are drawn (default 12; 200 by hand)
#   SEED     of the draw (default: the day)
targets=${TARGETS:-12} seed=${SEED:-$(date +%j)}
export TEST_SECONDS=${TEST_SECONDS:-$((targets > 12 ? 100 + targets * 8 : 280))}
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

transactions source 100
take_backup main
backups=("$backup")
point source early
transactions source 200
prepared source one commit
idle source
transactions source 400 &
load=$!
take_backup main
backups+=("$backup")
wait "$load"
prepared source two rollback
bulk source
point source fork
transactions source 200
point source 'it''s late'
idle source
lost=$(close_segment source)
transactions source 150
lost=$(current_segment source) # in the middle of what follows
bulk source
transactions source 150
prepared source three commit
point source behind
run barman switch-wal --archive --archive-timeout 60 main
lab_stop_cluster source
run barman -q archive-wal main

mkdir -p "$LAB_DIR/restore/fork"
run barman restore --target-name fork --target-action promote main "${backups[1]}" "$LAB_DIR/restore/fork/data"
lab_start_restored fork "$LAB_DIR/restore/fork/data" -c archive_mode=on
lab_wait_for_promotion fork
lab_configure_server main fork rsync
lab_push_wal fork main
transactions fork 150
point fork 'on timeline 2'
idle fork
transactions fork 100
last=$(close_segment fork)
archive_and_see() { barman -q archive-wal main && is_archived main "$1"; }
lab_wait_for 60 "segment $last in the archive" archive_and_see "$last"
lab_stop_cluster fork
rm "$(find "$LAB_DIR/barman/main/wals" -name "$lost")"
run barman rebuild-xlogdb main
passed "a history with a hole at $lost"

# ---- Targets ------------------------------------------------------------------------------------------------------------

mkdir "$LAB_DIR/wal"
while read -r name; do barman get-wal main "$name" >"$LAB_DIR/wal/$name"; done < <(archived_segments main)
"$print_wal" "$LAB_DIR"/wal/* >"$LAB_DIR/tmp/ends"
"$print_wal" --all "$LAB_DIR"/wal/* | awk '$1 != "segment" { print $2 }' >"$LAB_DIR/tmp/places"
# A line a target: the index of the backup and the options, separated by tabs.
cat >"$LAB_DIR/tmp/draw.py" <<'END'
import datetime, random, sys

count, seed, ends_file, places_file = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4]
random.seed(seed)
ends, points, backup_ends = [], [], []
for line in open(ends_file):
    words = line.split()
    if words[0].startswith(('commit', 'abort')): ends.append((int(words[3]), int(words[4])))
    elif words[0] == 'restore_point': points.append(line.rstrip('\n').split(' ', 5)[5])
    elif words[0] == 'backup_end': backup_ends.append(words[2])
places = [line.strip() for line in open(places_file)]
times = sorted(micros for _, micros in ends)

def time_text(micros):
    return (datetime.datetime(1970, 1, 1) + datetime.timedelta(microseconds=micros)).isoformat(' ') + '+00:00'

def shifted(lsn, by):
    high, low = (int(part, 16) for part in lsn.split('/'))
    value = (high << 32) + low + by
    return '%X/%X' % (value >> 32, value & 0xFFFFFFFF)

def time_target():
    at = random.randrange(len(times))
    kind = random.randrange(6)
    if kind == 0: micros = times[at]
    elif kind == 1: micros = times[at] + random.choice((-1, 1))
    elif kind == 2: micros = (times[at] + times[max(0, at - 1)]) // 2
    elif kind == 3: micros = times[-1] + random.choice((-1, 0, 1, 10 ** 7))
    elif kind == 4: micros = max((b - a, a) for a, b in zip(times, times[1:]))[1] + random.choice((0, 1, 100000))
    else: micros = random.randrange(times[0], times[-1])
    return ['--target-time', time_text(micros)]

def lsn_target():
    if random.random() < 0.15: return ['--target-lsn', shifted(places[-1], random.choice((8, 1 << 20, 1 << 24)))]
    if random.random() < 0.15: return ['--target-lsn', shifted(random.choice(backup_ends), random.choice((-8, 0, 8)))]
    return ['--target-lsn', shifted(random.choice(places), random.choice((-8, 0, 0, 8)))]

kinds = [time_target] * 6 + [lsn_target] * 3 + [
    lambda: ['--target-xid', str(random.choice(ends)[0] + random.choice((0, 0, 0, 100000)))],
    lambda: ['--target-xid', str(random.choice(ends)[0])],
    lambda: ['--target-name', random.choice(points + ['nothing'])],
    lambda: ['--target-name', random.choice(points)],
    lambda: ['--target-immediate'], lambda: []]
for number in range(count):
    make = kinds[number % len(kinds)] if count >= len(kinds) else random.choice(kinds)
    options = make()
    if random.random() < 0.4 and options and options[0] not in ('--target-name', '--target-immediate'): options.append('--exclusive')
    timeline = random.choice((None, None, '1', '2', 'current', 'latest'))
    if timeline: options += ['--target-tli', timeline]
    if options: options += ['--target-action', 'promote']
    print('\t'.join([str(random.randrange(2))] + options))
END
python3 "$LAB_DIR/tmp/draw.py" "$targets" "$seed" "$LAB_DIR/tmp/ends" "$LAB_DIR/tmp/places" >"$LAB_DIR/tmp/targets"

# ---- What is said, and what is done -------------------------------------------------------------------------------------

said() { # EXPRESSION
  python3 -c 'import json, sys
plan = json.load(open(sys.argv[1]))["restore_plan"]
stop = plan["stop"] or {}
print(eval(sys.argv[2]))' "$LAB_DIR/tmp/plan" "$1"
}

# "reached" and the time of the last transaction in microseconds, or the reason why not; in $done.
recover() { # OPTION... BACKUP
  local log=$LAB_DIR/log/postgresql-target.log data=$LAB_DIR/restore/target/data port status=0
  rm -rf "$LAB_DIR/restore/target" "$log"
  mkdir -p "${data%/*}"
  barman restore --skip-archive-wal --no-target-check "${@:1:$#-1}" main "${*: -1}" "$data" >"$LAB_DIR/tmp/restored" 2>&1 || status=$?
  if ((status)); then
    done="refused: $(grep ^ERROR "$LAB_DIR/tmp/restored")"
    return
  fi
  lab_free_port
  port=$REPLY
  pg_ctl start -D "$data" -l "$log" -w -t 60 -s -o "-c listen_addresses=127.0.0.1 -c port=$port -c archive_mode=off \
    -c unix_socket_directories=$LAB_DIR/sockets -c log_timezone=UTC -c timezone=UTC" >/dev/null 2>&1 || status=$?
  if ((status)); then
    done="failed: $(grep FATAL "$log" | tail -n 1)"
    return
  fi
  opened() { grep -qE 'database system is ready to accept connections' "$log" || ! pg_ctl status -D "$data" >/dev/null; }
  lab_wait_for 60 "the end of recovery" opened
  if ! grep -qE 'database system is ready to accept connections' "$log"; then
    done="failed: $(grep FATAL "$log" | tail -n 1)"
  elif [[ " $* " == *" --target-"[xltni]* && " $* " != *" --target-tli "[^-]*" --target-action"* ]] && ! grep -q 'recovery stopping' "$log"; then
    done="failed: opened without having stopped"
  else
    # At an LSN the log leaves the time of that record out.
    local time at
    at=$(sed -nE 's/.*recovery stopping after WAL location \(LSN\) "([0-9A-F]+)\/0*([0-9A-F]+)".*/\1\/\2/p' "$log" | tail -n 1)
    time=$(sed -nE 's/.*last completed transaction was at log time (.*)\+00$/\1/p' "$log" | tail -n 1)
    done="reached ${at:-${time:+$(date -u -d "$time UTC" +%s%6N)}}"
  fi
  pg_ctl stop -D "$data" -m immediate -s -w >/dev/null 2>&1 || true
}

possible=0 impossible=0 bad=0
while IFS=$'\t' read -r -a row; do
  id=${backups[${row[0]}]} options=("${row[@]:1}")
  status=0
  barman -f json restore --dry-run "${options[@]}" main "$id" >"$LAB_DIR/tmp/plan" 2>/dev/null || status=$?
  verdict=$(said 'plan["possible"]')
  recover "${options[@]}" "$id"
  # PostgreSQL says no time where none was committed behind the backup's begin, nor where it recovers without a signal file.
  last=$(said '"" if not stop.get("last_transaction_time") else round(__import__("datetime").datetime.fromisoformat(stop["last_transaction_time"]).timestamp() * 10**6)')
  wanted=impossible
  [[ $verdict != True ]] || wanted="reached $last"
  ((${#options[@]} > 0)) || wanted="reached "
  [[ $verdict != True || $done != *"reached "*/* ]] || wanted="reached $(said 'stop["lsn"]')"
  if [[ $wanted == "$done" && $status == 0 ]] || [[ $wanted == impossible && $done != reached* && $status == 1 && $verdict == False ]]; then
    if [[ $verdict == True ]]; then possible=$((possible + 1)); else impossible=$((impossible + 1)); fi
    continue
  fi
  bad=$((bad + 1))
  printf 'backup %s %s\n  said (status %s): %s %s; %s\n  done: %s\n' "${row[0]}" "${options[*]}" "$status" "$verdict" "$(said 'plan["reason"]')" "$wanted" "$done" >&2
done <"$LAB_DIR/tmp/targets"
((bad == 0)) || failed "$bad of $targets targets of seed $seed"
passed "$targets targets of seed $seed: $possible reached as was said, $impossible impossible as was said"
((targets < 10 || (possible > 0 && impossible > 0))) || failed "the draw is one-sided: $possible possible, $impossible impossible"
