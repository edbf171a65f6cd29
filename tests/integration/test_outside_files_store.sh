#!/usr/bin/env bash
# A streaming backup that goes into an object store has the configuration files that the server has outside PGDATA, too: a
# restore puts them beside the data, here and on another host, out of a chain of increments as well.
. "${BASH_SOURCE[0]%/*}/object_store.sh"
. "${BASH_SOURCE[0]%/*}/common.sh"

lab_start_sshd
lab_create_cluster source --wal-segsize=1
lab_create_tables source
lab_add_rows source 1000 >/dev/null
etc=$LAB_DIR/pg/source/etc data=${LAB_DATA[source]}
mkdir -p "$etc/empty.d"
lab_stop_cluster source
mv "$data/pg_hba.conf" "$data/pg_ident.conf" "$etc/"
printf '%s\n' "hba_file = '$etc/pg_hba.conf'" "ident_file = '$etc/pg_ident.conf'" "include_dir = '$etc/empty.d'" >>"$data/postgresql.conf"
lab_start_cluster source
start_store
url=$(url_of lab/pg)
run cloud check-wal-archive "$url" main # makes the bucket
lab_configure_server main source postgres "basebackups_directory = $url" "ssh_command = $LAB_SSH" "${store_settings[@]}"
lab_receive_wal source main
run lab_archive_now source main
files=$(printf '%s\n' "$etc/pg_hba.conf" "$etc/pg_ident.conf")

expect_restored() { # WHAT NAME [OPTION...]
  local what=$1 name=$2 directory; shift 2
  restore_and_start "$name" main latest "$@"
  expect_text "$what: the report says where" "These configuration files from outside PGDATA are below barman_configuration/" "$output"
  directory=$LAB_DIR/restore/$name/data/barman_configuration
  expect_equal "$what: they are there" "$files" "$(cd "$directory" && find . -type f -printf '/%P\n' | sort)"
  expect_equal "$what: as they are" "$(sha256sum <"$etc/pg_hba.conf")" "$(sha256sum <"$directory$etc/pg_hba.conf")"
  expect_equal "$what: for nobody else" "600 700" "$(stat -c %a "$directory$etc/pg_hba.conf") $(stat -c %a "$directory")"
  expect_true "$what: with a directory that is empty" test -d "$directory$etc/empty.d"
  expect_rows "$what: the cluster works" "$name" "$rows"
  discard "$name"
}

take_backup main
expect_false "nothing is left to be said" grep -q "does not copy the PostgreSQL configuration files" <<<"$output"
expect_text "they are kept" "Kept 2 configuration files from outside PGDATA with the backup" "$output"
rows=$(lab_fingerprint source)
expect_restored "here" here
expect_restored "on another host" there --remote-ssh-command "$LAB_SSH"
if ((LAB_PG_MAJOR >= 17)); then
  lab_sql source "alter system set summarize_wal = on" >/dev/null
  lab_sql source "select pg_reload_conf()" >/dev/null
  take_backup main
  lab_add_rows source 500 >/dev/null
  echo "# changed" >>"$etc/pg_hba.conf"
  take_backup main --incremental "$backup"
  rows=$(lab_fingerprint source)
  expect_restored "of an increment" increment
fi
run barman delete main oldest
expect_equal "a deletion leaves nothing" "" "$(objects lab "pg/main/base/" | grep barman_configuration || true)"
