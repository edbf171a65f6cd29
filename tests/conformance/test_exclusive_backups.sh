#!/usr/bin/env bash
# Exclusive backups, which PostgreSQL has up to 14 (LAB_POSTGRESQL): both say and leave the same, and each restores what the
# other has taken.
. "${BASH_SOURCE[0]%/*}/common.sh"

if ((LAB_PG_MAJOR > 14)); then
  echo "SKIPPED: PostgreSQL $LAB_PG_MAJOR takes no exclusive backups; set LAB_POSTGRESQL to the programs of 14 or earlier" >&2
  exit 77
fi

lab_create_cluster source --wal-segsize=1
lab_create_tables source
# Barman's own statement is another function than ours.
lab_sql source "grant execute on function pg_stop_backup() to barman"
lab_add_rows source 500 >/dev/null
lab_keep_busy source
lab_configure_server main source local-rsync "reuse_backup = link"
sed -i 's/^backup_options = .*/backup_options = exclusive_backup/' "$LAB_DIR/etc/barman.d/main.conf"
incoming=$LAB_DIR/barman/main/incoming
mkdir -p "$incoming"
lab_archive_with source "test ! -f $incoming/%f && cp %p $incoming/%f.tmp && mv $incoming/%f.tmp $incoming/%f"
lab_sql source "select pg_switch_wal()" >/dev/null
some_wal() { ours archive-wal main >/dev/null && [[ -n $(archived_segments main) ]]; }
lab_wait_for 30 "the first WAL" some_wal
same_answers "check main"
use ours
take_backup main

declare -A shape=()
for side in reference ours; do
  use "$side"
  answer "$side" backup --wait main |
    sed -E 's/[0-9.]+ [KM]iB/SIZE/g; s/-[0-9.]+%/RATIO/; /^Processing xlog segments/d; /^\t[0-9A-F]{24}(\..*)?$/d' >"$answers/backup.$side"
  backup=$(lab_latest_backup main)
  shape[$side]=$(normalise working <"$LAB_DIR/barman/main/meta/$backup-backup.info" | sed -E 's/[0-9]+/N/g; /^copy_stats/d')
  same_catalogue "a backup by $side" main "$backup"
  use "$(other "$side")"
  restore_and_start copy main "$backup"
  expect_rows "a backup by $side, restored by the other" copy "$(lab_fingerprint source)"
  discard copy
done
compare "what a backup says" working "$answers/backup.reference" "$answers/backup.ours"
same_text "its fields" "${shape[reference]}" "${shape[ours]}"
conclude
