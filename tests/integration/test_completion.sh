#!/usr/bin/env bash
# Completion in bash offers verbs, options, their values, servers and backups, and only what fits.
set -euo pipefail
home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
export BARMAN_CONFIG_FILE=$home/barman.conf
cat >"$BARMAN_CONFIG_FILE" <<END
[barman]
barman_home = $home
barman_user = $(id -un)
log_file = $home/barman.log
[main]
conninfo = host=$home dbname=postgres
[other]
conninfo = host=$home dbname=postgres
END
mkdir -p "$home/main/meta"
cat >"$home/main/meta/20261121T092554-backup.info" <<END
backup_id=20261121T092554
status=FAILED
END
# shellcheck disable=SC1091
. "${BARMAN_BIN_DIR:?}/../share/bash-completion/completions/barman"

expect() { # WANTED WORD...
  local wanted=$1; shift
  COMP_WORDS=("$BARMAN_BIN_DIR/barman" "$@")
  COMP_CWORD=$#
  _barman
  [[ "${COMPREPLY[*]}" == "$wanted" ]] && return
  printf 'FAILED: barman %s\n  wanted: %s\n  got:    %s\n' "$*" "$wanted" "${COMPREPLY[*]}"
  exit 1
}
expect "show-backup show-backups" show-b
expect "restore" help rest
expect "--target" list-files --t
expect "standalone data wal full" list-files --target ""
expect "console json" -f ""
expect "all main other" check ""
expect "main other" check main ""
expect "main" -f json list-files --target wal m
expect "20261121T092554" show-backup main 2026
expect "last last-failed last-full" delete main last
expect "last last-failed last-full" -c "$BARMAN_CONFIG_FILE" delete main last
expect "$home/main" restore main latest "$home/ma"
echo "completion: passed"
