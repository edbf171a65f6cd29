#!/usr/bin/env bash
# Whatever is wrong before a command begins its work is told in the form that was asked for: as JSON on standard output, as one
# line for a monitoring plugin (which gets 2), or as an error for people.
. "${BASH_SOURCE[0]%/*}/without_postgres.sh"

mkdir "$home/conf.d"
with_directory="configuration_files_directory = $home/conf.d"

# Everything that is printed belongs on standard output.
ask() { # COMMAND...: sets $output and $status
  status=0
  output=$(timeout 60 "$@" 2>"$home/stderr") || status=$?
  [[ ! -s $home/stderr ]] || failed "$*: something on standard error" "$(cat "$home/stderr")"
}

expect_told() { # WHAT TEXT [COMMAND]
  local what=$1 text=$2 command
  for command in "list-servers" "check main" "status all" "cron" "backup all" "list-files main latest" "diagnose"; do
    [[ ${3:-$command} == "$command" ]] || continue
    # shellcheck disable=SC2086
    ask barman -f json $command
    expect_equal "$what: -f json $command: exit status" 1 "$status"
    python3 -c 'import json, sys
a = json.loads(sys.argv[1]); assert set(a) == {"_ERROR"} and any(sys.argv[2] in e for e in a["_ERROR"]), a' "$output" "$text" ||
      failed "$what: -f json $command" "$output"
  done
  for command in "check --nagios main" "-f json check --nagios all" "-q check --nagios main"; do
    # shellcheck disable=SC2086
    ask barman $command
    expect_equal "$what: $command: exit status" 2 "$status"
    expect_equal "$what: $command: one line" 1 "$(wc -l <<<"$output")"
    expect_text "$what: $command: critical" "BARMAN CRITICAL - " "$output"
  done
  expect_text "$what: monitoring gets the reason" "${text%%$'\n'*}" "$output"
  status=0
  timeout 60 barman list-servers >"$home/stdout" 2>"$home/stderr" || status=$?
  expect_equal "$what: people: exit status" 1 "$status"
  expect_text "$what: people" "$text" "$(cat "$home/stderr")"
  expect_equal "$what: people: nothing on standard output" "" "$(cat "$home/stdout")"
}

while IFS=$'\t' read -r what content text; do
  write_configuration "$with_directory" main other
  printf "%b" "$content" >"$home/conf.d/wrong.conf"
  expect_told "$what" "$text"
  printf "%b" "$content" >>"$BARMAN_CONFIG_FILE"
  rm "$home/conf.d/wrong.conf"
  if [[ $what != *"[barman]"* ]]; then expect_told "$what in barman.conf" "${text/no section headers/}" list-servers; fi
done <<'END'
an unknown reference	[x]\nconninfo = %(nothing)s\n	Bad value substitution: option 'conninfo' in section 'x'
an unknown reference behind an escape	[x]\nconninfo = %%(nothing)s\n	Bad value substitution: option 'conninfo' in section 'x'
a bad percent sign	[x]\nconninfo = %%x\n	invalid interpolation syntax in '%x' at position 0
a reserved name	[all]\n	FATAL: the reserved word 'all' is not allowed as server name.
a model without its cluster	[x]\nmodel = true\n	Parameter "cluster" is required in [x] section.
not UTF-8	[x]\ndescription = \xff\n	'utf-8' codec can't decode byte 0xff
options of [barman] elsewhere	[barman]\ncolor = red\n	FATAL: the configuration file wrong.conf contains a not empty [barman] section
END

write_configuration "$with_directory" main other
printf 'no section\n' >"$home/conf.d/wrong.conf"
expect_told "no section" "File contains no section headers."
chmod 0 "$home/conf.d/wrong.conf"
expect_told "a file that cannot be read" "cannot open '$home/conf.d/wrong.conf': Permission denied"
rm -f "$home/conf.d/wrong.conf"
chmod 0 "$home/conf.d"
expect_told "a directory that cannot be read" "cannot read directory '$home/conf.d': Permission denied"
chmod 700 "$home/conf.d"

write_configuration "" main other
sed -i 's/^barman_user.*/barman_user = nobody-of-this-name/' "$BARMAN_CONFIG_FILE"
expect_told "an unknown user" "the configured user 'nobody-of-this-name' does not exists"
echo "no section" >"$BARMAN_CONFIG_FILE"
expect_told "barman.conf without a section" "File contains no section headers."
echo "[main]" >"$BARMAN_CONFIG_FILE"
expect_told "barman.conf without [barman]" "No section: 'barman'"
chmod 0 "$BARMAN_CONFIG_FILE"
expect_told "barman.conf that cannot be read" "cannot open '$BARMAN_CONFIG_FILE': Permission denied"
rm -f "$BARMAN_CONFIG_FILE"
expect_told "no barman.conf" "Configuration file '$BARMAN_CONFIG_FILE' does not exist"

# What is wrong with the request itself.
write_configuration "" main other
for server in nowhere "main nowhere" "all main"; do
  # shellcheck disable=SC2086
  ask barman check --nagios $server
  expect_equal "check --nagios $server: exit status" 2 "$status"
  expect_equal "check --nagios $server: one line" 1 "$(grep -c ^BARMAN <<<"$output")"
done
for command in "check nowhere" "list-backups nowhere" "show-backup nowhere latest" "list-files main 20200101T000000" \
  "get-wal nowhere 000000010000000000000001" "status all main" "delete main nothing" "switch-wal nowhere"; do
  # shellcheck disable=SC2086
  ask barman -f json $command
  expect_equal "-f json $command: exit status" 1 "$status"
  expect_true "-f json $command" python3 -c 'import json, sys; assert json.loads(sys.argv[1])["_ERROR"]' "$output"
done
