#!/usr/bin/env bash
# What must not happen does not: a refused command says why, ends with status 1 and writes nothing.
. "${BASH_SOURCE[0]%/*}/common.sh"

lab_start_sshd
lab_create_cluster source --wal-segsize=1
lab_create_tables source
lab_add_rows source 1000 >/dev/null
lab_configure_server main source rsync
lab_push_wal source main
take_backup main

target=$LAB_DIR/restore/target
moved=(--tablespace "ts_a:$LAB_DIR/restore/ts_a" --tablespace "ts_b:$LAB_DIR/restore/ts_b")
refuse_restore() { # WHAT MESSAGE ARGUMENT...
  local what=$1 message=$2 before; shift 2
  before=$(listing "$LAB_DIR/restore"; listing "$LAB_DIR/pg/source/ts_a")
  expect_status 1 barman restore "$@"
  expect_text "$what" "ERROR: $message" "$output"
  [[ $(listing "$LAB_DIR/restore"; listing "$LAB_DIR/pg/source/ts_a") == "$before" ]] || failed "$what: something was written"
}

refuse_restore "unknown server" "Unknown server 'nowhere'" nowhere latest "$target"
refuse_restore "unknown backup" "Unknown backup '20200101T000000' for server 'main'" main 20200101T000000 "$target"
refuse_restore "two targets" "You cannot specify multiple targets for the recovery operation" \
  --target-immediate --target-xid 5 main latest "$target"
refuse_restore "a rule without location" "Invalid tablespace relocation rule 'ts_a'" --tablespace ts_a main latest "$target"
refuse_restore "an unknown tablespace" "Invalid tablespace name 'ts_z'" --tablespace ts_z:/x main latest "$target"
refuse_restore "a remote-looking destination" "The destination directory parameter cannot contain the ':' character" \
  main latest "host:$target"
refuse_restore "network compression without network" "Network compression can only be used with remote recovery." \
  --network-compression main latest "$target"
refuse_restore "an unreachable target host" "Unable to connect to the target host using the command 'ssh -p 1 127.0.0.1'" \
  --remote-ssh-command "ssh -p 1 127.0.0.1" main latest "$target"
refuse_restore "the tablespaces' own places are in use" \
  "The restore operation cannot proceed. The destination path '$LAB_DIR/pg/source/ts_a' for the tablespace 'ts_a' is not empty." \
  main latest "$target"
mkdir "$target"
echo precious >"$target/file"
refuse_restore "the destination is not empty" \
  "The restore operation cannot proceed because the destination folder '$target' is not empty." "${moved[@]}" main latest "$target"
refuse_restore "nor is it remotely" \
  "The restore operation cannot proceed because the destination folder '$target' is not empty." \
  --remote-ssh-command "$LAB_SSH" "${moved[@]}" main latest "$target"
rm -r "$target"
running="The restore operation cannot proceed because a PostgreSQL server is running in the destination folder '${LAB_DATA[source]}'"
refuse_restore "a server runs in the destination" "$running" "${moved[@]}" main latest "${LAB_DATA[source]}"
refuse_restore "... with delta restore" "$running" --delta-restore "${moved[@]}" main latest "${LAB_DATA[source]}"
refuse_restore "... remotely" "$running" --delta-restore --remote-ssh-command "$LAB_SSH" "${moved[@]}" main latest \
  "${LAB_DATA[source]}"
refuse_restore "a server uses a tablespace" \
  "The restore operation cannot proceed because a PostgreSQL server is running on '$LAB_DIR/pg/source/ts_a', the destination path for the tablespace 'ts_a'" \
  --delta-restore main latest "$target"
refuse_restore "two tablespaces at one place" "The restore operation cannot proceed. The tablespaces 'ts_a' and 'ts_b' have the same destination path '$LAB_DIR/restore/ts_a'." \
  --tablespace "ts_a:$LAB_DIR/restore/ts_a" --tablespace "ts_b:$LAB_DIR/restore/ts_a" main latest "$target"
refuse_restore "a time before the end of the backup" "The requested target time 2020-01-01 00:00:00+00:00 is before the backup end time" \
  --target-time "2020-01-01 00:00:00+00:00" "${moved[@]}" main latest "$target"
refuse_restore "an action without target" "Can't enable recovery target action when PITR is not required" \
  --target-action promote "${moved[@]}" main latest "$target"

refuse_backup() { # WHAT MESSAGE
  local before
  before=$(listing "$LAB_DIR/barman/main/base"; listing "$LAB_DIR/barman/main/meta")
  expect_status 1 barman backup main
  expect_text "$1" "ERROR: $2" "$output"
  [[ $(listing "$LAB_DIR/barman/main/base"; listing "$LAB_DIR/barman/main/meta") == "$before" ]] || failed "$1: something was written"
}
exec {lock}>>"$LAB_DIR/barman/.main-backup.lock"
flock "$lock"
refuse_backup "another backup is running" "Another backup process is running"
exec {lock}>&-
lab_stop_cluster source
refuse_backup "PostgreSQL is down" "Impossible to start the backup. Check the log for more details, or run 'barman check main'"
expect_status 1 barman switch-wal main
expect_text "switch-wal without PostgreSQL" "ERROR: " "$output"

# What was refused above works as soon as the reason is gone.
run barman restore "${moved[@]}" main latest "$target"
lab_start_restored target "$target"
lab_wait_for_promotion target
expect_true "the restored cluster answers" lab_sql_is target 3000 \
  "select (select count(*) from ledger) + (select count(*) from ledger_a) + (select count(*) from ledger_b)"
