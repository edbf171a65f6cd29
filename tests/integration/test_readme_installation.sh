#!/usr/bin/env bash
# README's "Five minutes to a real installation" runs as it stands: its blocks are taken from the page and run, in their order
# and as the users that it names, on a bare system with a real PostgreSQL and a real cron(8), up to a restored cluster that
# answers. One host plays both parts, under an address that PostgreSQL does not listen on and lets nobody in from by default.
# Only the compiler's work is left out: the programs under test take the place of the release.
set -euo pipefail
. "${BASH_SOURCE[0]%/*}/clean_root.sh"
: "${BARMAN_BIN_DIR:?set it to the directory that holds barman, barman-wal-archive and barman-wal-restore}"
clean_root_enter "$@"
blocks=$CLEAN_ROOT/tmp/blocks
source=/usr/src/barman-native

main() {
  take_blocks "$CLEAN_ROOT$source/README.md" '^## Five minutes' "$blocks"
  expect_blocks "run on backup as root" "run on db as root" "run on backup as barman" "run on backup as barman" "run on backup as barman"
  provide_programs
  in_root_install iproute2
  in_root_apt install -y --download-only --no-install-recommends cron logrotate rsync openssh-client postgresql-client ||
    skip "no access to Debian's packages"
  run_block 1
  in_root bash -c 'test -x /usr/sbin/cron && command -v rsync ssh pg_basebackup pg_receivewal' >/dev/null ||
    failed "a program that barman calls is missing"
  printf '127.0.0.1 localhost\n192.0.2.10 db backup\n' >"$CLEAN_ROOT/etc/hosts"
  clean_root_disconnect

  start_postgresql
  run_block 2
  run_block 3
  [[ $output == *"The configuration was written to /etc/barman.d/main.conf"* ]] || failed "no server was configured" "$output"
  see_cron_start_barman
  run_block 4
  [[ $output == *"Your PostgreSQL server has been successfully prepared for recovery!"* ]] || failed "no restore" "$output"
  run_block 5
  [[ $output == *proof* ]] || failed "the restored cluster does not hold the table" "$output"
  passed "the restored cluster started, and holds the table"
  see_log_rotate
  echo "readme installation: passed"
}

expect_blocks() { # HOW...
  local wanted got
  wanted=$(printf '%s\n' "$@")
  got=$(cat "$blocks"/?.how)
  [[ $got == "$wanted" ]] || failed "the blocks of README are others than this test knows" "wanted: $wanted" "got: $got"
}

provide_programs() {
  local build
  build=$(realpath "$BARMAN_BIN_DIR/..")
  cmake --install "$build" --prefix "$CLEAN_ROOT/run/release" >"$CLEAN_ROOT/tmp/install.log" 2>&1 ||
    failed "installation" "$(cat "$CLEAN_ROOT/tmp/install.log")"
  cat >"$CLEAN_ROOT/usr/local/sbin/cmake" <<'END'
#!/bin/bash
case "$*" in
  "--preset release") /usr/bin/cmake --list-presets | grep -q '"release"' ;;
  "--build build/release") ;;
  "--install build/release --prefix /usr/local") cp -R /run/release/. /usr/local/ ;;
  *) echo "unexpected: cmake $*" >&2; exit 1 ;;
esac
END
  chmod 755 "$CLEAN_ROOT/usr/local/sbin/cmake"
}

# Its output, both streams, is in $output. psql asks for the passwords where there is no terminal on its standard input.
run_block() { # NUMBER
  local how user status=0
  how=$(cat "$blocks/$1.how")
  user=${how##* }
  cp "$CLEAN_ROOT$source/packaging/postgresql/roles.sql" "$CLEAN_ROOT/root/"
  # shellcheck disable=SC2016 # for the bash in there to expand
  output=$(passwords | in_root -u "$user" setsid --wait bash -c 'cd "$1" && exec bash -eu "$2"' - "$(start_of "$how")" "/tmp/blocks/$1" 2>&1) || status=$?
  ((status == 0)) || failed "block $1 ($how) ended with status $status" "$(cat "$blocks/$1")" "$output" \
    "$(tail -n 25 "$CLEAN_ROOT"/var/log/barman/barman.log "$CLEAN_ROOT"/srv/restored/log "$CLEAN_ROOT"/var/log/postgresql/*.log 2>/dev/null)"
  passed "block $1: $how"
}

start_of() { # HOW: the directory in which the reader stands
  case $1 in
    *"backup as root") echo "$source" ;;
    *"db as root") echo /root ;;
    *) echo /var/lib/barman ;;
  esac
}

# What psql is told when it asks twice for each of the two.
passwords() {
  local line
  [[ -f $CLEAN_ROOT/var/lib/barman/.pgpass ]] || return 0
  while read -r line; do
    printf '%s\n' "${line##*:}" "${line##*:}"
  done <"$CLEAN_ROOT/var/lib/barman/.pgpass"
}

start_postgresql() {
  local version
  version=$(in_root bash -c 'ls -d /usr/lib/postgresql/*/bin/initdb' | sort -V | tail -n 1 | cut -d/ -f5)
  in_root pg_createcluster "$version" main >"$CLEAN_ROOT/tmp/createcluster.log" 2>&1 ||
    failed "pg_createcluster" "$(cat "$CLEAN_ROOT/tmp/createcluster.log")"
  in_root service postgresql start >/dev/null || failed "PostgreSQL does not start"
  in_root -u postgres psql -Xq -d postgres -c 'create table proof ()'
}

# The line that README installed, by the real cron, which starts the WAL receiver within a minute.
see_cron_start_barman() {
  in_root /usr/sbin/cron
  wait_for 75 "cron to start barman: $(cat "$CLEAN_ROOT/etc/cron.d/barman")" slot_is_active
  [[ -s $CLEAN_ROOT/var/log/barman/barman.log ]] || failed "cron's barman wrote no log"
  [[ $(stat -c %U "$CLEAN_ROOT/var/log/barman/barman.log") != root ]] || failed "cron runs barman as root"
  passed "cron started the WAL receiver"
}

slot_is_active() {
  [[ $(in_root -u postgres psql -XAtq -d postgres -c "select active from pg_replication_slots where slot_name = 'barman'") == t ]]
}

see_log_rotate() {
  in_root logrotate -f /etc/logrotate.d/barman || failed "logrotate refuses packaging/logrotate.d/barman"
  in_root -u barman barman -q cron
  [[ -s $CLEAN_ROOT/var/log/barman/barman.log.1 && -s $CLEAN_ROOT/var/log/barman/barman.log ]] || failed "the log was not rotated"
  passed "the log rotates"
}

main
