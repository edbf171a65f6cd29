#!/usr/bin/env bash
# Chains of incremental backups by both programs: what they show of them, keep, refuse and delete, and what a retention
# policy makes of them. First on fabricated catalogues, then on PostgreSQL 17 or later (LAB_POSTGRESQL), where one takes
# what the other goes on with.
. "${BASH_SOURCE[0]%/*}/common.sh"
. "${BASH_SOURCE[0]%/*}/../integration/chain.sh"

show_all() { # WHEN
  local id
  for id in $full $first $second $third $younger; do
    conformance_case="$1: show-backup of $id" same_answer show-backup main "$id"
    conformance_case="$1: show-backup of $id (json)" same_answer -f json show-backup main "$id"
  done
  for question in "list-backups main" "list-backups --minimal main" "status main" "list-files --target data main $second" \
    "list-files --target standalone main $second" "keep --status main $second" "check-backup main $second"; do
    # shellcheck disable=SC2086
    conformance_case="$1: $question" same_answers "$question"
  done
}

# What cron says and leaves, whatever the order in which it takes a tree apart (docs/differences.md, D-DEL-10).
same_retention() { # WHEN "OPTION = VALUE"
  local side
  conformance_case="$1: list-backups" same_answers "list-backups main"
  conformance_case="$1: show-backup" same_answer -f json show-backup main "$second"
  keep_state
  for side in reference ours; do
    back_to_state
    answer "$side" cron 2>&1 | sed -E 's/elapsed time: [^)]*/elapsed/' | LC_ALL=C sort -u >"$answers/words.$side"
    lab_wait_for 30 "the end of what cron has started" children_over
    (cd "$LAB_DIR/barman/main" && ls base meta && find wals -type f -name '0*' | LC_ALL=C sort) >"$answers/left.$side"
  done
  back_to_state
  compare "$1: what cron says" working "$answers/words.reference" "$answers/words.ours"
  compare "$1: what cron leaves" asking "$answers/left.reference" "$answers/left.ours"
}
children_over() {
  local pid
  for pid in $(lab_marked_processes); do
    ! { tr '\0' ' ' <"/proc/$pid/cmdline" | grep -qE ' (cron|(archive-wal|check-backup) main)'; } 2>/dev/null || return 1
  done
}

# ---- Fabricated -----------------------------------------------------------------------------------------------------

place_chain
show_all "a chain"
for question in "keep --target full main $second" "keep --release main $second" "export-backup main $second $LAB_DIR/tmp" \
  "backup --incremental nothing main" "backup --incremental auto main" "verify-backup main $second" "generate-manifest main $second"; do
  [[ $question != verify* ]] || continue # of a fabricated manifest each has its own words
  same_answers "$question"
done
place_chain "minimum_redundancy = 2"
deliberately D-DEL-05 's/\(main LocalBackupInfo\(.*$/(main ID)/' same_work "the full backup below the minimum" working delete main "$full"
same_work "an increment is not protected" working delete main "$second"
place_chain
same_work "a tree" working delete main "$full"
place_chain
same_work "a branch" working delete main "$first"

# The parent's entry is gone. Without a policy Barman lists what is left; ours marks it.
place_chain
rm -r "$LAB_DIR/barman/main/meta/$first-backup.info" "$LAB_DIR/barman/main/base/$first"
conformance_case="torn: list-backups" deliberately D-CAT-19 "/($second|$third)/s/\$/ - TORN/" same_answer list-backups main
conformance_case="torn: list-backups (json)" deliberately D-CAT-19 \
  "s/(\"backup_id\": \"($second|$third)\"[^}]*\"status\": \"DONE\")/\\1, \"torn\": true/g" same_answer -f json list-backups main
conformance_case="torn: show-backup" deliberately D-CAT-19 \
  "s/^(    Backup chain size    : 1)\$/\\1\\n    Not restorable       : backup $first, the parent of $second, is not in the catalogue/" \
  same_answer show-backup main "$second"
conformance_case="torn: status" same_answer status main
same_work "what is left of a torn chain" working delete main "$second"

# A policy judges a chain by its root.
for policy in "REDUNDANCY 1" "REDUNDANCY 2" "RECOVERY WINDOW OF 1 DAYS"; do
  for keep in none full standalone; do
    place_chain "retention_policy = $policy"
    [[ $keep == none ]] || printf '%s' "$keep" >"$LAB_DIR/barman/main/meta/$full-keep"
    same_retention "$policy, kept: $keep"
  done
done
place_chain "retention_policy = RECOVERY WINDOW OF 1 DAYS"
rm -r "$LAB_DIR/barman/main/meta/$younger-backup.info" "$LAB_DIR/barman/main/base/$younger"
printf standalone >"$LAB_DIR/barman/main/meta/$full-keep"
same_answers "list-backups main" "show-backup main $second"

# ---- On PostgreSQL --------------------------------------------------------------------------------------------------

if ((LAB_PG_MAJOR < 17)); then
  echo "SKIPPED: PostgreSQL $LAB_PG_MAJOR takes no incremental backups; set LAB_POSTGRESQL to the programs of 17 or later" >&2
  conclude
  exit 0
fi
rm -rf "$LAB_DIR/barman/main" "$LAB_DIR/etc/barman.d/main.conf"
lab_create_cluster source --wal-segsize=1
lab_create_tables source
lab_add_rows source 500 >/dev/null
lab_keep_busy source
lab_configure_server stream source postgres
use ours
lab_receive_wal source stream
run barman switch-wal --archive --archive-timeout 60 stream
take_backup stream --name early
same_answers "backup --incremental early stream"
lab_sql source "alter system set summarize_wal = on"
lab_sql source "select pg_reload_conf()" >/dev/null
lab_wait_for 10 "summarize_wal" lab_sql_is source on "show summarize_wal"
same_answers "backup --incremental early stream" "backup --incremental nothing stream"

# Each goes on with what the other has taken.
use reference
take_backup stream --name root
declare -A shape=()
for side in ours reference ours reference; do
  use "$side"
  lab_add_rows source 100 >/dev/null
  take_backup stream --incremental latest
  same_catalogue "an increment by $side" stream "$backup"
  shape[$side]=$(normalise working <"$LAB_DIR/barman/stream/meta/$backup-backup.info" | sed -E 's/[0-9]+/N/g; s/(children_backup_ids=).*/\1IDS/')
done
same_text "the fields of an increment" "${shape[reference]}" "${shape[ours]}"
same_catalogue "the root of the chain" stream root
same_answers "verify-backup stream latest"
for side in reference ours; do
  use "$side"
  answer "$side" backup --wait --incremental latest stream |
    sed -E 's/[0-9.]+ MiB/SIZE/; /^Processing xlog segments/d; /^\t[0-9A-F]{24}$/d' >"$answers/increment.$side"
done
compare "what an increment says" working "$answers/increment.reference" "$answers/increment.ours"
mapfile -t chain < <(ours list-backups --minimal stream | sort)
same_work "a leaf of the chain" working delete stream "${chain[-1]}"
same_work "the middle of the chain" working delete stream "${chain[4]}"
same_work "the chain" working delete stream "${chain[1]}"
conclude
