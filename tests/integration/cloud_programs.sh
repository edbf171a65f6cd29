# shellcheck shell=bash disable=SC2154
# What every test of bad days has in its store, and how the nine programs are called there. Sourced behind faults.sh.
# In bucket lab, below pg/: server `main` with the backups $old and $kept (which is kept), and WAL.
url=s3://lab/pg

prepare_store() {
  local name
  lab_create_cluster source
  lab_sql source "create table t as select g, repeat('x', 100) as filler from generate_series(1, 20000) g" >/dev/null
  run cloud check-wal-archive "$url" main
  lab_archive_with source "cp %p $LAB_DIR/tmp/wal/%f"
  mkdir -p "$LAB_DIR/tmp/wal"
  cloud_backup source "$url" main
  old=$backup
  lab_try_for 2 false || true # ids are seconds
  cloud_backup source "$url" main
  kept=$backup
  run cloud backup-keep --target full "$url" main "$kept"
  close_segment source >/dev/null
  close_segment source >/dev/null
  lab_wait_for 20 "WAL" test -e "$LAB_DIR/tmp/wal/000000010000000000000005"
  segments=(00000001000000000000000{3,4,5})
  for name in "$LAB_DIR"/tmp/wal/*; do run cloud wal-archive "$url" main "$name"; done
}

# What was fetched ahead to $place.spool is whole, and has the name of a segment.
expect_whole_spool() { # WHAT
  local file
  while read -r file; do
    cmp -s "$file" "$LAB_DIR/tmp/wal/${file##*/}" || failed "$1: this was kept for later" "$(ls -l "$file")"
  done < <(find "$place.spool" -type f 2>/dev/null)
}

# The words of a call of PROGRAM, in $call. Each call writes to a place of its own, $place.
calls=0
make_call() { # WHAT
  calls=$((calls + 1))
  place=$LAB_DIR/restore/$1-$calls
  call=(cloud)
  case $1 in
    list) call+=(backup-list "$url" main) ;;
    show) call+=(backup-show "$url" main "$old") ;;
    status) call+=(backup-keep --status "$url" main "$kept") ;;
    keep) call+=(backup-keep --target standalone "$url" main "$kept") ;;
    check) call+=(check-wal-archive "$url" "empty$calls") ;;
    test) call+=(backup-list -t "$url" main) ;;
    wal-archive) call+=(wal-archive --gzip "$url" "w$calls" "$LAB_DIR/tmp/wal/${segments[0]}") ;;
    wal-restore) call+=(wal-restore -p 3 --spool-dir "$place.spool" "$url" main "${segments[0]}" "$place") ;;
    restore) call+=(restore "$url" main "$old" "$place") ;;
    delete) call+=(backup-delete -b "$old" "$url" main) ;;
    backup) call+=(backup -h 127.0.0.1 -p "${LAB_PORT[source]}" -U postgres --immediate-checkpoint "$url" "b$calls") ;;
    *) failed "no such call: $1" ;;
  esac
}
