#!/usr/bin/env bash
# Debian's packages and ours change places, in a system that nobody else needs: with one apt command each way, without a question,
# on a configuration that was edited and a catalogue that stays the same byte for byte. So do those of the suite, which are older.
# No purge takes a backup.
# Run by tests/packaging/run. apt knows Debian's packages of Barman and ours.
set -euo pipefail
[[ ${1:-} == --in-a-bare-system ]] || { echo "this takes packages away; tests/packaging/run runs it where that hurts nobody" >&2; exit 2; }
. "${BASH_SOURCE[0]%/*}/system.sh"
packages=(barman barman-cli barman-cli-cloud)

main() {
  apt update
  debians=$(version_like '^3\.20\.1-')
  ours=$(version_like native)
  as_the_first
  beside_debians_modules
  apt install --no-install-recommends postgresql rsync
  start_postgresql
  from_debians_and_back
  from_ours_to_debians
  from_the_suites
  echo "switch: passed"
}

installed() { # PACKAGE: its version
  dpkg-query -W -f '${Version}' "$1"
}

expect() { # VERSION
  local package
  for package in "${packages[@]}"; do
    [[ $(installed "$package") == "$1" ]] || failed "$package is of version $(installed "$package"), not $1"
  done
  [[ -z $(dpkg --audit) ]] || failed "dpkg is not content" "$(dpkg --audit)"
}

# ---- Where there was nothing ----------------------------------------------------------------------------------------

as_the_first() {
  echo 'postmaster: root' >/etc/aliases
  apt install --no-install-recommends "${packages[@]}"
  expect "$ours"
  see_what_is_there
  see_that_libraries_are_found
  make_backup
  apt remove "${packages[@]}"
  [[ -s $home/main/base/20260101T000000/data/PG_VERSION ]] || failed "a removal takes the backups"
  run_cron_line # says nothing, where there is no barman any more
  apt install --no-install-recommends "${packages[@]}"
  apt purge "${packages[@]}"
  expect_backup_and_nothing_else
  apt install --no-install-recommends "${packages[@]}"
  as_barman barman list-servers >/dev/null 2>&1 || failed "not usable when it is installed again"
  [[ $(grep -c '^barman:' /etc/aliases) == 1 ]] || failed "/etc/aliases: $(cat /etc/aliases)"
  apt purge "${packages[@]}"
  rm -rf "${home:?}"/main
  passed "installed where there was nothing, removed, purged, installed again: the backup is there"
}

see_what_is_there() {
  local file
  for file in /etc/barman.conf /etc/barman.d/{model,passive-server,ssh-server,streaming-server}.conf-template /etc/cron.d/barman \
    /etc/logrotate.d/barman /usr/lib/systemd/system/barman.{service,timer} /usr/lib/systemd/system/barman-receive-wal@.service \
    /usr/lib/sysusers.d/barman.conf /usr/lib/tmpfiles.d/barman.conf /usr/share/polkit-1/rules.d/50-barman-receive-wal.rules \
    /usr/share/bash-completion/completions/barman{,-wal-archive,-cloud-backup}; do
    [[ -s $file ]] || failed "$file is missing"
  done
  grep -q '^barman: root$' /etc/aliases || failed "no line in /etc/aliases"
  [[ $(stat -c '%U %G %a' "$home" /var/log/barman | uniq) == "barman barman 750" ]] || failed "owner and mode of $home and /var/log/barman"
  [[ $(getent passwd barman) == *:"$home":/bin/bash ]] || failed "the user: $(getent passwd barman)"
  [[ -L /etc/systemd/system/timers.target.wants/barman.timer ]] || failed "barman.timer is not enabled"
  [[ $(barman --version) == 3.20.1* && $(barman --version) == *native* ]] || failed "$(barman --version)"
  run_cron_line
  [[ -s /var/log/barman/barman.log ]] || failed "the cron line does nothing"
  grep -Eq 'barman -q cron$' /etc/cron.d/barman || failed "automation does not recognise the cron line"
  mkdir -p /run/systemd/system
  rm /var/log/barman/barman.log
  run_cron_line
  [[ ! -e /var/log/barman/barman.log ]] || failed "cron does what the timer does already"
  rmdir /run/systemd/system
}

