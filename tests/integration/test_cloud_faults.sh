#!/usr/bin/env bash
# The cloud programs when the store, or the way to it, fails for good: each says what it could not do, with the store's
# own words, ends with the right status, and leaves nothing half-done.
. "${BASH_SOURCE[0]%/*}/object_store.sh"
. "${BASH_SOURCE[0]%/*}/common.sh"
. "${BASH_SOURCE[0]%/*}/faults.sh"
. "${BASH_SOURCE[0]%/*}/cloud_programs.sh"

start_store
prepare_store
start_proxy
export AWS_MAX_ATTEMPTS=1
programs=(list show status keep check test wal-archive wal-restore restore delete backup)
cloud() { local program=$1; shift; timeout 60 "barman-cloud-$program" --endpoint-url "$store" --read-timeout 1 "$@"; }

# Calls a program under the faults that are set; its status must be one of WANTED, and its words contain TEXT.
call_fails() { # PROGRAM WANTED TEXT
  local got=0
  make_call "$1"
  output=$("${call[@]}" 2>&1) || got=$?
  [[ " $2 " == *" $got "* ]] || failed "$1 under '$faults_are': status $got instead of $2" "$output" "$(request_log)"
  [[ $output == *"$3"* ]] || failed "$1 under '$faults_are': says nothing of '$3'" "$output"
  no_secrets "$output"
  [[ ! -e $place ]] || failed "$1 under '$faults_are': left something at its destination" "$(ls -lA "$place")"
  [[ $1 != wal-restore ]] || expect_whole_spool "$1 under '$faults_are'"
}
set_fault() { no_faults; faults_are=$*; fault "$@"; }

# ---- Every program, whatever it asks for ------------------------------------------------------------------------------

# Faults, and what is said of them. 2 is for those that only look whether there is a connection, and for wal-restore.
answers=("403 AccessDenied" "400 ExpiredToken" "403 RequestTimeTooSkewed" "409 OperationAborted" "412 PreconditionFailed"
  "429 TooManyRequests" "500 InternalError" "503 SlowDown" "507 InsufficientStorage")
turn=0
for answer in "${answers[@]}"; do
  set_fault answer "status=${answer% *}" "code=${answer#* }" "message=their <words>"
  for program in "${programs[@]}"; do
    # All of them with FAULTS=full, else each program with a third of the answers.
    ((turn++ % 3 == 0)) || [[ ${FAULTS:-short} == full ]] || continue
    wanted=4
    [[ $program != backup ]] || wanted=1
    call_fails "$program" "$wanted" "$answer: their <words>"
    [[ $output == *"cannot "*" s3://lab"* ]] || failed "$program under '$faults_are': no operation is named" "$output"
  done
done
passed "each program says what it could not do, and the store's status, code and words"

set_fault answer status=404 code=NoSuchBucket
for program in "${programs[@]}"; do
  case $program in
    test) call_fails "$program" 1 "Bucket lab does not exist" ;;
    backup) call_fails "$program" 1 "404 NoSuchBucket" ;;
    *) call_fails "$program" 4 "404 NoSuchBucket" ;;
  esac
done
passed "a bucket that does not exist"

for kind in cut lose cut-request; do
  set_fault "$kind"
  for program in "${programs[@]}"; do
    case $program in
      check | test | wal-restore) wanted=2 ;;
      backup) wanted=1 ;;
      *) wanted=4 ;;
    esac
    call_fails "$program" "$wanted" "Connection reset by peer"
  done
done
passed "a connection that ends before the answer"

# All at once, since each waits for its limit.
set_fault hang
for program in "${programs[@]}"; do
  case $program in
    check | test | wal-restore) wanted=2 ;;
    backup) wanted=1 ;;
    *) wanted=4 ;;
  esac
  calls=$((calls + 1))
  (call_fails "$program" "$wanted" "Operation too slow") &
  waiting+=($!)
