#!/usr/bin/env bash
# Where systemd is init: the timer runs cron, cron starts WAL receivers as units of their own, as far as polkit lets it, they are
# stopped the way barman and apt stop them, and cron(8) does not do the work a second time; the REST service starts, answers, and
# lets operations end; and all of it survives the change to Debian's packages and back. Run as a unit of a container by
# tests/packaging/run; the last line of its output says how it went.
. "${BASH_SOURCE[0]%/*}/system.sh"
trap '[[ $? == 0 ]] || journalctl --no-pager -n 80 -u "barman*" -u try-units || true' EXIT
receiver=barman-receive-wal@main.service
url=http://127.0.0.1:7480

main() {
  apt update
  debians=$(version_like '^3[.]20[.]1-')
  apt install --no-install-recommends barman barman-cli
  timer_and_receiver
  what_polkit_allows
  receiver_starts_again
  cron_yields
  rest_service
  rest_operations
  rest_on_a_socket
  hardened_backup
  an_upgrade
  debians_and_back
  a_removal
  echo "units: passed"
}

active() { [[ $(systemctl is-active "$1") == active ]]; }

# ---- Timer and receiver ---------------------------------------------------------------------------------------------

timer_and_receiver() {
  systemctl is-enabled --quiet barman.timer || failed "the timer is not enabled"
  active barman.timer || failed "the timer is not active"
  start_postgresql
  configure_main
  wait_for_receiver "the timer to start cron, and cron to start the receiver's unit"
  passed "timer, cron and receiver are at work"

  as_barman barman switch-wal --force --archive --archive-timeout 30 main >/tmp/switch.log 2>&1 || failed "no WAL arrives" "$(cat /tmp/switch.log)"
  as_barman barman check main >/tmp/check.log 2>&1 || failed "check" "$(cat /tmp/check.log)"
  as_barman barman backup --wait main >/tmp/backup.log 2>&1 || failed "no backup" "$(cat /tmp/backup.log)"
  passed "WAL arrives, a backup is taken"
}

wait_for_receiver() { # WHAT
  wait_for 130 "$1" active $receiver
  wait_for 20 "pg_receivewal" pgrep -u barman pg_receivewal
}

what_polkit_allows() {
  systemctl stop barman.timer
  as_barman barman receive-wal --stop main >/tmp/stop.log 2>&1 || failed "receive-wal --stop" "$(cat /tmp/stop.log)"
  [[ $(systemctl is-active $receiver) == inactive ]] || failed "after receive-wal --stop the unit is $(systemctl is-active $receiver)"
  as_barman systemctl --no-ask-password start $receiver || failed "polkit does not let barman start a receiver"
  ! as_barman systemctl --no-ask-password stop cron.service 2>/dev/null || failed "polkit lets barman stop other units"
  ! as_barman systemctl --no-ask-password kill $receiver 2>/dev/null || failed "polkit lets barman send signals"
  passed "barman starts and stops its receivers, and nothing else"
}

started_again() { [[ $(systemctl show -P NRestarts $receiver) -ge 1 ]] && active $receiver; }

receiver_starts_again() {
  wait_for 20 "pg_receivewal" pgrep -u barman pg_receivewal
  kill -KILL "$(systemctl show -P MainPID $receiver)"
  wait_for 30 "the receiver to be started again" started_again
  passed "a receiver that was killed starts again"
}

cron_yields() {
  local line
  line=$(sed -n 's/^\* \* \* \* \* barman //p' /etc/cron.d/barman)
  [[ -n $line ]] || failed "/etc/cron.d/barman has no line for the user barman"
  : >/var/log/barman/barman.log
  as_barman sh -c "$line" || failed "the cron line"
  [[ ! -s /var/log/barman/barman.log ]] || failed "cron(8) does what the timer does already"
  systemctl start barman.timer
  passed "cron(8) leaves the work to the timer"
}

# ---- The REST service -----------------------------------------------------------------------------------------------

answers() { # PATH WORDS
  [[ $(curl -sS --max-time 20 "$url$1") == *"$2"* ]]
}

