#!/usr/bin/env bash
# What works for us, or answers us, dies, hangs or talks nonsense in the middle of its work: rsync here and there, ssh,
# PostgreSQL, pg_basebackup, pg_receivewal, the primary of a passive node. Each time the work ends by itself and says why;
# a backup is FAILED with the cause, PostgreSQL is left out of backup mode, no process and no lock is left, and what was
# there before is as it was. At the end a backup succeeds and is restored.
. "${BASH_SOURCE[0]%/*}/common.sh"

hang=3 # seconds: hang_timeout
lab_start_sshd
lab_create_cluster source --wal-segsize=1
lab_sql source "alter system set checkpoint_timeout = '30s'" # pg_basebackup may be silent for so long, too
lab_sql source "select pg_reload_conf()" >/dev/null
lab_create_tables source
lab_add_rows source 500 >/dev/null
sed -i "/^\[barman\]/a hang_timeout = $hang" "$BARMAN_CONFIG_FILE"
lab_configure_server main source rsync "keepalive_interval = 1"
lab_configure_server stream source postgres "archiver = on" "streaming_archiver = off"
lab_archive_with source "barman-wal-archive -U $LAB_USER 127.0.0.1 main %p && barman-wal-archive -U $LAB_USER 127.0.0.1 stream %p"
first=()
for server in main stream; do
  run barman switch-wal --force --archive --archive-timeout 60 $server
  take_backup $server
  first+=("$LAB_DIR/barman/$server/base/$backup" "$LAB_DIR/barman/$server/meta/$backup-backup.info")
done
contents() { find "${first[@]}" -type f -exec sha256sum {} + | sort -k 2; }
wanted=$(contents)

# ---- What must hold after each ----------------------------------------------------------------------------------------

ours() { # PROCESS...: its process ids
  pgrep -u "$LAB_USER" -f "$1" | while read -r pid; do
    ! grep -qszxF "BARMAN_LAB=$LAB_DIR" "/proc/$pid/environ" || echo "$pid"
  done
}
none_left() { [[ -z $(ours '(rsync|pg_basebackup|pg_receivewal|ssh) .*'"$LAB_DIR") ]]; }
no_session() { lab_sql_is source 0 "select count(*) from pg_stat_activity where usename in ('barman', 'streaming_barman')"; }
expect_calm() {
  local left
  lab_try_for 20 no_session || failed "$point: a session is left" "$(lab_sql source "select usename, application_name, state, query from pg_stat_activity where usename ~ 'barman'")"
  lab_try_for 20 none_left || failed "$point: a process is left" "$(ours '(rsync|pg_basebackup|pg_receivewal|ssh) .*'"$LAB_DIR" | xargs ps -o args= -p)"
  expect_free_locks
  [[ $(contents) == "$wanted" ]] || failed "$point: an earlier backup was changed"
  left=$(find "$TMPDIR" -mindepth 1 -maxdepth 1 ! -name faults ! -name output ! -name pids -printf '%f ')
  [[ -z $left ]] || failed "$point: left behind" "$left"
  swept=$((swept + 1))
}

# Ends within a minute or two, with status 1, FAILED, and the cause in the output and in backup.info.
expect_failure() { # SERVER CAUSE
  local id status=0 patience=$SECONDS
  wait "$running" || status=$?
  output=$(<"$LAB_DIR/tmp/output")
  ((status == 1)) || failed "$point: status $status" "$output"
  id=$(barman list-backups --minimal "$1" | sed -n 1p)
  [[ $(lab_backup_field "$1" "$id" status) == FAILED ]] || failed "$point: the backup is $(lab_backup_field "$1" "$id" status)" "$output"
  [[ -n $(lab_backup_field "$1" "$id" error) ]] || failed "$point: the backup has no cause"
  grep -qE -- "$2" "$LAB_DIR/tmp/output" || failed "$point: nothing says '$2'" "$output"
  expect_calm
  run barman delete "$1" "$id"
  passed "$point (after $((SECONDS - patience)) s): $(grep -oE -- "$2" "$LAB_DIR/tmp/output" | head -n 1)"
}

# A copy at this speed takes more than a minute: time enough to disturb it.
start_backup() { # SERVER [OPTION...]
  copied=$1
  barman backup --bwlimit 300 "${@:2}" "$1" >"$LAB_DIR/tmp/output" 2>&1 &
  running=$!
}
# The processes of a command line, once they are at work; in $LAB_DIR/tmp/pids.
wait_for_process() { # PATTERN
  at_work() { ours "$1" >"$LAB_DIR/tmp/pids"; [[ -s $LAB_DIR/tmp/pids ]]; }
  lab_try_for 60 at_work "$1" || failed "$point: no process $1" "$(cat "$LAB_DIR/tmp/output")"
}
# The same, once they copy.
wait_for_copy() { # PATTERN
  copies() { [[ -n $(find "$LAB_DIR/barman/$copied/base" -type f -path '*/data/*' ! -path "${first[0]}/*" ! -path "${first[2]}/*" -print -quit) ]]; }
  lab_try_for 60 copies || failed "$point: nothing is copied" "$(cat "$LAB_DIR/tmp/output")"
  wait_for_process "$1"
}
wait_for_end() { lab_wait_for 120 "the end of the backup" eval "! kill -0 $running 2>/dev/null"; }
signal_to() { # SIGNAL
  local pid
  while read -r pid; do kill "-$1" "$pid" 2>/dev/null || true; done <"$LAB_DIR/tmp/pids"
}
# sshd starts the remote side with the lab's mark, so it is found like the local one.
remote_rsync='rsync --server --sender'
local_rsync="rsync -e .* $LAB_DIR/barman/main/base"

