#!/usr/bin/env bash
# Where systemd is init: the timer runs cron, cron starts WAL receivers as units of their own, as far as polkit lets it, they are
# stopped the way barman and apt stop them, and cron(8) does not do the work a second time. Run as a unit of a container by
# tests/packaging/run; the last line of its output says how it went.
set -euo pipefail
cd /
unit=barman-receive-wal@main.service

passed() { printf '%4ds  %s\n' "$SECONDS" "$*"; }
failed() { printf 'FAILED: %s\n' "$@"; journalctl --no-pager -n 60 -u 'barman*' || true; exit 1; }
apt() { apt-get -qq -y "$@" </dev/null >/tmp/apt.log 2>&1 || failed "apt-get $*" "$(tail -n 30 /tmp/apt.log)"; }
as_barman() { runuser -u barman -- "$@"; }
wait_for() { # SECONDS WHAT COMMAND...
  local end=$((SECONDS + $1)) what=$2; shift 2
  until "$@" >/dev/null 2>&1; do
    ((SECONDS < end)) || failed "waited in vain for $what"
    sleep 0.5
  done
}
started_again() { [[ $(systemctl show -P NRestarts $unit) -ge 1 && $(systemctl is-active $unit) == active ]]; }

apt update
apt install --no-install-recommends barman barman-cli
systemctl is-enabled --quiet barman.timer || failed "the timer is not enabled"
systemctl is-active --quiet barman.timer || failed "the timer is not active"
version=$(find /usr/lib/postgresql -mindepth 1 -maxdepth 1 -printf '%f\n' | sort -V | tail -n 1)
pg_dropcluster --stop "$version" main 2>/dev/null || true
pg_createcluster --start "$version" main -- --auth=trust >/dev/null
runuser -u postgres -- psql -Xq -d postgres -c 'create role barman superuser login replication'
cat >/etc/barman.d/main.conf <<END_OF_SERVER
[main]
description = Main database
conninfo = host=127.0.0.1 user=barman dbname=postgres
streaming_conninfo = host=127.0.0.1 user=barman
backup_method = postgres
streaming_archiver = on
slot_name = barman
create_slot = auto
path_prefix = /usr/lib/postgresql/$version/bin
END_OF_SERVER
wait_for 130 "the timer to start cron, and cron to start the receiver's unit" systemctl is-active --quiet $unit
wait_for 20 "the receiver" pgrep -u barman pg_receivewal
passed "timer, cron and receiver are at work"

as_barman barman switch-wal --force --archive --archive-timeout 30 main >/tmp/switch.log 2>&1 || failed "no WAL arrives" "$(cat /tmp/switch.log)"
as_barman barman check main >/tmp/check.log 2>&1 || failed "check" "$(cat /tmp/check.log)"
as_barman barman backup --wait main >/tmp/backup.log 2>&1 || failed "no backup" "$(cat /tmp/backup.log)"
passed "WAL arrives, a backup is taken"

systemctl stop barman.timer
as_barman barman receive-wal --stop main >/tmp/stop.log 2>&1 || failed "receive-wal --stop" "$(cat /tmp/stop.log)"
[[ $(systemctl is-active $unit) == inactive ]] || failed "after receive-wal --stop the unit is $(systemctl is-active $unit)"
as_barman systemctl --no-ask-password start $unit || failed "polkit does not let barman start a receiver"
! as_barman systemctl --no-ask-password stop cron.service 2>/dev/null || failed "polkit lets barman stop other units"
! as_barman systemctl --no-ask-password kill $unit 2>/dev/null || failed "polkit lets barman send signals"
passed "barman starts and stops its receivers, and nothing else"

wait_for 20 "the receiver" pgrep -u barman pg_receivewal
kill -KILL "$(systemctl show -P MainPID $unit)"
wait_for 30 "the receiver to be started again" started_again
passed "a receiver that was killed starts again"

line=$(sed -n 's/^\* \* \* \* \* barman //p' /etc/cron.d/barman)
: >/var/log/barman/barman.log
as_barman sh -c "$line" || failed "the cron line"
[[ ! -s /var/log/barman/barman.log ]] || failed "cron(8) does what the timer does already"
systemctl start barman.timer

apt install --reinstall --no-install-recommends barman
wait_for 130 "the receiver after an upgrade" systemctl is-active --quiet $unit
apt remove barman
[[ $(systemctl is-active $unit) != active ]] || failed "a receiver goes on without its program"
[[ $(systemctl is-active barman.timer) != active ]] || failed "the timer goes on without its program"
find /var/lib/barman/main/base -name PG_VERSION | grep -q . || failed "the backup is gone"
passed "an upgrade starts the receiver again, a removal stops it"
echo "units: passed"
