#!/usr/bin/env bash
# 'barman init' says what a PostgreSQL server lacks until nothing is missing: what it prints is applied as it stands, one round
# after the other, and then what it says is to be done next leads to a backup. It never writes a password, nor over a file.
. "${BASH_SOURCE[0]%/*}/common.sh"

lab_start_sshd
lab_create_cluster source
. "${BASH_SOURCE[0]%/*}/remedies.sh"
lab_sql source "drop owned by barman; drop role barman; drop role streaming_barman"
lab_sql source "alter system set max_wal_senders = 1"
lab_sql source "alter system set max_replication_slots = 0"
echo "host all postgres 127.0.0.1/32 trust" >"$hba"
restart
file=$LAB_DIR/etc/barman.d/main.conf
conninfo="host=127.0.0.1 port=${LAB_PORT[source]} user=barman dbname=postgres"

# ---- Nobody answers, nothing is written
lab_free_port
expect_status 1 barman -f json init main --conninfo "host=127.0.0.1 port=$REPLY user=barman dbname=postgres"
expect_text "no answer" "Connection refused" "$(value "s['findings'][0]['detail']")"
expect_false "nothing is written" test -e "$file"

# ---- What is printed is applied
rounds=0
until lacks_nothing main --description "Main database" --conninfo "$conninfo"; do
  ((++rounds <= 8)) || failed "what is printed does not lead to a server that lacks nothing" "$output"
  expect_equal "round $rounds: it says what to do" True "$(value "len(s['remedies']) > 0")"
  apply
done
expect_equal "how often it was asked in vain: before it got in, and before there was room" 2 "$rounds"
expect_equal "everything is OK" "" "$(value "' '.join(f['name'] for f in s['findings'] if not f['ok'])")"
expect_equal "the file is as it was written" unchanged "$(value "s['outcome']")"
expect_equal "its mode" 640 "$(stat -c %a "$file")"
expect_equal "what it holds" "; Made by 'barman init main'. Passwords are in .pgpass.
[main]
description = Main database
conninfo = $conninfo
streaming_conninfo = host=127.0.0.1 port=${LAB_PORT[source]} user=streaming_barman
backup_method = postgres
streaming_archiver = on
slot_name = barman
create_slot = auto" "$(<"$file")"

# ---- What is to be done next
mapfile -t steps < <(value "'\n'.join(x['command'] for x in s['next_steps'])")
expect_equal "the steps" "barman cron
barman switch-wal --archive main
barman check main
barman backup --wait main" "$(printf '%s\n' "${steps[@]}")"
receives() { # SLOT
  lab_sql_is source t "select active from pg_replication_slots where slot_name = '$1'"
}
for step in "${steps[@]}"; do
  # shellcheck disable=SC2086 # words of a command line
  run $step
  [[ $step != "barman cron" ]] || lab_wait_for 30 "the receiver" receives barman
done
expect_equal "there is a backup" DONE "$(lab_backup_field main "$(lab_latest_backup main)" status)"

# ---- For people
before=$(<"$file")
run barman init main --description "Main database" --conninfo "$conninfo"
expect_line "a line for each thing" $'\tPostgreSQL: OK ('"$(lab_sql source "show server_version" | cut -d' ' -f1), primary)" "$output"
expect_line "the file is named" "The configuration is in $file already" "$output"
expect_line "and what to do" "        barman backup --wait main" "$output"

# ---- Never over a file
expect_status 1 barman init main --conninfo "$conninfo"
expect_text "other arguments" "ERROR: '$file' exists" "$output"
printf '[main2]\nconninfo = host=nowhere\n' >"$LAB_DIR/etc/barman.d/other.conf"
expect_status 1 barman init main2 --conninfo "$conninfo"
expect_text "a server of another file" "ERROR: 'main2' is configured already" "$output"
rm "$LAB_DIR/etc/barman.d/other.conf"
expect_equal "the file stays" "$before" "$(<"$file")"
expect_status 1 barman init ../main --conninfo "$conninfo"
expect_text "a name that leads elsewhere" "'../main' is no name for a server" "$output"
expect_status 2 barman init other
expect_text "without a connection" "the following arguments are required: --conninfo" "$output"

# ---- No password on disk
secret="secret-of-barman"
run barman init pass --slot-name pass --dry-run --conninfo "$conninfo password=$secret"
expect_text "it is known elsewhere" "password: OK" "$output"
expect_false "--dry-run writes nothing" test -e "$LAB_DIR/etc/barman.d/pass.conf"
mv "$PGPASSFILE" "$PGPASSFILE.aside"
expect_status 1 barman init pass --slot-name pass --conninfo "$conninfo password=$secret"
expect_text "it is known nowhere else" "password: FAILED" "$output"
expect_text "where it belongs" "127.0.0.1:${LAB_PORT[source]}:*:barman:PASSWORD" "$output"
mv "$PGPASSFILE.aside" "$PGPASSFILE"
expect_true "the file is there" test -e "$LAB_DIR/etc/barman.d/pass.conf"
expect_false "without the password" grep -r "$secret" "$LAB_DIR/etc" "$LAB_DIR/log/barman.log"
rm "$LAB_DIR/etc/barman.d/pass.conf"

# ---- A directory that is not ours
chmod 555 "$LAB_DIR/etc/barman.d"
expect_status 1 barman init rsynced --ssh-command "$LAB_SSH" --slot-name rsynced --conninfo "$conninfo"
chmod 755 "$LAB_DIR/etc/barman.d"
expect_text "it says so" "The configuration was not written: " "$output"
expect_line "and shows the file" "    [rsynced]" "$output"

# ---- By rsync
run barman init rsynced --ssh-command "$LAB_SSH" --slot-name rsynced --directory "$LAB_DIR/barman/elsewhere" --conninfo "$conninfo"
expect_line "ssh is tried" $'\tssh: OK' "$output"
run barman cron
lab_wait_for 30 "the other receiver" receives rsynced
run barman backup --wait --wait-timeout 60 rsynced
expect_true "the backup is where it was to go" test -d "$LAB_DIR/barman/elsewhere/base"
expect_status 1 barman init broken --slot-name broken --dry-run --ssh-command false --conninfo "$conninfo"
expect_text "an ssh command that fails" "ssh: FAILED" "$output"
