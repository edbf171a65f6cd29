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
expect_the_same
expect "--reuse-backup=copy" "barman backup --reuse-backup=c"
expect "auto" "barman drill main au"
expect "$home/main/" "barman restore main latest $home/ma"
expect "$home/barman.conf" "barman -c $home/barman.c"
[[ ! -e $home/executed ]] || { echo "FAILED: the name of a backup was executed"; exit 1; }
meaning=$(offered "barman resto")
[[ $meaning == $'restore\tRestore a backup, up to now or to a time, name, LSN or transaction.' ]] || { echo "FAILED: $meaning"; exit 1; }
for program in barman-wal-archive barman-wal-restore barman-cloud-backup; do
  # shellcheck disable=SC2016 # for fish to expand
  fish --no-config -c 'source $argv[1]; complete -C $argv[2]' "$completions/$program.fish" "$program --he" </dev/null | grep -q '^--help' ||
    { echo "FAILED: $program has no completion"; exit 1; }
done
echo "completion in fish: passed"