# ---- rsync and ssh ----------------------------------------------------------------------------------------------------

for trouble in KILL TERM STOP; do
  point="rsync on the server: SIG$trouble"
  start_backup main
  wait_for_copy "$remote_rsync"
  signal_to $trouble
  [[ $trouble != STOP ]] || wait_for_end
  signal_to CONT
  expect_failure main "rsync error: .*|nothing moved for $hang seconds|connection unexpectedly closed.*"
done
point="rsync here: SIGKILL"
start_backup main
wait_for_copy "$local_rsync"
signal_to KILL
expect_failure main "killed by signal 9|rsync error: .*|data transfer failure.*"

point="rsync on the server talks nonsense"
# shellcheck disable=SC2016
rsync_server() { # WHAT IT DOES
  printf '#!/bin/bash\n[[ $1 != --server ]] || %s\nexec /usr/bin/rsync "$@"\n' "$1" >"$LAB_DIR/bin/rsync"
  chmod 755 "$LAB_DIR/bin/rsync"
}
rsync_server "{ head -c 100000 /dev/urandom; exit 0; }"
start_backup main
expect_failure main "protocol version mismatch.*|rsync error: .*"
point="rsync on the server says nothing"
rsync_server "exec sleep 1000"
start_backup main
expect_failure main "nothing moved for $hang seconds"
rm "$LAB_DIR/bin/rsync"

# PostgreSQL's port does not speak ssh, and sshd's does not speak PostgreSQL's language.
ssh_port=$(sed -n 's/^Port //p' "$LAB_DIR/ssh/sshd_config")
point="ssh to a server that does not speak it"
sed "s/-p $ssh_port/-p ${LAB_PORT[source]}/" -i "$LAB_DIR/etc/barman.d/main.conf"
expect_status 1 barman backup main
[[ $output == *"ERROR: Impossible to start the backup."* ]] || failed "$point" "$output"
expect_calm
passed "$point: refused"
sed "s/-p ${LAB_PORT[source]}/-p $ssh_port/" -i "$LAB_DIR/etc/barman.d/main.conf"

# ---- PostgreSQL -------------------------------------------------------------------------------------------------------

for server in main stream; do
  point="PostgreSQL of $server talks nonsense"
  cp "$LAB_DIR/etc/barman.d/$server.conf" "$LAB_DIR/etc/kept"
  sed "s/port=${LAB_PORT[source]}/port=$ssh_port/g" -i "$LAB_DIR/etc/barman.d/$server.conf"
  expect_status 1 barman backup "$server"
  [[ $output == *"ERROR: "* ]] || failed "$point" "$output"
  expect_calm
  passed "$point: refused"
  mv "$LAB_DIR/etc/kept" "$LAB_DIR/etc/barman.d/$server.conf"
done

postgres_pids() { pgrep -u "$LAB_USER" -P "$(sed -n 1p "${LAB_DATA[source]}/postmaster.pid")"; sed -n 1p "${LAB_DATA[source]}/postmaster.pid"; }
point="PostgreSQL hangs during the copy of main"
start_backup main --reuse-backup=off
wait_for_copy "$remote_rsync"
postgres_pids >"$LAB_DIR/tmp/pids"
signal_to STOP
wait_for_end
signal_to CONT
expect_failure main "Connection to the Postgres server was lost during the backup"

point="PostgreSQL hangs before the copy of main"
postgres_pids >"$LAB_DIR/tmp/pids"
signal_to STOP
status=0
timeout 60 barman backup main >"$LAB_DIR/tmp/output" 2>&1 || status=$?
signal_to CONT
((status == 1)) || failed "$point: status $status" "$(cat "$LAB_DIR/tmp/output")"
expect_calm
passed "$point: refused"

point="PostgreSQL is killed during the copy of main"
start_backup main
wait_for_copy "$remote_rsync"
lab_stop_cluster source immediate
sleep 2 # a session that is lost is seen by the next question
lab_start_cluster source
expect_failure main "Connection to the Postgres server was lost during the backup"

for trouble in KILL STOP; do
  point="pg_basebackup: SIG$trouble"
  start_backup stream
  wait_for_copy "pg_basebackup .*$LAB_DIR/barman/stream"
  signal_to $trouble
  expect_failure stream "killed by signal 9|nothing moved for [0-9]+ seconds"
