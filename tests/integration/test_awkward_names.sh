#!/usr/bin/env bash
# Names and paths that a shell would take apart go through every command unharmed, here and over ssh: WAL, backups, restores,
# get-wal and the copies of a passive node.
. "${BASH_SOURCE[0]%/*}/common.sh"

# shellcheck disable=SC2016 # What a shell would expand is the point.
# What a shell would make of them, wherever it is.
server='it'\''s a "main" $(touch owned) `touch owned`; touch owned & * \ #'
dashed='-rf'
# shellcheck disable=SC2016
weird='d'\''ir "with" $(touch owned) `touch owned`; * \ & #'
# shellcheck disable=SC2016
tablespace=$'te'\''st "space" $(touch owned)\n;touch owned *'

lab_start_sshd
lab_create_cluster source --wal-segsize=1
lab_stop_cluster source
mkdir "$LAB_DIR/pg/$weird"
mv "${LAB_DATA[source]}" "$LAB_DIR/pg/$weird/da ta"
# Without pg_ctl, which hands the path to a shell.
start_in() { # NAME DATA [POSTGRES OPTION...]
  local name=$1 data=$2; shift 2
  LAB_DATA[$name]=$data
  postgres -D "$data" -c listen_addresses=127.0.0.1 -c port="${LAB_PORT[$name]}" -c unix_socket_directories="$LAB_DIR/sockets" "$@" \
    >>"$LAB_DIR/log/postgresql-$name.log" 2>&1 &
  lab_wait_for 60 "PostgreSQL in $data" lab_sql_is "$name" 1 "select 1"
}
start_in source "$LAB_DIR/pg/$weird/da ta"
location="$LAB_DIR/pg/${weird//\'/}/t s" # PostgreSQL takes no quote here
mkdir -p "$location"
lab_sql source "create tablespace \"${tablespace//\"/\"\"}\" location '$location'"
lab_sql source "create table ledger (id int primary key, note text) tablespace \"${tablespace//\"/\"\"}\""
lab_sql source "insert into ledger select n, md5(n::text) from generate_series(1, 1000) n"
fingerprint() { lab_sql "$1" "select count(*) || md5(string_agg(ledger::text, '|' order by id)) from ledger"; }

mkdir "$LAB_DIR/$weird"
configure() { # SERVER FILE OPTION...
  local name=$1 file=$2; shift 2
  lab_configure_server "$file" source rsync "backup_directory = $LAB_DIR/$weird/$file" "compression = gzip" "reuse_backup = link" "$@"
  sed -i "1s/.*/[placeholder]/" "$LAB_DIR/etc/barman.d/$file.conf"
  # Not with sed: the name holds what it would understand.
  { printf '[%s]\n' "$name"; tail -n +2 "$LAB_DIR/etc/barman.d/$file.conf"; } >"$LAB_DIR/tmp/conf"
  mv "$LAB_DIR/tmp/conf" "$LAB_DIR/etc/barman.d/$file.conf"
}
configure "$server" main
configure "$dashed" dashed
cd "$LAB_DIR/tmp"
run barman list-servers --minimal
expect_line "the name is read as it is written" "$server" "$output"

# ---- WAL: put-wal and get-wal over ssh ------------------------------------------------------------------------------

quoted() { printf "'%s'" "${1//\'/\'\\\'\'}"; }
for name in "$server" "$dashed"; do
  run barman-wal-archive --test -U "$LAB_USER" host -- "$name" x
  expect_text "put-wal of server $name" "Ready to accept WAL files for the server $name" "$output"
  run barman-wal-restore --test -U "$LAB_USER" host -- "$name" x y
  expect_text "get-wal of server $name" "Ready to retrieve WAL files from the server $name" "$output"
  lab_archive_with source "barman-wal-archive -U $LAB_USER host -- $(quoted "$name") %p"
  run barman switch-wal --force --archive --archive-timeout 60 -- "$name"
  file=main
  [[ $name != "$dashed" ]] || file=dashed
  wal=$(cut -f1 "$LAB_DIR/$weird/$file/wals/"*-xlog.db | tail -n 1)
  run barman-wal-restore -U "$LAB_USER" host -- "$name" "$wal" "$LAB_DIR/tmp/$weird"
  expect_true "$wal goes there and comes back" cmp "$LAB_DIR/tmp/$weird" "${LAB_DATA[source]}/pg_wal/$wal"
