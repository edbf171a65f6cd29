#!/usr/bin/env bash
# Commands about WAL files and the index: the same words, streams and files.
. "${BASH_SOURCE[0]%/*}/common.sh"
. "${BASH_SOURCE[0]%/*}/small_catalogue.sh"

same_answers "check-wal-archive main" "check-wal-archive --timeline 2 main" "check-wal-archive --timeline 1 main" "check-wal-archive empty" \
  "check-wal-archive nowhere" "check-archived-wal-range main $first $last" "check-archived-wal-range main $first 0000000100000000000000F0" \
  "check-archived-wal-range main $last $first" "check-archived-wal-range main x $first" "check-archived-wal-range empty $first $last" \
  "check-archived-wal-range nowhere $first $last" "get-wal --peek 3 main $first" "get-wal --test main x" "get-wal main 0000000100000000000000F0" \
  "get-wal main x" "get-wal nowhere $first" "put-wal --test main" "put-wal --test nowhere" "put-wal --test quiet" \
  "cloud-wal-archive main $segment" "cloud-wal-archive main /nonexistent" "cloud-wal-archive nowhere $segment" \
  "cloud-wal-archive main $LAB_DIR" "cloud-wal-archive main $BARMAN_CONFIG_FILE" "cloud-wal-restore main $last $LAB_DIR/tmp/x" "cloud-wal-restore nowhere $last x"
for options in "" "--bzip2" "--keep-compression" "--partial"; do
  # shellcheck disable=SC2086
  same_console_request get-wal $options --output-directory "$LAB_DIR/barman" main "$last"
done
for side in reference ours; do
  "$side" get-wal main "$last" >"$answers/segment.$side"
done
for side in reference ours; do "$side" get-wal --gzip main "$last" | gunzip >"$answers/unpacked.$side"; done
same_file "get-wal --gzip, unpacked" "$answers/unpacked.reference" "$answers/unpacked.ours"
same_file "get-wal to standard output" "$answers/segment.reference" "$answers/segment.ours"

# put-wal reads a tar stream; the answer is given with standard input in its place.
put() { # CASE MEMBER-DIRECTORY
  local case=$1 side
  keep_state
  for side in reference ours; do
    back_to_state
    status=0
    (cd "$2" && tar -cf - --format pax ./*) | "$side" put-wal main >"$answers/put.$side" 2>&1 || status=$?
    echo "status $status" >>"$answers/put.$side"
    cp "$answers/put.$side" "$answers/words.$side"
    left_behind "$LAB_DIR/barman/main/incoming" >"$answers/left.$side"
  done
  compare "put-wal, $case: what it says" asking "$answers/words.reference" "$answers/words.ours"
  conformance_row='' conformance_translation=''
  compare "put-wal, $case: what it leaves" asking "$answers/left.reference" "$answers/left.ours"
  back_to_state
}
new=$last # what is in a segment says which it is
stage() { rm -rf "$LAB_DIR/members"; mkdir "$LAB_DIR/members"; }
stage; cp "$answers/segment.ours" "$LAB_DIR/members/$new"; (cd "$LAB_DIR/members" && sha256sum "$new" >SHA256SUMS); put "a segment" "$LAB_DIR/members"
stage; cp "$answers/segment.ours" "$LAB_DIR/members/$new"; (cd "$LAB_DIR/members" && md5sum "$new" >MD5SUMS); put "a segment with MD5" "$LAB_DIR/members"
stage; cp "$answers/segment.ours" "$LAB_DIR/members/$new"; echo "0  $new" >"$LAB_DIR/members/SHA256SUMS"; put "a wrong sum" "$LAB_DIR/members"
stage; cp "$answers/segment.ours" "$LAB_DIR/members/$new"; put "no sum" "$LAB_DIR/members"
stage; echo x >"$LAB_DIR/members/other"
deliberately D-WAL-04 \
  "s/Missing checksum for file 'other'/Unsupported filename 'other'/" put "another file" "$LAB_DIR/members"

# archive-wal and rebuild-xlogdb from the same state.
waiting=$(next_segment "$last" 1)
segment_as "$waiting" 1 <"$answers/segment.ours" >"$LAB_DIR/barman/main/incoming/$waiting"
echo "1	0/5000000	no recovery target specified" >"$LAB_DIR/barman/main/incoming/00000002.history"
same_request archive-wal main
for server in empty quiet nowhere; do same_console_request archive-wal "$server"; done
same_request rebuild-xlogdb main
for server in empty quiet nowhere all; do same_console_request rebuild-xlogdb "$server"; done
echo "garbage line" >>"$LAB_DIR/barman/main/wals/main-xlog.db"
same_request rebuild-xlogdb main
conclude
