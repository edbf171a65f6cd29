#!/usr/bin/env bash
# Retention by both: on fabricated catalogues the same backups are valid, obsolete, potentially obsolete or kept, and the
# cron of either removes the same backups and the same WAL.
. "${BASH_SOURCE[0]%/*}/common.sh"

home=$LAB_DIR/barman/main
now=$(date +%s)

configure() { # ["OPTION = VALUE"...]
  printf '%s\n' "[main]" "conninfo = host=127.0.0.1 port=1 user=barman dbname=postgres" "backup_method = local-rsync" \
    "backup_options = concurrent_backup" "archiver = on" "$@" >"$LAB_DIR/etc/barman.d/main.conf"
}

# A catalogue of backups given as AGE-IN-HOURS[:STATUS[:KEEP]], each with three segments of its own: two that it needs
# and one that follows it.
fabricate() { # BACKUP...
  local spec age status keep id number=1 begin end time none=None
  rm -rf "$home"
  mkdir -p "$home"/{base,meta,incoming,errors,streaming} "$home/wals/0000000100000000"
  printf '{\n    "systemid": "7710609447529168179",\n    "version": "15"\n}' >"$home/identity.json"
  fabricated=()
  for spec in "$@"; do
    IFS=: read -r age status keep <<<"$spec::"
    keep=${keep%%:*} time=$((now - age * 3600)) status=${status:-DONE}
    id=$(date -u -d "@$((time - 60))" +%Y%m%dT%H%M%S)
    fabricated+=("$id")
    begin=$(printf '0000000100000000%08X' "$number") end=$(printf '0000000100000000%08X' $((number + 1)))
    add_wal "$begin" $((time - 60)); add_wal "$end" "$time"; add_wal "$(printf '0000000100000000%08X' $((number + 2)))" $((time + 60))
    mkdir -p "$home/base/$id/data/global"
    head -c 5000 /dev/zero >"$home/base/$id/data/global/pg_control"
    [[ $status == FAILED ]] && none="failure copying files" || none=None
    printf '%s\n' "backup_label=None" "begin_offset=40" "begin_time=$(date -u -d "@$((time - 60))" '+%F %T').123456+00:00" \
      "begin_wal=$begin" "begin_xlog=0/$(printf '%X' "$number")000028" "children_backup_ids=None" "cluster_size=8000" "compression=None" \
      "config_file=/pg/postgresql.conf" "copy_stats=None" "data_checksums=on" "deduplicated_size=5000" "encryption=None" \
      "end_offset=256" "end_time=$(date -u -d "@$time" '+%F %T').654321+00:00" "end_wal=$end" \
      "end_xlog=0/$(printf '%X' $((number + 1)))000100" "error=$none" "hba_file=/pg/pg_hba.conf" "ident_file=/pg/pg_ident.conf" \
      "included_files=None" "mode=rsync-concurrent" "parent_backup_id=None" "pgdata=/pg" "server_name=main" "size=5000" \
      "status=$status" "summarize_wal=None" "systemid=7710609447529168179" "tablespaces=None" "timeline=1" "version=150020" \
      "xlog_segment_size=16777216" >"$home/meta/$id-backup.info"
    [[ -z $keep ]] || printf '%s' "$keep" >"$home/meta/$id-keep"
    number=$((number + 3))
  done
}

add_wal() { # NAME TIME
  head -c 100 /dev/zero >"$home/wals/0000000100000000/$1"
  touch -d "@$2" "$home/wals/0000000100000000/$1"
  printf '%s\t100\t%d.0\tNone\tNone\n' "$1" "$2" >>"$home/wals/main-xlog.db"
}

# What cron has started in the background ends.
children_over() {
  local pid
  for pid in $(lab_marked_processes); do
    ! { tr '\0' ' ' <"/proc/$pid/cmdline" | grep -qE ' (cron|(archive-wal|check-backup) main)'; } 2>/dev/null || return 1
  done
}

