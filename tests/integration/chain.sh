# shellcheck shell=bash disable=SC2034
# A fabricated catalogue with a chain of incremental backups: a full backup, one on top of it, two on top of that, and a
# younger full backup.
full=20260101T000000 first=20260102T000000 second=20260103T000000 third=20260104T000000 younger=20260105T000000

# Writes barman/main, and etc/main.conf with these options.
place_chain() { # ["OPTION = VALUE"...]
  local home=$LAB_DIR/barman/main
  rm -rf "$home"
  mkdir -p "$home"/{base,meta,incoming,errors,streaming} "$home/wals/0000000100000000"
  printf '{\n    "systemid": "7710609447529168179",\n    "version": "17"\n}' >"$home/identity.json"
  printf '%s\n' "[main]" "description = a chain" "conninfo = host=127.0.0.1 port=1 user=barman dbname=postgres" \
    "backup_method = postgres" "archiver = on" "$@" >"$LAB_DIR/etc/barman.d/main.conf"
  add_member $full 1 None $first
  add_member $first 4 $full $second,$third
  add_member $second 7 $first None
  add_member $third 10 $first None
  add_member $younger 13 None None
}

# One backup that needs two segments from NUMBER on, and is followed by one more.
add_member() { # ID NUMBER PARENT CHILDREN
  local home=$LAB_DIR/barman/main id=$1 number=$2 segment day=${1:0:4}-${1:4:2}-${1:6:2}
  mkdir -p "$home/base/$id/data/global" "$home/base/$id/16386/PG_17"
  printf 'control of %s' "$id" >"$home/base/$id/data/global/pg_control"
  printf '{ "PostgreSQL-Backup-Manifest-Version": 2,\n' >"$home/base/$id/data/backup_manifest"
  printf 'a table' >"$home/base/$id/16386/PG_17/1"
  for segment in 0 1 2; do
    segment=$(printf '0000000100000000%08X' $((number + segment)))
    printf 'wal %s' "$segment" >"$home/wals/0000000100000000/$segment"
    touch -d "$day 00:00:30 UTC" "$home/wals/0000000100000000/$segment"
    printf '%s\t28\t%s.0\tNone\tNone\n' "$segment" "$(date -d "$day 00:00:30 UTC" +%s)" >>"$home/wals/main-xlog.db"
  done
  printf '%s\n' "backup_label=None" "begin_offset=40" "begin_time=$day 00:00:00.123456+00:00" \
    "begin_wal=$(printf '0000000100000000%08X' "$number")" "begin_xlog=0/$(printf '%X' "$number")000028" "children_backup_ids=$4" \
    "cluster_size=8000" "compression=None" "config_file=/pg/postgresql.conf" "copy_stats=None" "data_checksums=on" \
    "deduplicated_size=5000" "encryption=None" "end_offset=256" "end_time=$day 00:01:00.654321+00:00" \
    "end_wal=$(printf '0000000100000000%08X' $((number + 1)))" "end_xlog=0/$(printf '%X' $((number + 1)))000100" "error=None" \
    "hba_file=/pg/pg_hba.conf" "ident_file=/pg/pg_ident.conf" "included_files=None" "mode=postgres" "parent_backup_id=$3" "pgdata=/pg" \
    "server_name=main" "size=5000" "status=DONE" "summarize_wal=on" "systemid=7710609447529168179" \
    "tablespaces=[('ts_a', 16386, '/srv/ts_a')]" "timeline=1" "version=170005" "xlog_segment_size=16777216" \
    >"$home/meta/$id-backup.info"
}