done

# ---- Backup and restore by rsync over ssh ---------------------------------------------------------------------------

field() { sed -n "s/^$2=//p" "$LAB_DIR/$weird/main/meta/$1-backup.info"; }
lab_archive_with source "barman-wal-archive -U $LAB_USER host -- $(quoted "$server") %p"
for turn in first second; do
  run barman backup --wait --wait-timeout 60 -- "$server"
  backup=$(barman list-backups --minimal -- "$server" | sed -n 1p)
  [[ $(field "$backup" status) == DONE ]] || failed "the $turn backup" "$output"
  lab_sql source "insert into ledger select max(id) + 1, 'later' from ledger" >/dev/null
done
passed "two backups, the second with links into the first"
run barman list-files -- "$server" "$backup"
run barman show-backup -- "$server" "$backup"
expect_text "show-backup tells the tablespace" "$location" "$output"
run barman check-backup -- "$server" "$backup"
run barman switch-wal --force --archive --archive-timeout 60 -- "$server"
content=$(fingerprint source)

restored=0
restore_to() { # WHAT OPTION...
  local what=$1 target; shift
  restored=$((restored + 1))
  target="$LAB_DIR/restore/$restored $weird"
  run barman restore --tablespace "$tablespace:$target/t s" "$@" -- "$server" "$backup" "$target/da ta"
  lab_free_port
  LAB_PORT[copy]=$REPLY
  start_in copy "$target/da ta" -c archive_mode=off
  lab_wait_for_promotion copy
  expect_equal "$what" "$content" "$(fingerprint copy)"
  lab_stop_cluster copy immediate
}
restore_to "restored here"
restore_to "restored over ssh" --remote-ssh-command "$LAB_SSH"
restore_to "restored here, WAL by get-wal" --get-wal
restore_to "restored over ssh, WAL by barman-wal-restore" --remote-ssh-command "$LAB_SSH" --get-wal \
  --restore-command "barman-wal-restore -U $LAB_USER host -- $(quoted "$server") %f %p"
moment=$(lab_sql source "select clock_timestamp()")
lab_sql source "delete from ledger" >/dev/null
run barman switch-wal --force --archive --archive-timeout 60 -- "$server"
restore_to "restored over ssh to a point in time" --remote-ssh-command "$LAB_SSH" --target-time "$moment" --target-action promote \
  --staging-wal-directory "$LAB_DIR/restore/staged $weird"

# ---- A passive node -------------------------------------------------------------------------------------------------

mkdir -p "$LAB_DIR/passive $weird" "$LAB_DIR/etc/passive.d"
{
  sed "s#barman\.d#passive.d#" "$BARMAN_CONFIG_FILE" | grep -v ^barman_home
  printf '%s\n' "barman_home = $LAB_DIR/passive $weird"
} >"$LAB_DIR/etc/passive.conf"
printf '%s\n' "[$server]" "primary_ssh_command = $LAB_SSH" "compression = gzip" >"$LAB_DIR/etc/passive.d/all.conf"
passive() { barman -c "$LAB_DIR/etc/passive.conf" "$@"; }
home="$LAB_DIR/passive $weird/$server"
run passive sync-info --primary -- "$server"
for id in $(barman list-backups --minimal -- "$server"); do run passive sync-backup -- "$server" "$id"; done
run passive sync-wals -- "$server"
expect_line "the copy is DONE" "status=DONE" "$(cat "$home/meta/$backup-backup.info")"
diff -r -x backup.info "$LAB_DIR/$weird/main/base/$backup" "$home/base/$backup" || failed "the copy differs"
passed "with every byte of the original"
expect_true "the index, too" cmp "$home/wals/$server-xlog.db" "$LAB_DIR/$weird/main/wals/$server-xlog.db"

# ---- The rest -------------------------------------------------------------------------------------------------------

run barman delete -- "$server" "$backup"
expect_false "deleted" test -e "$LAB_DIR/$weird/main/base/$backup"
run barman rebuild-xlogdb -- "$server"
run barman keep --target full -- "$server" oldest
run barman -q cron
expect_equal "no shell has run what the names say" "" "$(find "$LAB_DIR" -name 'owned*')"
