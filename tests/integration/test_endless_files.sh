#!/usr/bin/env bash
# Pipes, devices, and files of a terabyte in the place of those that are read: refused at once, by name, without waiting
# and without memory.
. "${BASH_SOURCE[0]%/*}/without_postgres.sh"

id=20270101T120000
wal=000000010000000000000002
start() {
  rm -rf "${home:?}"/{main,.[a-z]*} "$BARMAN_CONFIG_FILE" "$home/conf.d"
  write_configuration "configuration_files_directory = $home/conf.d" main
  mkdir "$home/conf.d"
  store_backup main $id
  printf '%s\t16777216\t1798804800.0\tNone\n' $wal >"$home/main/wals/main-xlog.db"
  mkdir -p "$home/main/wals/${wal:0:16}"
}
put_pipe() { mkfifo "$1"; }
put_device() { ln -s /dev/zero "$1"; }
put_sparse() { truncate -s 1T "$1"; }

# Ends by itself, within half a gigabyte and ten seconds, and does not end well where `status` says so.
bounded() { # STATUS COMMAND...
  local wanted=$1; shift
  status=0
  output=$(ulimit -v 524288 && timeout 20 "$@" 2>&1 </dev/null) || status=$?
  [[ $status == "$wanted" ]] || failed "$kind: $*: status $status instead of $wanted" "${output:0:2000}"
}

replaced() { # PATH STATUS COMMAND...: the answer names the path
  local path=$1 status=$2; shift 2
  start
  rm -rf "$path"
  put_$kind "$path"
  bounded "$status" "$@"
  [[ $output == *"${path##*/}"* ]] || failed "$kind in the place of ${path##*/}: $*: the file is not named" "${output:0:2000}"
  passed "$kind in the place of ${path#"$home"/}: $*"
}

for kind in pipe device sparse; do
  info=$home/main/meta/$id-backup.info index=$home/main/wals/main-xlog.db
  replaced "$info" 1 barman list-backups main
  replaced "$info" 1 barman show-backup main $id
  replaced "$index" 1 barman list-backups main
  replaced "$index" 1 barman delete main $id
  bounded 0 barman rebuild-xlogdb main
  expect_true "$kind in the place of wals/main-xlog.db: rebuild-xlogdb makes a file of it" test -f "$index" -a ! -L "$index"
  replaced "$home/main/meta/$id-keep" 1 barman keep --status main $id
  start
  put_$kind "$home/main/.active-model.auto"
  bounded 0 barman list-servers
  expect_line "$kind in the place of main/.active-model.auto: the server is out of use" "main - Server main (WARNING: disabled)" "$output"
  replaced "$BARMAN_CONFIG_FILE" 1 barman list-servers
  replaced "$home/.barman.auto.conf" 1 barman list-servers
  if [[ $kind == sparse ]]; then
    replaced "$home/conf.d/more.conf" 1 barman list-servers
  else # a lock file may have any size; what is no file in the directory is not for us
    start
    put_$kind "$home/conf.d/more.conf"
    bounded 0 barman list-servers
    replaced "$home/main/wals/${wal:0:16}/$wal" 1 barman get-wal main $wal
    replaced "$home/.main-backup.lock" 1 barman delete main $id
    replaced "$home/.main-cron.lock" 1 barman cron
  fi
done
start
mkdir "$home/.main-backup.lock"
kind=directory
bounded 1 barman delete main $id
expect_text "a directory in the place of a lock file is named" "cannot open lock file '$home/.main-backup.lock': Is a directory" "$output"
