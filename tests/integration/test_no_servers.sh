#!/usr/bin/env bash
# A configuration without servers, as a misspelt configuration_files_directory leaves it, is warned of by whatever works on all
# servers: once, on standard error, with the place that was read; not with -q, -f json or --nagios.
. "${BASH_SOURCE[0]%/*}/without_postgres.sh"

ask() { # COMMAND...: sets $output, $warned and $status
  status=0
  output=$(timeout 60 "$@" 2>"$home/stderr") || status=$?
  warned=$(cat "$home/stderr")
}

expect_warned() { # WHAT REASON
  local command
  for command in cron "check all" list-servers "status all" "list-backups all" diagnose "backup all" "show-servers all" \
    "check --explain all" "replication-status all" "switch-wal all" "rebuild-xlogdb all"; do
    # shellcheck disable=SC2086
    ask barman $command
    expect_equal "$1: $command" "WARNING: no server is configured: $BARMAN_CONFIG_FILE has no section of a server$2" "$warned"
    expect_equal "$1: $command: exit status as before" 0 "$status"
    # shellcheck disable=SC2086
    ask barman -q $command
    expect_equal "$1: -q $command" "" "$warned"
    # shellcheck disable=SC2086
    ask barman -f json $command
    expect_equal "$1: -f json $command" "" "$warned"
    python3 -c 'import json, sys; assert "_WARNING" not in json.loads(sys.argv[1])' "$output" || failed "$1: -f json $command" "$output"
  done
  ask barman check --nagios all
  expect_equal "$1: check --nagios all" "0 BARMAN OK - No server configured " "$status $output $warned"
}

write_configuration ""
expect_warned "no directory" ", and configuration_files_directory is not set"
write_configuration "configuration_files_directory = $home/barmann.d"
expect_warned "misspelt" ", and the configuration_files_directory '$home/barmann.d' does not exist"
mkdir "$home/barmann.d"
echo "[main]" >"$home/barmann.d/main.cfg"
expect_warned "a name without .conf" ", and the configuration_files_directory '$home/barmann.d' has no file whose name ends in .conf"
printf '[model]\nmodel = true\ncluster = x\n' >"$home/barmann.d/model.conf"
expect_warned "only models" ", only of models, and the configuration_files_directory '$home/barmann.d' has no section of a server in its files *.conf"

write_configuration "" main
for command in cron list-servers "status all"; do
  # shellcheck disable=SC2086
  ask barman $command
  expect_equal "with a server: $command" "" "$warned"
done