done
lab_try_for 10 pgrep -f "barman-cloud-backup --endpoint-url $store" >/dev/null || failed "nothing hangs"
while read -r pid; do no_secrets "$({ tr '\0' ' ' <"/proc/$pid/cmdline"; } 2>/dev/null || true)"; done < <(lab_marked_processes)
passed "nothing secret is in a list of processes"
for pid in "${waiting[@]}"; do wait "$pid" || exit 1; done
passed "a store that never answers is given up"

# ---- Answers that are none ---------------------------------------------------------------------------------------------

mkdir "$LAB_DIR/tmp/say"
printf '<html><body>Welcome to the hotel. Please log in.</body></html>' >"$LAB_DIR/tmp/say/portal"
{
  printf '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "aaaaaaaaaa">'
  before=a
  for entity in b c d e f g h i; do
    printf '<!ENTITY %s "' "$entity"
    for _ in 1 2 3 4 5 6 7 8 9 10; do printf '&%s;' "$before"; done
    printf '">'
    before=$entity
  done
  printf ']><ListBucketResult><IsTruncated>&i;</IsTruncated></InvalidEnd>'
} >"$LAB_DIR/tmp/say/bomb"
{ printf '<ListBucketResult>'; head -c 600000 /dev/zero | sed 's/\x0/<a>/g'; } >"$LAB_DIR/tmp/say/nested"
{ printf '<ListBucketResult>'; head -c 9000000 /dev/zero | tr '\0' ' '; } >"$LAB_DIR/tmp/say/huge"
head -c 5000 /dev/urandom >"$LAB_DIR/tmp/say/noise"
for content in portal bomb nested huge noise; do
  set_fault say "file=$LAB_DIR/tmp/say/$content"
  for program in list check wal-archive wal-restore delete backup show keep restore; do
    wanted=4
    [[ $program != backup ]] || wanted=1
    (ulimit -v 800000; call_fails "$program" "$wanted" "ERROR: ") || exit 1
    calls=$((calls + 1))
  done
done
passed "answers that are not those of a store are refused"

set_fault say "file=$LAB_DIR/tmp/say/portal" method=PUT
call_fails wal-archive 4 "the answer has no ETag"
call_fails keep 4 "the answer has no ETag"

# ---- A listing that changes, or does not end -----------------------------------------------------------------------------

set_fault pages size=1
make_call list
run "${call[@]}"
expect_equal "a listing in many pages" 3 "$(wc -l <<<"$output")"
set_fault pages size=1 match=wals "with=pg/main/wals/0000000100000000/0000000100000000000000FF"
make_call wal-restore
run "${call[@]}"
expect_true "a file that is gone when it is fetched ahead does no harm" cmp -s "$place" "$LAB_DIR/tmp/wal/${segments[0]}"
set_fault pages size=1 then=same
call_fails wal-archive 4 "the listing does not get any further"
set_fault pages size=1 then=fresh match=prefix=pg/main/wals
call_fails wal-restore 4 "the listing does not get any further"
passed "a listing without an end is ended"

# ---- In the middle of a backup -------------------------------------------------------------------------------------------

backup_fails() { # TEXT
  call_fails backup 1 "$1"
  no_faults
  local entry
  entry=$(raw GET "lab?list-type=2&prefix=pg%2Fb$calls%2F" | grep -o '<Key>[^<]*' | sed 's/<Key>//')
  [[ $entry == */backup.info ]] || failed "backup under '$faults_are': left in the store" "$entry"
  output=$(cloud backup-list "$url" "b$calls" | tail -n 1)
  [[ $output == *FAILED* ]] || failed "backup under '$faults_are': its entry" "$output"
  [[ -z $(open_uploads lab) ]] || failed "backup under '$faults_are': unfinished uploads" "$(open_uploads lab)"
  expect_idle "backup under '$faults_are'"
}

set_fault answer status=403 code=AccessDenied 'match=partNumber'
backup_fails "cannot put part "
set_fault answer status=507 code=InsufficientStorage 'match=partNumber'
backup_fails "507 InsufficientStorage"
set_fault cut-request 'match=partNumber'
backup_fails "cannot put part "
set_fault hang 'match=partNumber'
backup_fails "Operation too slow"
set_fault answer status=500 code=InternalError method=POST 'match=uploadId'
backup_fails "cannot finish 'pg/b"
set_fault say "file=$LAB_DIR/tmp/say/portal" method=POST 'match=uploads'
backup_fails "cannot begin the upload of"
passed "a backup that cannot be uploaded is recorded as failed, and nothing of it stays"

