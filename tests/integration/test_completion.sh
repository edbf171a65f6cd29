#!/usr/bin/env bash
# Completion in bash offers verbs, options, their values, servers and backups, and only what fits.
. "${BASH_SOURCE[0]%/*}/completion.sh"
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
expect "copy" backup --reuse-backup = c
expect "copy link off" backup --reuse-backup =
expect "main" backup --reuse-backup = link m
expect "pause shutdown promote" restore --target-action ""
expect "current latest" restore --target-tli ""
expect "20261122T092554 20261121T092554" backup main --incremental 2026
expect "all main other" check ""
expect "main other" check main ""
expect "main" -f json list-files --target wal m
expect "20261122T092554 20261121T092554" show-backup main 2026
expect "last last-failed last-full" delete main last
expect "last last-failed last-full" -c "$BARMAN_CONFIG_FILE" delete main last
expect "$home/main" restore main latest "$home/ma"
for verb in show-backup delete restore recover keep list-files verify-backup verify check-backup export-backup generate-manifest; do
  more=""
  [[ $verb != re* ]] || more=" auto"
  expect "20261122T092554 week\\ \\$\\(touch\\ ${home}/executed\\)\\ 47 20261121T092554 latest last oldest first last-failed latest-full last-full$more" \
    "$verb" main ""
done
[[ ! -e $home/executed ]] || { echo "FAILED: the name of a backup was executed"; exit 1; }

# Where a directory has the name of a server it is the server that is offered, and paths only where paths belong.
cd "$home"
expect "main" show-backup m
expect "main" check m
expect "" get-wal main ""
expect "" backup --jobs ""
expect "" check --check-timeout ""
expect "" list-servers ""
expect "$home/barman.conf" -c "$home/barman.c"
expect "main" get-wal -o m # a directory of this host
expect "main other" restore ""
expect "main" restore main latest m
! complete -p barman | grep -q filenames || { echo "FAILED: everything that is offered would be taken for a path"; exit 1; }

# The other two programs.
expect_other() { # WANTED PROGRAM WORD...
  local wanted=$1; shift
  COMP_WORDS=("$@")
  COMP_CWORD=$(($# - 1))
  _barman
  [[ "${COMPREPLY[*]}" == "$wanted" ]] || { printf 'FAILED: %s\n  wanted: %s\n  got:    %s\n' "$*" "$wanted" "${COMPREPLY[*]}"; exit 1; }
}
expect_other "--compression-level" barman-wal-archive --compr
expect_other "--snappy" /usr/bin/barman-wal-archive -U barman --sn
expect_other "--spool-dir" barman-wal-restore --sp
expect_other "main" barman-wal-restore --spool-dir m
expect_other "barman.conf" barman-wal-archive host main barman.c
expect_other "" barman-wal-restore host m
# What comes in a package of its own is complete without the others.
completions=$BARMAN_BIN_DIR/../share/bash-completion/completions
for package in "barman" "barman-wal-archive barman-wal-restore" "barman-cloud-backup barman-cloud-wal-restore"; do
  alone=$(mktemp -d -p "$home")
  for program in $package; do
    cp "$completions/$program" "$alone/"
  done
  for program in $package; do
    bash -c '. "$1" && complete -p "$2" >/dev/null' - "$alone/$program" "$program" || { echo "FAILED: $program has no completion"; exit 1; }
  done
done
echo "completion: passed"
