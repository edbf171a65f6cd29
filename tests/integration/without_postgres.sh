# shellcheck shell=bash
# What tests of the command line start with: a home and servers of which nothing answers. Nothing is started that would have
# to be stopped. A test prints one line for each thing it has seen to hold, and ends at the first that does not.
set -euo pipefail

# shellcheck source=../../scripts/lib/lab.sh
. "${BASH_SOURCE[0]%/*}/../../scripts/lib/lab.sh"
# shellcheck source=expectations.sh
. "${BASH_SOURCE[0]%/*}/expectations.sh"
: "${BARMAN_BIN_DIR:?set it to the directory that holds barman, barman-wal-archive and barman-wal-restore}"
lab_become_ordinary_user "$0" "$@" # root could read what must not be readable
home=$(mktemp -d)
trap 'chmod -R u+rwX "$home"; rm -rf "$home" ${LAB_DIR:+"$LAB_DIR"}' EXIT
export PATH=$BARMAN_BIN_DIR:$PATH BARMAN_CONFIG_FILE=$home/barman.conf LC_ALL=C.UTF-8 TZ=UTC HOME=$home
unset "${!PG@}" "${!BARMAN_LAB@}"

# Servers of which nobody answers; the lines go into [barman].
write_configuration() { # LINES SERVER...
  local server
  printf '[barman]\nbarman_home = %s\nbarman_user = %s\nlog_file = %s/barman.log\n%s\n' "$home" "$(id -un)" "$home" "$1" \
    >"$BARMAN_CONFIG_FILE"; shift
  for server; do
    printf '[%s]\ndescription = Server %s\nconninfo = host=%s dbname=postgres\narchiver = on\nbackup_method = postgres\n' \
      "$server" "$server" "$home" >>"$BARMAN_CONFIG_FILE"
    mkdir -p "$home/$server"/{base,errors,incoming,meta,streaming,wals}
  done
}

# A backup as it is in the catalogue when it is done, without its files.
store_backup() { # SERVER ID [STATUS]
  mkdir -p "$home/$1/base/$2/data"
  cat >"$home/$1/meta/$2-backup.info" <<END
backup_label=None
begin_offset=40
begin_time=2027-01-01 12:00:00+00:00
begin_wal=000000010000000000000002
begin_xlog=0/2000028
cluster_size=1000
compression=None
end_offset=304
end_time=2027-01-01 12:00:10+00:00
end_wal=000000010000000000000002
end_xlog=0/2000130
error=None
mode=postgres
pgdata=/var/lib/postgresql/data
server_name=$1
size=1000
status=${3:-DONE}
systemid=7000000000000000000
tablespaces=None
timeline=1
version=150000
xlog_segment_size=16777216
END
}
