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
sha256sum --binary $wal >SHA256SUMS
truncate -s 10000000 sub/$wal
refused_content() { # WHAT MESSAGE NAME CONTENT
  rm -rf bad
  mkdir bad
  cp "$4" "bad/$3"
  (cd bad && sha256sum --binary "$3" >SHA256SUMS)
  expect_status 1 barman put-wal main < <(tar -C bad -c --format=pax "$3" SHA256SUMS)
  expect_text "$1 is refused" "$2" "$output"
  expect_equal "$1: nothing is left" "" "$(ls -A "$incoming")"
}
refused_content "half a segment" "Unsupported content of file '$wal' (10000000 bytes, which is no size of a WAL segment)" $wal sub/$wal
refused_content "a file that is no WAL" "Unsupported filename 'notes.txt'" notes.txt /etc/hostname
refused_content "an empty segment" "Unsupported size 0 of file '$wal'" $wal /dev/null
rm sub/$wal
ln -s /etc/passwd sub/$wal
expect_status 1 barman put-wal main < <(tar -C sub -c $wal)
expect_text "a link is refused" "Unsupported file type 'b'2'' for file '$wal'" "$output"
mkfifo sub/pipe
expect_status 1 barman put-wal main < <(tar -C sub -c pipe)
expect_text "a pipe is refused" "Unsupported file type 'b'6'' for file 'pipe'" "$output"
rm sub/*
switched=$(close_segment source)
cp "${LAB_DATA[source]}/pg_wal/$switched" sub/
refused_content "a segment under the name of another" "Unsupported content of file '$next' (it begins as segment $switched)" $next "sub/$switched"
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

# The same name with other content is refused.
rm -f $wal
head -c 16777216 /dev/urandom >$wal
md5sum --binary $wal >MD5SUMS
expect_status 1 put $wal MD5SUMS
expect_text "another file of that name is refused" \
  "ERROR: Unsupported content of file '$wal' (another of this name is archived already) in put-wal for server 'main'" "$output"
expect_equal "it never waits" "" "$(ls -A "$incoming")"
expect_equal "nor is it stored" "" "$(ls -A "$LAB_DIR/barman/main/errors")"
expect_true "the archive has the first" cmp <(barman get-wal main $wal) sub/$wal
expect_equal "and one line for it" 1 "$(archived_segments main | grep -c $wal)"

expect_status 1 barman get-wal main 0000000100000000000000FF
expect_text "a missing segment" "ERROR: WAL file '0000000100000000000000FF' not found in server 'main'" "$output"
expect_status 3 barman get-wal main nonsense
expect_text "a bad name" "ERROR: 'nonsense' is not a valid wal file name" "$output"
expect_status 3 barman get-wal --output-directory "$work/absent" main $wal
passed "a missing output directory"
for name in "../../../etc/passwd" /etc/passwd "$LAB_DIR/barman/main/wals/${wal:0:16}/$wal" "${wal:0:16}/$wal" . ..; do
  expect_status 3 barman get-wal main "$name"
done
passed "get-wal takes no paths"
ln -s /etc/passwd "$incoming/0000000100000000000000FE"
expect_status 1 barman get-wal main 0000000100000000000000FE
passed "and follows no link out of incoming/"
rm "$incoming/0000000100000000000000FE"

# A killed put-wal leaves nothing behind, and nobody can read what is not whole yet.
sha256sum --binary $next >SHA256SUMS
{ tar -c --format=pax $next SHA256SUMS | head -c 9000000 || true; sleep 60; } | barman put-wal main &
pid=
received=
being_received() { # sets both to what is found
  local link
  pid=$(pgrep -u "$LAB_USER" -f "^barman put-wal main\$") || return 1
  for link in "/proc/$pid/fd/"*; do
    [[ $(readlink "$link") != "$incoming"/* ]] || { received=$link; return 0; }
  done
  return 1
}
lab_wait_for 10 "put-wal at work" being_received
expect_equal "what is being received can be read by its owner alone" 600 "$(stat -L -c %a "$received")"
kill -KILL "$pid"
lab_wait_for 10 "its end" lab_all_gone "$pid"
expect_equal "killed, it leaves nothing" "" "$(ls -A "$incoming")"

# While it waits for more, a signal ends it as it ends everything else.
for signal in TERM INT; do
  mkfifo "$work/slow"
  barman put-wal main <"$work/slow" 2>"$work/said" &
  waiting=$!
  exec {slow}>"$work/slow"
  { tar -c --format=pax $next SHA256SUMS | head -c 9000000; } >&"$slow" || true
  lab_wait_for 10 "put-wal at work" being_received
  kill -"$signal" "$pid"
  lab_wait_for 10 "its end after SIG$signal" lab_all_gone "$pid"
  status=0
  wait "$waiting" || status=$?
  expect_equal "SIG$signal: it ends at once, with an error" 1 "$status"
  exec {slow}>&-
  expect_text "SIG$signal: it says why" "Process " "$(cat "$work/said")"
  expect_equal "SIG$signal: nothing is left" "" "$(ls -A "$incoming")"
  rm "$work/slow"
done
