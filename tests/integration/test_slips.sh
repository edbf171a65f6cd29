#!/usr/bin/env bash
# A slip gets the error, a suggestion and where to read on, and no more, where standard error is a terminal; a script gets the
# usage block, as ever. Help lists everyday commands first.
. "${BASH_SOURCE[0]%/*}/without_postgres.sh"

write_configuration "" main other
store_backup main 20270101T120000
sed -i 's/^begin_offset.*/&\nbackup_name=weekly/' "$home/main/meta/20270101T120000-backup.info"

on_terminal() { # COMMAND: sets $output and $status
  status=0
  output=$(TERM=dumb timeout 60 script -qec "$1" /dev/null </dev/null | tr -d '\r'; exit "${PIPESTATUS[0]}") || status=$?
}

while IFS='@' read -r command wanted; do
  on_terminal "$command"
  expect_equal "on a terminal: $command" "$(printf '%b' "$wanted")" "$output"
  expect_equal "on a terminal: $command: exit status" 2 "$status"
  # shellcheck disable=SC2086
  expect_status 2 $command
  expect_text "in a script: $command: the usage block" "usage: ${command%% *}" "$output"
  [[ $output != *"See '"* ]] || failed "in a script: $command: words for people" "$output"
done <<'END'
barman stauts@barman: error: unknown command 'stauts'\ndid you mean 'status'?\nSee 'barman help'.
barman nothing-like-it@barman: error: unknown command 'nothing-like-it'\nSee 'barman help'.
barman --nosuch check main@barman: error: unrecognized arguments: --nosuch\nSee 'barman help'.
barman --hlep@barman: error: unrecognized arguments: --hlep\ndid you mean '--help'?\nSee 'barman help'.
barman check --hlep main@barman: error: unrecognized arguments: --hlep\ndid you mean '--help'?\nSee 'barman help check'.
barman backup@barman backup: error: the following arguments are required: server_name\nSee 'barman help backup'.
barman backup --jbos 2 main@barman: error: unrecognized arguments: --jbos\ndid you mean '--jobs'?\nSee 'barman help backup'.
barman backup --jobs two main@barman backup: error: argument --jobs/-j: 'two' is not a valid input\nSee 'barman help backup'.
barman-wal-archive --md6 host main x@barman-wal-archive: error: unrecognized arguments: --md6\nSee 'barman-wal-archive --help'.
barman-wal-restore host main@barman-wal-restore: error: the following arguments are required: WAL_NAME, WAL_DEST\nSee 'barman-wal-restore --help'.
END

expect_hint() { # TEXT HINT COMMAND...
  local text=$1 hint=$2; shift 2
  expect_status 1 "$@"
  expect_equal "$*" "ERROR: $text${hint:+$'\n'HINT: $hint}" "$output"
}
expect_hint "Unknown server 'mian'" "did you mean 'main'?" barman check mian
expect_hint "Unknown server 'mian'" "did you mean 'main'?" barman show-backup mian latest
expect_hint "Unknown server 'nowhere'" "" barman check nowhere
expect_hint "Unknown backup '20270101T120001' for server 'main'" "did you mean '20270101T120000'?" barman show-backup main 20270101T120001
expect_hint "Unknown backup 'wekly' for server 'main'" "did you mean 'weekly'?" barman list-files main wekly
expect_hint "Unknown backup 'lastest' for server 'main'" "did you mean 'latest'?" barman restore main lastest "$home/destination"
expect_hint "Unknown backup 'last-failed' for server 'main'" "" barman delete main last-failed
expect_hint "Unknown backup 'latest' for server 'other'" "" barman show-backup other latest

run barman help
everyday=$(awk '/^every day:/ { on = 1; next } /^[a-z]/ { on = 0 } on && /^    [a-z]/ { print $1 }' <<<"$output")
expect_equal "everyday commands" "backup check cron list-backups list-servers recovery-window report restore show-backup status" "$(paste -sd' ' <<<"$everyday")"
expect_true "they come first" test "$(grep -n '^[a-z].*:$' <<<"$output" | head -n 1 | cut -d: -f2)" = "every day"
expect_equal "every command is listed once" "" \
  "$(awk '/^    [a-z]/ { print $1 }' <<<"$output" | sort | uniq -d)"
listed=$output
run barman
expect_equal "barman alone says the same" "$listed" "$output"
for words in "help help" "help --help" "help -h" --help; do
  # shellcheck disable=SC2086
  run barman $words
  expect_equal "barman $words says the same" "$listed" "$output"
done
