#!/usr/bin/env bash
# put-wal takes a tar stream with checksums, all or nothing; get-wal gives the files back.
. "${BASH_SOURCE[0]%/*}/common.sh"

lab_create_cluster source
lab_configure_server main source local-rsync
wal=000000010000000000000001 next=000000010000000000000002
incoming=$LAB_DIR/barman/main/incoming
work=$LAB_DIR/tmp/work
mkdir "$work"
cd "$work"
head -c 16777216 /dev/urandom >$wal
head -c 16777216 /dev/urandom >$next
touch -d "2024-02-29 12:34:56.789" $wal

put() { tar -c --format=pax "$@" | barman put-wal main; }
refused() { # WHAT MESSAGE FILE...
  local what=$1 message=$2; shift 2
  expect_status 1 put "$@"
  expect_text "$what is refused" "$message" "$output"
  expect_equal "$what: nothing is left" "" "$(ls -A "$incoming")"
}

run barman put-wal --test main
expect_line "put-wal --test" "Ready to accept WAL files for the server main" "$output"
run barman get-wal --test main x
expect_line "get-wal --test" "Ready to retrieve WAL files from the server main" "$output"

sha256sum --binary $next >SHA256SUMS
refused "a file without checksum" "ERROR: Checksum without corresponding file '$next' in put-wal for server 'main'" $wal SHA256SUMS
: >SHA256SUMS
refused "a missing checksum" "ERROR: Missing checksum for file '$wal' in put-wal for server 'main'" $wal SHA256SUMS
sha256sum --binary $next | sed "s/$next/$wal/" >SHA256SUMS
refused "a wrong checksum" "ERROR: Bad file checksum '$(sha256sum <$wal | cut -d' ' -f1)'" $wal SHA256SUMS
mkdir sub
cp $wal sub/
refused "a path" "Unsupported filename 'sub/$wal' in put-wal for server 'main'" sub/$wal SHA256SUMS
refused "a directory" "Unsupported file type" sub
expect_status 1 barman put-wal main </dev/null
passed "an empty stream is refused"
expect_status 1 barman put-wal main < <(sha256sum --binary $wal >SHA256SUMS; tar -c $wal SHA256SUMS | head -c 9000000)
expect_equal "a stream that is cut off leaves nothing" "" "$(ls -A "$incoming")"

sha256sum --binary $wal $next >SHA256SUMS
run put $wal $next SHA256SUMS
expect_equal "two files are accepted silently" "" "$output"
expect_true "unchanged" cmp $wal "$incoming/$wal"
expect_equal "with their time stamp" "$(stat -c %.3Y $wal)" "$(stat -c %.3Y "$incoming/$wal")"
run put $wal $next SHA256SUMS
expect_equal "the same files once more are accepted" "$wal"$'\n'"$next" "$(ls -A "$incoming")"
expect_true "get-wal finds them before they are archived" cmp <(barman get-wal main $wal) $wal
run barman archive-wal main
expect_equal "they are archived" "$wal $next" "$(archived_segments main | xargs)"
expect_true "get-wal finds them in the archive" cmp <(barman get-wal main $next) $next
run barman get-wal --output-directory "$work/sub" main $wal
expect_true "get-wal writes into a directory" cmp $wal "sub/$wal"
run barman get-wal --peek 5 main $wal
expect_equal "get-wal --peek lists what follows" "$wal"$'\n'"$next" "$output"

# The same name with other content is put aside, never over the first.
rm -f $wal
head -c 16777216 /dev/urandom >$wal
md5sum --binary $wal >MD5SUMS
run put $wal MD5SUMS
run barman archive-wal main
expect_line "another file of that name is a duplicate" \
  $'\tError: '"$wal is already present in server main. File moved to errors directory." "$output"
expect_true "it is kept in errors/" cmp $wal "$(echo "$LAB_DIR"/barman/main/errors/$wal.*.duplicate)"
expect_true "the archive has the first" cmp <(barman get-wal main $wal) sub/$wal
expect_equal "and one line for it" 1 "$(archived_segments main | grep -c $wal)"

expect_status 1 barman get-wal main 0000000100000000000000FF
expect_text "a missing segment" "ERROR: WAL file '0000000100000000000000FF' not found in server 'main'" "$output"
expect_status 3 barman get-wal main nonsense
expect_text "a bad name" "ERROR: 'nonsense' is not a valid wal file name" "$output"
expect_status 3 barman get-wal --output-directory "$work/absent" main $wal
passed "a missing output directory"
