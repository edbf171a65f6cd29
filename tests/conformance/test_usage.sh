#!/usr/bin/env bash
# What both say of how they are called: the usage block of every command, and what is wrong with a command line. The
# sentences of the help texts are each program's own (docs/differences.md: D-CLI-06).
. "${BASH_SOURCE[0]%/*}/common.sh"

mapfile -t commands < <(awk -F '\t' '$1 == "command" { print $2 }' "$conformance_here/../data/commands.tsv")
usage_of() { # SIDE ARGUMENT...: up to the first empty line, and the status
  ask "$@"
  sed '/^$/,$d' "$answers/out"
  printf -- '---- standard error\n'
  cat "$answers/err"
  printf -- '---- status %d\n' "$asked_status"
}
same_usage() { # ARGUMENT...
  local side
  for side in reference ours; do usage_of "$side" "$@" >"$answers/usage.$side"; done
  compare "the usage block of $*" asking "$answers/usage.reference" "$answers/usage.ours"
}
same_usage
same_usage -f json
same_usage --help
same_usage help
same_usage -f json help
for command in "${commands[@]}"; do
  [[ $command == help ]] || same_usage "$command" --help
done
for command in "${commands[@]}"; do
  [[ $command == help ]] || same_answer "$command" --no-such-option
done
same_answers "nosuch" "--format xml check all" "backup" "get-wal main" "delete main" "show-backup" "recover main latest" "list-files main" "check-wal-archive main extra --no-such-option" \
  "restore --combine-mode nosuch main latest /x" "restore --combine-mode LINKS main latest /x" \
  "backup --cloud-staging-directory here main" "backup --cloud-staging-directory= main" \
  "backup --cloud-staging-max-size 30GiB main" "backup --cloud-staging-max-size Gi main"
# What is wrong, or asked for, first is what counts; abbreviations of several options come before all else.
same_usage --help backup
same_usage backup --help --jobs x
same_usage -q backup -wh --nosuch
same_usage --nosuch backup --help
same_usage --nosuch --help
same_answers "backup --jobs x --help" "-c --help" "-f xml --help" "-hx" "backup -hx main" "backup -jx main" "backup -wx main" "backup -wj" \
  "backup main -j --help" "backup main --name= --nosuch" "backup --reuse-backup= main" "backup --wait= main" "check --check-timeout= main" \
  "--co x check" "check --co main" "check --help --co" "check main -- --co --nosuch" "backup --help --jobs-s" "backup main --jobs-s=3" \
  "restore main latest /x --target- y" "--nosuch check" "--nosuch=5 check --foo main" "--nosuch -x nosuchverb" "--nosuch" "-qx check" \
  "-qf xml check" "-q=1 check" "-- check main" "--" "-q --" "list-servers extra --foo -- --bar" "show-backup main latest --foo -- extra" \
  "show-backup --nosuch main" "show-backup main -5 -x" "get-wal main 00 --gzip --bzip2 --nosuch" "check main --check-timeout -1" \
  "keep main latest --target full --target x" "help --nosuch" "-fjson check --nosuch" "--color=foo check" "--log-level"
same_version() { # ARGUMENT...
  local side
  for side in reference ours; do answer "$side" "$@" | sed -E 's/^(3.20.1 barman-native) .*/\1 VERSION/' >"$answers/version.$side"; done
  compare "barman $*" asking "$answers/version.reference" "$answers/version.ours"
}
for words in "--version nosuch" "-v --help" "-c file --version" "--version -c" "--nosuch --version" "-qv check --nosuch"; do
  # shellcheck disable=SC2086 # words of a command line
  deliberately D-CLI-08 's/^3.20.1 Barman by .*/3.20.1 barman-native VERSION/' same_version $words
done
# docs/differences.md: D-CLI-19
for words in "check main --nagios other" "sync-info main --primary 000000010000000000000001"; do
  # shellcheck disable=SC2086 # words of a command line
  ask reference $words
  expect_text "$words: the reference refuses it" "error: unrecognized arguments: " "$(cat "$answers/err")"
  # shellcheck disable=SC2086 # words of a command line
  ask ours $words
  refused=$(cat "$answers/out" "$answers/err")
  [[ $refused != *unrecognized* ]] || failed "$words is accepted" "$refused"
  passed "$words is accepted"
done
deliberately D-CLI-08 's/^3.20.1 Barman by .*/3.20.1 barman-native VERSION/' same_version --version
same_answer -c /nonexistent list-servers
deliberately D-CLI-16 \
  "1s|.*|{\"_ERROR\": [\"Configuration file '/nonexistent' does not exist\"]}|; 3d" same_answer -f json -c /nonexistent list-servers
# docs/differences.md: D-RST-31
for target in time xid lsn name; do
  ask ours restore main latest /x "--target-$target" ''
  expect_line "an empty --target-$target is refused" "barman restore: error: argument --target-$target: an empty value is not a recovery target" \
    "$(cat "$answers/err")"
done
# docs/differences.md: D-CLI-05
for command in "${commands[@]}"; do
  [[ $command == help ]] && continue
  ours help "$command" >"$answers/help.1"
  ours "$command" --help >"$answers/help.2"
  same_file "help $command is $command --help" "$answers/help.2" "$answers/help.1"
done
conclude