# What cron says and what it leaves, after the catalogue as it is now; old names of the same files (legacy_links) apart.
same_cron() { # CASE
  local side
  rm -rf "$LAB_DIR/saved"
  cp -a "$home" "$LAB_DIR/saved"
  for side in reference ours; do
    rm -rf "$home"
    cp -a "$LAB_DIR/saved" "$home"
    answer "$side" cron | grep -v '^Deleted backup .*elapsed' | sed -E 's/elapsed time: [^)]*/elapsed/' >"$answers/cron.$side"
    lab_wait_for 30 "the end of what cron has started" children_over
    { tree "$home" | grep -vE '^base d|\.lock |/backup\.info |^wals/xlog\.db '; cut -f 1 "$home/wals/main-xlog.db"; } >"$answers/left.$side"
    [[ -n ${judged_briefly:-} ]] || same_state "$case, after cron of $side" main latest
  done
  compare "$1: what cron says" asking "$answers/cron.reference" "$answers/cron.ours"
  compare "$1: what cron leaves" asking "$answers/left.reference" "$answers/left.ours"
}

judged_alike() { # CASE "OPTION = VALUE[;...]" BACKUP...
  local case=$1 options id
  IFS=';' read -ra options <<<"$2"
  configure "${options[@]}"
  fabricate "${@:3}"
  conformance_case="$case: list-backups" same_answer list-backups main
  if [[ -z ${judged_briefly:-} ]]; then
    for id in "${fabricated[@]}"; do
      conformance_case="$case: show-backup $id" same_answer show-backup main "$id"
    done
    conformance_case="$case: list-backups in JSON" same_answer -f json list-backups main
    conformance_case="$case: show-backup in JSON" same_answer -f json show-backup main "${fabricated[0]}"
    conformance_case="$case: status" same_answer status main
  fi
  same_cron "$case"
}

day=24
judged_alike "no policy" "minimum_redundancy = 1" $((9 * day)) $((8 * day)) 5::full 4::standalone 1
judged_alike "redundancy 2 of 8" "retention_policy = REDUNDANCY 2" \
  $((30 * day))::standalone $((20 * day)) $((15 * day))::full $((10 * day)):FAILED $((9 * day)) $((8 * day)) $((2 * day)):WAITING_FOR_WALS 3
judged_briefly=1
judged_alike "redundancy raised to the minimum" "retention_policy = redundancy  1;minimum_redundancy = 3" \
  $((9 * day)) $((8 * day)) $((7 * day)) $((6 * day)) $((5 * day))
judged_alike "redundancy, kept ones count" "retention_policy = REDUNDANCY 2" \
  $((9 * day)) $((8 * day)) $((7 * day))::full $((6 * day))::standalone
judged_alike "redundancy, nothing DONE" "retention_policy = REDUNDANCY 1" \
  $((9 * day)):FAILED $((8 * day)):WAITING_FOR_WALS $((7 * day)):FAILED $((6 * day)):STARTED $((5 * day)):EMPTY
judged_alike "redundancy, FAILED and WAITING after the last DONE" "retention_policy = REDUNDANCY 1" \
  $((9 * day)) $((8 * day)) $((7 * day)):FAILED $((6 * day)):WAITING_FOR_WALS $((5 * day)):FAILED
judged_alike "standalone between obsolete ones" "retention_policy = REDUNDANCY 1" \
  $((9 * day))::standalone $((8 * day)) $((7 * day))::standalone $((6 * day)) $((5 * day))
judged_alike "full between obsolete ones" "retention_policy = REDUNDANCY 1" \
  $((9 * day)) $((8 * day))::full $((7 * day)) $((6 * day)) $((5 * day))
unset judged_briefly
judged_alike "window" "retention_policy = RECOVERY WINDOW OF 7 DAYS" \
  $((40 * day)) $((30 * day)):FAILED $((20 * day)) $((8 * day)):WAITING_FOR_WALS $((7 * day + 1)) $((7 * day - 1)) $((6 * day)) 1
judged_briefly=1
judged_alike "window below the minimum" "retention_policy = RECOVERY WINDOW OF 1 WEEK;minimum_redundancy = 4" \
  $((40 * day)) $((30 * day)) $((20 * day)) $((10 * day)) $((5 * day)) 1
judged_alike "window in months" "retention_policy = recovery window of 1 month" \
  $((90 * day)) $((32 * day)) $((31 * day + 1)) $((31 * day - 1)) $((30 * day)) 1