done
walsender="select pid from pg_stat_activity where backend_type = 'walsender' and application_name = 'barman_streaming_backup'"
for trouble in TERM STOP; do
  point="the session of pg_basebackup: SIG$trouble"
  start_backup stream
  wait_for_copy "pg_basebackup .*$LAB_DIR/barman/stream"
  lab_sql source "$walsender" >"$LAB_DIR/tmp/pids"
  signal_to $trouble
  wait_for_end
  signal_to CONT
  expect_failure stream "nothing moved for [0-9]+ seconds|terminating connection.*|COPY stream ended.*|could not read COPY data.*|server closed the connection.*"
done

point="pg_basebackup ends well and has copied nothing"
mkdir "$LAB_DIR/idle"
ln -s "$LAB_PG_BIN"/* "$LAB_DIR/idle/"
rm "$LAB_DIR/idle/pg_basebackup"
printf '#!/bin/bash\n[[ %s != --version ]] || exec %s/pg_basebackup --version\n' "\$1" "$LAB_PG_BIN" >"$LAB_DIR/idle/pg_basebackup"
chmod 755 "$LAB_DIR/idle/pg_basebackup"
echo "path_prefix = $LAB_DIR/idle" >>"$LAB_DIR/etc/barman.d/stream.conf"
start_backup stream
expect_failure stream "backup_label.*No such file or directory|No such file or directory.*"
sed -i '/^path_prefix/d' "$LAB_DIR/etc/barman.d/stream.conf"

# ---- The receiver -----------------------------------------------------------------------------------------------------

lab_configure_server received source postgres
lab_receive_wal source received
lab_keep_busy source
receiving() { lab_sql_is source t "select active from pg_replication_slots where slot_name = 'received'"; }
received() { run barman archive-wal received; is_archived received "$segment"; }
segment=$(close_segment source)
lab_wait_for 60 "$segment" received
for trouble in KILL TERM; do
  for who in "pg_receivewal .*$LAB_DIR/barman/received" "barman .*receive-wal received"; do
    point="${who%% *} that receives: SIG$trouble"
    wait_for_process "$who"
    signal_to "$trouble"
    gone() { ! kill -0 "$(head -n 1 "$LAB_DIR/tmp/pids")" 2>/dev/null; }
    lab_wait_for 20 "the end of $who" gone
    # The child of a killed program ends when it tells of the next segment, which is whole and synced then.
    [[ $who == pg_receivewal* ]] || close_segment source >/dev/null
    lab_wait_for 20 "the end of pg_receivewal" eval "[[ -z \$(ours 'pg_receivewal .*$LAB_DIR/barman/received') ]]"
    run barman cron
    lab_wait_for 30 "the receiver, started again by cron" receiving
    segment=$(close_segment source)
    lab_wait_for 60 "$segment" received
    archived_segments received | expect_consecutive "$point: it goes on where it was" 1
    swept=$((swept + 1))
  done
done
run barman receive-wal --stop received

# ---- The primary of a passive node ------------------------------------------------------------------------------------

mkdir "$LAB_DIR/passive"
printf '#!/bin/bash\nexec sleep 1000\n' >"$LAB_DIR/bin/silent"
printf '#!/bin/bash\nhead -c 3000 /dev/urandom\n' >"$LAB_DIR/bin/babbling"
printf '#!/bin/bash\necho "[1, {\\"a\\": "\n' >"$LAB_DIR/bin/truncated"
chmod 755 "$LAB_DIR"/bin/{silent,babbling,truncated}
for primary in silent babbling truncated; do
  point="a $primary primary"
  cat >"$LAB_DIR/etc/passive.conf" <<END
[barman]
barman_home = $LAB_DIR/passive
barman_user = $LAB_USER
log_file = $LAB_DIR/log/passive.log
hang_timeout = $hang
[main]
primary_ssh_command = $LAB_DIR/bin/$primary
END
  expect_status 1 timeout 60 barman -c "$LAB_DIR/etc/passive.conf" sync-info main --primary
  [[ $output == *"ERROR: "* ]] || failed "$point" "$output"
  [[ ! -e $LAB_DIR/passive/main/primary.info ]] || failed "$point: its answer was kept"
  expect_status 1 timeout 60 barman -c "$LAB_DIR/etc/passive.conf" cron
  [[ $output == *"Failed to retrieve the primary node status"* ]] || failed "$point: cron does not tell" "$output"
  expect_calm
  passed "$point: $(tail -n 1 <<<"$output" | cut -c 1-150)"
done

# ---- All is well again ------------------------------------------------------------------------------------------------

take_backup main
rows=$(lab_fingerprint source)
restore_and_start copy main latest
expect_rows "the next backup succeeds" copy "$rows"
expect_sound_pages copy
[[ -z ${TORTURE_RESULTS:-} ]] || printf '%s\t%s\t%s\t%s\n' "${0##*/}" "children and peers" "killed, hanging, talking nonsense" "$swept" >>"$TORTURE_RESULTS/points"
