#!/usr/bin/env bash
# Completion in fish offers verbs, options, their values, servers and backups, each with what it means.
. "${BASH_SOURCE[0]%/*}/completion.sh"
completions=$(realpath "${BARMAN_BIN_DIR:?}/../share/fish/vendor_completions.d")
command -v fish >/dev/null || { echo "no fish here: scripts/install-dependencies test"; exit 77; }
export HOME=$home XDG_CONFIG_HOME=$home/config PATH=$BARMAN_BIN_DIR:$PATH LC_ALL=C.UTF-8

offered() { # LINE
  # shellcheck disable=SC2016 # for fish to expand
  fish --no-config -c 'source $argv[1]; complete -C $argv[2]' "$completions/barman.fish" "$1" </dev/null
}
expect() { # WANTED LINE: what is offered, without what it means
  local got
  got=$(offered "$2" | cut -f1 | paste -sd' ')
  [[ $got == "$1" ]] && return
  printf "FAILED: '%s'\n  wanted: %s\n  got:    %s\n" "$2" "$1" "$got"
  exit 1
}
expect "show-backup show-backups" "barman show-b"
expect "restore" "barman help rest"
expect "--target" "barman list-files --t"
expect "standalone data wal full" "barman list-files --target "
expect "console json" "barman -f "
expect "--reuse-backup=copy" "barman backup --reuse-backup=c"
expect "pause shutdown promote" "barman restore --target-action "
expect "all main other" "barman check "
expect "main other" "barman check main "
expect "main" "barman -f json list-files --target wal m"
expect "20261122T092554 20261121T092554" "barman show-backup main 2026"
expect "20261122T092554 week \$(touch $home/executed) 47 20261121T092554 latest last oldest first last-failed latest-full last-full" \
  "barman show-backup main "
expect "auto" "barman restore main au"
expect "auto" "barman drill main au"
expect "last last-failed last-full" "barman -c $BARMAN_CONFIG_FILE delete main last"
expect "$home/main/" "barman restore main latest $home/ma"
expect "$home/barman.conf" "barman -c $home/barman.c"
expect "" "barman get-wal main "
expect "" "barman backup --jobs "
[[ ! -e $home/executed ]] || { echo "FAILED: the name of a backup was executed"; exit 1; }
meaning=$(offered "barman resto")
[[ $meaning == $'restore\tRestore a backup, up to now or to a time, name, LSN or transaction.' ]] || { echo "FAILED: $meaning"; exit 1; }
expect "--compression-level" "barman-wal-archive --compr"
expect "--spool-dir" "barman-wal-restore --sp"
expect "--cloud-provider" "barman-cloud-backup --cloud-p"
for program in barman-wal-archive barman-wal-restore barman-cloud-backup; do
  # shellcheck disable=SC2016 # for fish to expand
  fish --no-config -c 'source $argv[1]; complete -C $argv[2]' "$completions/$program.fish" "$program --he" </dev/null | grep -q '^--help' ||
    { echo "FAILED: $program has no completion"; exit 1; }
done
echo "completion in fish: passed"