rest_service() {
  [[ $(systemctl is-enabled barman-serve) == disabled ]] || failed "the REST service is enabled, and nobody has asked for it"
  ! active barman-serve || failed "the REST service is started, and nobody has asked for it"
  systemctl enable --now barman-serve
  wait_for 20 "the REST service" answers /status '"OK"'
  [[ $(ss -Hltn 'sport = :7480' | awk '{ print $4 }') == 127.0.0.1:7480 ]] || failed "it listens on $(ss -Hltn 'sport = :7480')"
  answers /diagnose '"main"' || failed "/diagnose does not know the server"
  answers /metrics 'barman_backups_total{server="main"} 1' || failed "/metrics does not know the backup"
  kill -KILL "$(systemctl show -P MainPID barman-serve)"
  wait_for 20 "the REST service to be started again" answers /status '"OK"'
  systemctl stop barman-serve
  ! answers /status '"OK"' 2>/dev/null || failed "the REST service goes on when it is stopped"
  [[ $(systemctl is-failed barman-serve) == inactive ]] || failed "stopped, the REST service is $(systemctl is-failed barman-serve)"
  passed "the REST service starts on 127.0.0.1 only when it is told to, answers, starts again when it was killed, stops"
}

# barman reaches the user postgres by ssh, where it restores to; with slow-ssh it takes its time.
prepare_ssh() {
  as_barman ssh-keygen -q -t ed25519 -N '' -f $home/.ssh/id_ed25519
  install -D -m 600 -o postgres -g postgres $home/.ssh/id_ed25519.pub /var/lib/postgresql/.ssh/authorized_keys
  as_barman sh -c 'ssh-keyscan 127.0.0.1 2>/dev/null' | as_barman tee $home/.ssh/known_hosts >/dev/null
  printf '#!/bin/sh\nsleep 1\nexec ssh "$@"\n' >/usr/local/bin/slow-ssh
  chmod 755 /usr/local/bin/slow-ssh
  as_barman ssh postgres@127.0.0.1 true || failed "barman does not reach postgres by ssh"
}