judged_alike "window in months, younger" "retention_policy = recovery window of 2 MONTHS;minimum_redundancy=1" \
  $((63 * day)) $((62 * day - 1)) $((61 * day)) 1
judged_alike "window, all old" "retention_policy = RECOVERY WINDOW OF 2 DAYS" $((40 * day)) $((30 * day)) $((20 * day)) $((10 * day))
judged_alike "window, all old below the minimum" "retention_policy = RECOVERY WINDOW OF 2 DAYS;minimum_redundancy = 3" \
  $((40 * day)) $((30 * day))::standalone $((20 * day))::full $((10 * day)) $((9 * day)):FAILED
judged_alike "window, keeps" "retention_policy = RECOVERY WINDOW OF 7 DAYS" \
  $((50 * day)) $((40 * day))::standalone $((30 * day)) $((20 * day))::full $((10 * day)) $((8 * day))::standalone 1::full
judged_alike "window of zero" "retention_policy = RECOVERY WINDOW OF 0 DAYS" $((9 * day)) $((8 * day)) 1
judged_alike "redundancy of zero" "retention_policy = REDUNDANCY 0" $((9 * day)) $((8 * day)) 1
judged_alike "a policy that cannot be read" "retention_policy = REDUNDANT 3" $((9 * day)) 1
judged_alike "another mode" "retention_policy = REDUNDANCY 1;retention_policy_mode = manual" $((9 * day)) 1
judged_alike "WAL retention main" "retention_policy = REDUNDANCY 1;wal_retention_policy = main" $((9 * day)) 1
judged_alike "another WAL retention" "retention_policy = REDUNDANCY 1;wal_retention_policy = simple" $((9 * day)) 1

# Interrupted deletions, entries without a directory, and backups in somebody's hands.
configure "retention_policy = REDUNDANCY 2"
fabricate $((9 * day)) $((8 * day)) $((7 * day)) $((6 * day))
printf delete >"$home/meta/${fabricated[1]}-delete_this"
same_cron "an interrupted deletion"
fabricate $((9 * day)) $((8 * day)) $((7 * day)) $((6 * day))
printf delete >"$home/meta/${fabricated[2]}-delete_this"
# Barman counts it as one of the two, and removes one more: docs/differences.md, D-DEL-07.
run ours cron
lab_wait_for 30 "the end of what cron has started" children_over
holds "what is half-deleted counts for no policy" test -e "$home/base/${fabricated[1]}/data/global/pg_control"
holds "what was being deleted is gone" test ! -e "$home/base/${fabricated[2]}"
fabricate $((9 * day)) $((8 * day)) $((7 * day)) $((6 * day))
printf delete >"$home/meta/${fabricated[3]}-delete_this"
printf full >"$home/meta/${fabricated[3]}-keep"
# Barman's cron deletes it all the same: docs/differences.md, D-DEL-09.
run ours cron
lab_wait_for 30 "the end of what cron has started" children_over
holds "an interrupted deletion of what is kept since is not finished" test -e "$home/base/${fabricated[3]}/data/global/pg_control"
fabricate $((9 * day)) $((8 * day)) $((7 * day)) $((6 * day))
rm -rf "$home/base/${fabricated[0]}" # one: Barman tells several in any order
same_cron "an entry without a directory"
fabricate $((9 * day)) $((8 * day)) $((7 * day)) $((6 * day))
exec {lock}>>"$LAB_DIR/barman/.main-${fabricated[0]}.lock"
flock "$lock"
same_cron "a backup in somebody's hands"
exec {lock}>&-
exec {lock}>>"$LAB_DIR/barman/.main-backup.lock"
flock "$lock"
same_cron "while a backup is taken"
exec {lock}>&-

# Keeping and deleting by hand, against the minimum.
configure "retention_policy = REDUNDANCY 1" "minimum_redundancy = 2"
fabricate $((9 * day)):FAILED $((8 * day))::standalone $((7 * day))::full $((6 * day))
for id in "${fabricated[@]}"; do
  same_answers "keep --status main $id"
done
conclude
