# shellcheck shell=bash disable=SC2034
# What exclusive backups are taken of, which PostgreSQL has up to 14: a cluster "source" and its server "main", whose first
# WAL is archived. Sourced after common.sh; a test that needs it is skipped with a later PostgreSQL (LAB_POSTGRESQL).

if ((LAB_PG_MAJOR > 14)); then
  echo "SKIPPED: PostgreSQL $LAB_PG_MAJOR takes no exclusive backups; set LAB_POSTGRESQL to the programs of 14 or earlier" >&2
  exit 77
fi

lab_create_cluster source --wal-segsize=1
lab_create_tables source
lab_add_rows source 2000 >/dev/null
lab_keep_busy source
lab_configure_server main source local-rsync "reuse_backup = link"
sed -i 's/^backup_options = .*/backup_options = exclusive_backup/' "$LAB_DIR/etc/barman.d/main.conf"
incoming=$LAB_DIR/barman/main/incoming
mkdir -p "$incoming"
lab_archive_with source "test ! -f $incoming/%f && cp %p $incoming/%f.tmp && mv $incoming/%f.tmp $incoming/%f"
lab_sql source "select pg_switch_wal()" >/dev/null
archiving=barman
! declare -F ours >/dev/null || archiving=ours # beside Barman
some_wal() { "$archiving" archive-wal main >/dev/null && [[ -n $(archived_segments main) ]]; }
lab_wait_for 30 "the first WAL" some_wal