restore_to() { # DIRECTORY SSH: sets $operation
  local answer
  answer=$(curl -sS --max-time 20 -H 'Content-Type: application/json' "$url/servers/main/operations" --data \
    '{"backup_id": "latest", "remote_ssh_command": "'"$2"' postgres@127.0.0.1", "destination_directory": "'"$1"'"}')
  [[ $answer =~ \"operation_id\":\"([0-9T]+)\" ]] || failed "the REST service does not begin a restore: $answer"
  operation=${BASH_REMATCH[1]}
}

rest_operations() {
  prepare_ssh
  systemctl start barman-serve
  wait_for 20 "the REST service" answers /status '"OK"'
  restore_to /var/lib/postgresql/restored ssh
  wait_for 120 "the restore: $(cat $home/main/output/"$operation".json 2>&1)" answers "/servers/main/operations/$operation" '"DONE"'
  [[ -s /var/lib/postgresql/restored/PG_VERSION ]] || failed "it says that it has restored, and has not"

  restore_to /var/lib/postgresql/restored-later slow-ssh
  wait_for 20 "the restore to begin" pgrep -u barman -f 'run-operation.*main'
  systemctl restart barman-serve
  pgrep -u barman -f 'run-operation.*main' >/dev/null || failed "the restore ends with the REST service, or was too fast for this test"
  wait_for 20 "the REST service beside a restore" answers "/servers/main/operations/$operation" '"IN_PROGRESS"'
  systemctl stop barman-serve
  wait_for 120 "the restore to end without the REST service" grep -qs '"success": *true' $home/main/output/"$operation".json
  [[ -s /var/lib/postgresql/restored-later/PG_VERSION ]] || failed "it says that it has restored, and has not"
  passed "restores by ssh are done with the unit's limits, and go on when the REST service ends"
}

# $1 is what the administrator would write with "systemctl edit barman-serve".
edit_unit() {
  mkdir -p /etc/systemd/system/barman-serve.service.d
  echo "$1" >/etc/systemd/system/barman-serve.service.d/override.conf
  systemctl daemon-reload
}
undo_edit() {
  rm -r /etc/systemd/system/barman-serve.service.d
  systemctl daemon-reload
}

rest_on_a_socket() {
  edit_unit $'[Service]\nExecStart=\nExecStart=/usr/bin/barman serve --listen unix:/run/barman/rest.socket'
  systemctl start barman-serve
  wait_for 20 "the Unix socket" curl -fsS --unix-socket /run/barman/rest.socket http://localhost/status
  [[ $(stat -c '%U %G %a' /run/barman/rest.socket) == "barman barman 660" ]] || failed "the socket: $(stat -c '%U %G %a' /run/barman/rest.socket)"
  as_barman curl -fsS --unix-socket /run/barman/rest.socket http://localhost/status >/dev/null || failed "barman does not get in"
  ! runuser -u postgres -- curl -fsS --unix-socket /run/barman/rest.socket http://localhost/status 2>/dev/null || failed "everybody gets in"
  systemctl stop barman-serve
  undo_edit
  passed "the REST service on a Unix socket"
}

# What the REST service may not do is nothing that barman needs: a backup, and one by rsync and ssh, with the same limits.
hardened_backup() {
  sed -e 's/^\[main\]/[copied]/' -e 's/^backup_method.*/backup_method = rsync\nssh_command = ssh postgres@127.0.0.1/' \
    -e 's/^slot_name.*/slot_name = copied/' /etc/barman.d/main.conf >/etc/barman.d/copied.conf
  as_barman barman receive-wal --create-slot copied >/tmp/slot.log 2>&1 || failed "no slot" "$(cat /tmp/slot.log)"
  wait_for 130 "the receiver of the second server" active barman-receive-wal@copied.service
  as_barman barman switch-wal --force --archive --archive-timeout 30 copied >/tmp/switch.log 2>&1 || failed "no WAL arrives" "$(cat /tmp/switch.log)"
  local server
  for server in main copied; do
    edit_unit $'[Service]\nType=oneshot\nRestart=no\nExecStart=\nExecStart=/usr/bin/barman backup --wait '"$server"
    systemctl start barman-serve || failed "no backup of $server with the limits of barman-serve.service"
    [[ $(as_barman barman show-backup "$server" latest | awk '/^ *Status/ { print $3 }') == DONE ]] || failed "the backup of $server is not DONE"
    undo_edit
  done
  as_barman barman receive-wal --stop copied >/tmp/stop.log 2>&1 || failed "receive-wal --stop copied" "$(cat /tmp/stop.log)"
  rm /etc/barman.d/copied.conf
  passed "backups by pg_basebackup and by rsync with the limits of the REST service"
}

# ---- Other packages -------------------------------------------------------------------------------------------------

an_upgrade() {
  local before
  systemctl start barman-serve
  wait_for 20 "the REST service" answers /status '"OK"'
  before=$(systemctl show -P MainPID barman-serve)
  apt install --reinstall --no-install-recommends barman
  wait_for_receiver "the receiver after an upgrade"
  wait_for 20 "the REST service after an upgrade" answers /status '"OK"'
  [[ $(systemctl show -P MainPID barman-serve) != "$before" ]] || failed "after an upgrade the REST service is the old one"
  passed "an upgrade starts the receiver again, and the REST service that runs"
}

debians_and_back() {
  apt install --no-install-recommends --allow-downgrades "barman=$debians" "barman-cli=$debians" "python3-barman=$debians"
  ! answers /status '"OK"' 2>/dev/null || failed "the REST service goes on without its program"
  active barman.timer || failed "Debian's timer is not active"
  wait_for_receiver "the receiver of Debian's barman"
  [[ $(tr '\0' ' ' <"/proc/$(systemctl show -P MainPID $receiver)/cmdline") == *python3* ]] || failed "the receiver is not Debian's"
  as_barman barman check main >/tmp/check.log 2>&1 || failed "check by Debian's barman" "$(cat /tmp/check.log)"

  apt install --no-install-recommends barman barman-cli
  active barman.timer || failed "the timer is not active"
  wait_for_receiver "the receiver after Debian's"
  [[ $(readlink "/proc/$(systemctl show -P MainPID $receiver)/exe") == /usr/bin/barman ]] || failed "the receiver is not ours"
  as_barman barman check main >/tmp/check.log 2>&1 || failed "check after Debian's barman" "$(cat /tmp/check.log)"
  systemctl start barman-serve
  wait_for 20 "the REST service after Debian's barman" answers /status '"OK"'
  passed "Debian's packages take over timer and receiver, and give them back; the REST service ends with its program"
}

a_removal() {
  apt remove barman
  ! active $receiver || failed "a receiver goes on without its program"
  ! active barman.timer || failed "the timer goes on without its program"
  ! active barman-serve || failed "the REST service goes on without its program"
  find $home/main/base -name PG_VERSION | grep -q . || failed "the backup is gone"
  passed "a removal stops them all, and leaves the backups"
}

main "$@"