run_cron_line() {
  local line output
  line=$(sed -n 's/^\* \* \* \* \* barman //p' /etc/cron.d/barman)
  if ! output=$(as_barman sh -c "$line" 2>&1) || [[ -n $output ]]; then failed "the cron line: $line" "$output"; fi
}

# Those that are opened at run time: each of the three is asked for, and must fail to reach somebody, not to load.
see_that_libraries_are_found() {
  local output
  printf '[remote]\ndescription = x\nconninfo = host=127.0.0.1 port=9 dbname=x\nssh_command = ssh -p 9 x@127.0.0.1\nbackup_method = rsync\narchiver = on\n' \
    >/etc/barman.d/remote.conf
  output=$(as_barman barman check remote 2>&1; as_barman env AWS_ACCESS_KEY_ID=x AWS_SECRET_ACCESS_KEY=x barman-cloud-backup-list \
    --endpoint-url http://127.0.0.1:9 s3://bucket/x remote 2>&1) || true
  [[ $output == *"PostgreSQL: FAILED"* && $output != *.so* ]] || failed "check remote" "$output"
  rm /etc/barman.d/remote.conf
}

make_backup() {
  install -D -o barman -g barman /dev/stdin $home/main/base/20260101T000000/data/PG_VERSION <<<15
}

expect_backup_and_nothing_else() {
  local left
  [[ -s $home/main/base/20260101T000000/data/PG_VERSION ]] || failed "a purge takes the backups"
  left=$(find / -xdev \( -path /proc -o -path /repositories -o -path /root -o -path /tmp -o -path "$home" -o -path /var/cache -o -path /var/lib/apt \) -prune -o \
    -name '*barman*' -print)
  [[ -z $left ]] || failed "a purge leaves:" "$left"
}

# ---- Beside what others import --------------------------------------------------------------------------------------

beside_debians_modules() {
  apt install --no-install-recommends barman barman-cli "barman-cli-cloud=$debians" "python3-barman=$debians"
  [[ $(installed barman) == "$ours" && $(installed barman-cli-cloud) == "$debians" ]] || failed "not side by side"
  python3 -c 'import barman.server, barman.config' || failed "python3-barman"
  barman-cloud-backup-list --help >/dev/null || failed "Debian's cloud programs"
  barman --version >/dev/null
  apt purge barman barman-cli barman-cli-cloud python3-barman
  passed "Debian's Python modules and cloud programs beside our barman"
}

# ---- From Debian's, and back ----------------------------------------------------------------------------------------

from_debians_and_back() {
  apt install --no-install-recommends "barman=$debians" "barman-cli=$debians" "barman-cli-cloud=$debians" "python3-barman=$debians"
  expect "$debians"
  edit_everything
  work_with_it
  record /tmp/before

  apt install --no-install-recommends "${packages[@]}"
  expect "$ours"
  record /tmp/after
  compare "the upgrade" /tmp/before /tmp/after
  work_with_it
  record /tmp/before

  apt install --no-install-recommends --allow-downgrades "barman=$debians" "barman-cli=$debians" "barman-cli-cloud=$debians"
  expect "$debians"
  record /tmp/after
  compare "the downgrade" /tmp/before /tmp/after
  as_barman barman check-backup main latest || failed "Debian's barman does not like our backup"

  apt install --no-install-recommends "${packages[@]}"
  stop_receiver
  apt purge "${packages[@]}"
  [[ $(find $home/main/base -name PG_VERSION | wc -l) -ge 2 ]] || failed "a purge after the switch takes the backups"
  [[ ! -e /etc/barman.conf && ! -e /etc/cron.d/barman ]] || failed "a purge after the switch leaves Debian's conffiles"
  passed "a purge after the switch leaves the backups"
  rm -rf "${home:?}"/* /etc/barman.d
}

edit_everything() {
  printf '\n; changed by the administrator\n' >>/etc/barman.conf
  sed -i 's/^MAILTO=.*/MAILTO=dba/' /etc/cron.d/barman
  sed -i 's/weekly/daily/' /etc/logrotate.d/barman
  configure_main
}

# An older Barman waits for the segment behind its backup where that ends with one, and nobody else is at work here.
close_segments() {
  while sleep 5; do
    runuser -u postgres -- psql -Xqat -d postgres -c "select pg_logical_emit_message(false, 'traffic', ''), pg_switch_wal()" >/dev/null
  done
}
work_with_it() {
  as_barman barman cron >/dev/null
  wait_for 60 "WAL to arrive" as_barman barman switch-wal --force --archive --archive-timeout 5 main
  close_segments &
  local closing=$!
  as_barman barman backup --wait --wait-timeout 120 main >/tmp/backup.log 2>&1 || failed "no backup" "$(cat /tmp/backup.log)" "$(as_barman barman check main)"
  kill "$closing"
  wait "$closing" || true
}

stop_receiver() {
  as_barman barman receive-wal --stop main >/dev/null 2>&1 || true
}

# Bytes of configuration and catalogue, and what is said of it.
record() { # FILE
  stop_receiver
  sleep 1
  {
    find /etc/barman.conf /etc/barman.d /etc/cron.d/barman /etc/logrotate.d/barman "$home" -type f ! -name '.*.lock' ! -name '*.partial' -print0 |
      sort -z | xargs -0 sha256sum
    stat -c '%n %U %G %a' "$home" /var/log/barman /etc/barman.conf
    as_barman barman list-backups main
    as_barman barman show-backup main latest
    as_barman barman check-backup main latest
  } >"$1"
}

compare() { # WHAT BEFORE AFTER
  local difference
  difference=$(diff "$2" "$3") || failed "$1 changes:" "$difference"
  grep -q 'changed by the administrator' /etc/barman.conf || failed "$1: barman.conf is another"
  passed "$1: one command, no question; configuration, catalogue and answers are the same"
}

# ---- From ours, installed first, to Debian's ------------------------------------------------------------------------

from_ours_to_debians() {
  apt install --no-install-recommends "${packages[@]}"
  apt install --no-install-recommends --allow-downgrades "barman=$debians" "barman-cli=$debians" "barman-cli-cloud=$debians"
  expect "$debians"
  cmp -s /etc/barman.conf <(dpkg-deb --fsys-tarfile /repositories/debian/barman_*.deb | tar -xO ./etc/barman.conf) ||
    failed "barman.conf, which nobody changed, is not Debian's"
  apt install --no-install-recommends "${packages[@]}"
  expect "$ours"

  apt purge "${packages[@]}"
  apt install --no-install-recommends "${packages[@]}"
  echo '; changed by the administrator' >>/etc/barman.conf
  apt install --no-install-recommends --allow-downgrades -o Dpkg::Options::=--force-confold "barman=$debians" "barman-cli=$debians" \
    "barman-cli-cloud=$debians"
  grep -q 'changed by the administrator' /etc/barman.conf || failed "a barman.conf that was changed is lost"
  expect "$debians"
  passed "from ours, installed first, to Debian's, with a barman.conf that was changed, too"
}

# ---- From what the suite has ----------------------------------------------------------------------------------------

# An older Barman: its backups can be used, and its packages can be had back. What Barman 3.20.1 or ours has written since then, it
# need not understand: 3.4 takes no backup.info with options that it does not know.
from_the_suites() {
  local suites
  suites=$(version_like '^3[.]([0-9]|1[0-9])[.]')
  apt purge "${packages[@]}"
  rm -rf "${home:?}"/* /etc/barman.d
  local -a theirs=("barman=$suites" "barman-cli=$suites" "barman-cli-cloud=$suites" "python3-barman=$suites")
  apt install --no-install-recommends --allow-downgrades "${theirs[@]}"
  expect "$suites"
  edit_everything
  work_with_it
  local backup
  backup=$(as_barman barman list-backup main --minimal)

  apt install --no-install-recommends "${packages[@]}"
  expect "$ours"
  grep -q 'changed by the administrator' /etc/barman.conf || failed "from $suites: barman.conf is another"
  as_barman barman check-backup main "$backup" || failed "from $suites: its backup cannot be used"
  work_with_it
  [[ $(as_barman barman list-backups main --minimal | wc -l) == 2 ]] || failed "from $suites:" "$(as_barman barman list-backups main)"
  stop_receiver

  apt install --no-install-recommends --allow-downgrades "${theirs[@]}"
  expect "$suites"
  grep -q 'changed by the administrator' /etc/barman.conf || failed "back to $suites: barman.conf is another"
  as_barman barman list-server | grep -q '^main - ' || failed "back to $suites: it does not know the server"
  passed "from the suite's $suites, and back"
}

main "$@"
