#!/usr/bin/env bash
# Exclusive backups, which PostgreSQL has up to 14 (LAB_POSTGRESQL): both say and leave the same, and each restores what the
# other has taken.
. "${BASH_SOURCE[0]%/*}/common.sh"
# shellcheck source=../integration/exclusive.sh
. "${BASH_SOURCE[0]%/*}/../integration/exclusive.sh"
# Barman's own statement is another function than ours.
lab_sql source "grant execute on function pg_stop_backup() to barman"
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
