#!/usr/bin/env bash
# Compressed base backups taken by each side: both describe them alike, and the other one unpacks them.
. "${BASH_SOURCE[0]%/*}/common.sh"

lab_create_cluster source --wal-segsize=1
lab_create_tables source
lab_add_rows source 500 >/dev/null
lab_keep_busy source
lab_configure_server stream source postgres
use ours
lab_receive_wal source stream
run ours switch-wal --archive --archive-timeout 60 stream

for kind in gzip-tar zstd-tar lz4-plain none-tar; do
  lab_configure_server stream source postgres "backup_compression = ${kind%-*}" "backup_compression_format = ${kind#*-}" \
    "backup_compression_location = server" "staging_path = $LAB_DIR/tmp" "staging_location = local" "compression = zstd"
  for side in reference ours; do
    run "$side" backup --wait --wait-timeout 60 stream
    backup=$(lab_latest_backup stream)
    rows=$(lab_fingerprint source)
    same_answers "show-backup stream $backup" "check-backup stream $backup"
    same_index_after_rebuild "after a $kind backup by $side" stream
    same_answer list-files stream "$backup"
    tree "$LAB_DIR/barman/stream/base/$backup" | grep -v -e '/data/.*/' -e '^backup.info ' >"$answers/tree.$side"

    mkdir -p "$LAB_DIR/restore/copy"
    run "$(other "$side")" restore --tablespace "ts_a:$LAB_DIR/restore/copy/ts_a" --tablespace "ts_b:$LAB_DIR/restore/copy/ts_b" \
      --target-immediate --target-action promote stream "$backup" "$LAB_DIR/restore/copy/data"
    lab_start_restored copy "$LAB_DIR/restore/copy/data"
    lab_wait_for_promotion copy
    expect_rows "a $kind backup by $side, restored by the other" copy "$rows"
    discard copy
  done
  cut -d ' ' -f 1-3 "$answers/tree.reference" >"$answers/tree.wanted"
  cut -d ' ' -f 1-3 "$answers/tree.ours" >"$answers/tree.got"
  [[ ${kind#*-} == plain ]] || compare "$kind: names, kinds and modes of what the backup holds" asking "$answers/tree.wanted" "$answers/tree.got"
done
same_answers "list-backups stream" "check stream"
conclude