set_fault answer status=403 code=AccessDenied method=PUT 'match=backup.info' from=2
call_fails backup 1 "Backup failed uploading backup.info file (cannot put 'pg/b"
no_faults
run cloud backup-list "$url" "b$calls"
expect_text "a backup whose end could not be recorded has not ended" STARTED "$output"
backup=$(tail -n 1 <<<"$output" | cut -d ' ' -f 1)
# As it is when the program was killed: an unfinished upload, too.
raw POST "lab/pg/b$calls/base/$backup/16999.tar?uploads=" >/dev/null
[[ -n $(open_uploads lab) ]] || failed "the test could not begin an upload"
run cloud backup-delete -b "$backup" "$url" "b$calls"
expect_equal "it can be deleted, with what was not finished" "" "$(open_uploads lab)"

# ---- In the middle of what is read ---------------------------------------------------------------------------------------

object=wals/0000000100000000/${segments[0]}
for kind in cut-answer truncate flip "answer status=403 code=AccessDenied" "header name=x-amz-meta-barman-crc32c value=00000000"; do
  read -ra words <<<"$kind"
  set_fault "${words[@]}" method=GET "match=$object"
  call_fails wal-restore "2 4" "cannot get 'pg/main/$object' in s3://lab"
done
set_fault truncate method=GET "match=${segments[1]}"
make_call wal-restore
run "${call[@]}"
expect_true "the file that was asked for is delivered" cmp -s "$place" "$LAB_DIR/tmp/wal/${segments[0]}"
expect_text "when one that was fetched ahead is not whole" "${segments[1]} could not be fetched ahead" "$output"
expect_equal "which is not kept" "${segments[2]}" "$(find "$place.spool" -type f -printf '%f\n')"

for kind in cut-answer truncate "answer status=503 code=SlowDown"; do
  read -ra words <<<"$kind"
  set_fault "${words[@]}" method=GET match=data.tar
  call_fails restore 4 "cannot get 'pg/main/base/$old/data.tar' in s3://lab"
done
set_fault header name=ETag 'value="another"' method=GET match=data.tar from=2
call_fails restore 4 "has changed while it was read"
passed "what is not whole is not restored"

set_fault truncate method=GET "match=$old/backup.info"
make_call list
run "${call[@]}"
expect_text "an entry that is damaged is no backup" "Unable to open backup.info file for $old" "$output"
call_fails delete 1 "Unsafe to proceed with deletion"

# ---- In the middle of a deletion -------------------------------------------------------------------------------------------

printf '<DeleteResult><Error><Key>k</Key><Code>AccessDenied</Code><Message>no</Message></Error></DeleteResult>' \
  >"$LAB_DIR/tmp/say/denied"
deletions=("answer status=403 code=AccessDenied" "answer status=503 code=SlowDown" cut hang
  "say file=$LAB_DIR/tmp/say/denied" "say file=$LAB_DIR/tmp/say/portal")
for kind in "${deletions[@]}"; do
  read -ra words <<<"$kind"
  set_fault "${words[@]}" method=POST 'match=[?]delete'
  call_fails delete 1 "Could not delete backup $old: "
done
no_faults
make_call list
run "${call[@]}"
expect_text "a backup that could not be deleted is still there" "$old" "$output"
make_call restore
run "${call[@]}"
rm -rf "$place"
set_fault answer status=500 code=InternalError method=POST 'match=[?]delete' from=3
call_fails delete 1 "Backup $old is deleted, but not all WAL that only it needed: "
no_faults
make_call status
run "${call[@]}"
expect_equal "a backup that is kept is kept" "Keep: full" "$output"

expect_equal "no program is left" "" "$(left_over)"
expect_equal "no upload is left" "" "$(open_uploads lab)"
expect_idle "at the end"
