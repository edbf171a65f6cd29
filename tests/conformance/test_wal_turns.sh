#!/usr/bin/env bash
# The archive by turns: each side delivers, archives and compresses, both list, count and hand out the same, and neither
# finds anything to change in the index that the other wrote.
. "${BASH_SOURCE[0]%/*}/common.sh"

lab_start_sshd
lab_create_cluster source --wal-segsize=1
lab_create_tables source
witness=$LAB_DIR/witness
mkdir "$witness"
configure() { lab_configure_server main source rsync "$@"; }
configure
use reference
lab_push_wal source main
lab_archive_with source "barman-wal-archive -U $LAB_USER 127.0.0.1 main %p && cp %p $witness/%f"
take_backup main

# Three segments, delivered by PostgreSQL with the client of the side whose turn it is.
write_wal() {
  local segment
  for _ in 1 2 3; do segment=$(close_segment source); done
  lab_wait_for 30 "segment $segment" test -f "$witness/$segment"
}

# Not snappy: the python3-snappy of Debian bookworm fails with its Python, so the reference cannot write it there.
for compression in none gzip zstd lz4 xz bzip2 pigz; do
  if [[ $compression == none ]]; then configure; else configure "compression = $compression"; fi
  for side in reference ours; do
    use "$side"
    write_wal
    listed=$(cd "$LAB_DIR/barman/main/incoming" && printf '\t%s\n' *)
    run barman archive-wal main
    same_text "archive-wal by $side with $compression: what it says" \
      "Processing xlog segments from file archival for main"$'\n'"$listed" "$output"
    last=$(catalogue main | tail -n 1 | cut -f 1)
    for reader in reference ours; do
      run "$reader" get-wal --output-directory "$LAB_DIR/tmp" main "$last"
      holds "archive-wal by $side with $compression: get-wal by $reader" cmp -s "$LAB_DIR/tmp/$last" "$witness/$last"
    done
    [[ $compression == pigz ]] || same_index_after_rebuild "archive-wal by $side with $compression" main
  done
done
same_catalogue "after all of them" main latest
# Both rebuilds name pigz by what its files look like.
cp "$LAB_DIR/barman/main/wals/main-xlog.db" "$answers/index"
run ours rebuild-xlogdb main
same_file "a rebuild by ours changes nothing but the name of pigz" <(sed 's/\tpigz\t/\tgzip\t/' "$answers/index") \
  "$LAB_DIR/barman/main/wals/main-xlog.db"
same_index_after_rebuild "then" main

first=$(archived_segments main | head -n 1) last=$(archived_segments main | tail -n 1)
same_answers "get-wal --peek 7 main $first" "get-wal --peek 7 main 00000001000000FF00000001" \
  "get-wal main 00000001000000FF00000001" "get-wal main nonsense" "get-wal --test main any" "archive-wal main"

# Files that are refused are refused alike.
for side in reference ours; do
  use "$side"
  echo junk >"$LAB_DIR/barman/main/incoming/not-wal"
  echo other >"$LAB_DIR/barman/main/incoming/$last"
  answer "$side" archive-wal main >"$answers/refused.$side"
  sleep 1 # the names in errors/ hold the second
done
compare "a duplicate and an unknown file" asking "$answers/refused.reference" "$answers/refused.ours"
same_answers "check main"
same_text "names in errors/" "$(printf '%s\n' "$last".ID.{duplicate,duplicate} not-wal.ID.{unknown,unknown})" \
  "$(cd "$LAB_DIR/barman/main/errors" && printf '%s\n' * | sed -E 's/[0-9]{8}T[0-9]{6}Z/ID/')"
conclude
