# shellcheck shell=bash disable=SC2034
# What block-level incremental backups are taken of: a cluster "source" that summarises its WAL, with something always
# happening in it. $tools has the programs of PostgreSQL, for tests that replace one; $area is a work area. Sourced after
# common.sh; a test that needs it is skipped before PostgreSQL 17 (LAB_POSTGRESQL, or the newest that is installed).

if ((LAB_PG_MAJOR < 17)); then
  echo "SKIPPED: PostgreSQL $LAB_PG_MAJOR takes no incremental backups; set LAB_POSTGRESQL to the programs of 17 or later" >&2
  exit 77
fi

lab_start_sshd
lab_create_cluster source --wal-segsize=1
lab_create_tables source
lab_sql source "alter system set summarize_wal = on"
lab_sql source "select pg_reload_conf()" >/dev/null
lab_wait_for 10 "summarize_wal" lab_sql_is source on "show summarize_wal"
lab_add_rows source 2000 >/dev/null
lab_keep_busy source
area=$LAB_DIR/area tools=$LAB_DIR/tools
mkdir "$area" "$tools"
ln -s "$LAB_PG_BIN"/* "$tools/"
