#!/usr/bin/env bash
# The switch as docs/switching.md describes it, its own commands run in its order: a catalogue of 200 backups and thousands
# of WAL files in the reference's formats is taken over in place, used, thinned out and handed back. What the reference would have
# deleted itself is what ours deletes, file by file, and in the end both list and show the same.
#   UPGRADE_BACKUPS, UPGRADE_SEGMENTS   the size of the old part of the catalogue (default 196, not less than 110, and 5000; with
#                     100000 TEST_SECONDS wants to be 3600)
#   UPGRADE_REBUILD   let the reference rebuild the index, too: it starts a program for every file
export TEST_SECONDS=${TEST_SECONDS:-1700}
. "${BASH_SOURCE[0]%/*}/common.sh"
page=$conformance_here/../../docs/switching.md

# The commands of one block of the page, in this shell: its functions stay. Its words on both streams are in $output.
blocks=0
follow() { # HEADING NUMBER
  local block
  block=$(awk -v heading="## $1." -v number="$2" '
    /^## / { here = index($0, heading) == 1 }
    /^```/ { if (inside) inside = 0; else if (here && $0 == "```bash") { inside = 1; found++ } ; next }
    inside && found == number' "$page")
  [[ -n $block ]] || failed "docs/switching.md has no block $2 under $1."
  blocks=$((blocks + 1))
  eval "$block" >"$answers/followed" 2>&1 || failed "block $2 under $1." "$(tail -n 30 "$answers/followed")"
  output=$(<"$answers/followed")
  passed "docs/switching.md, $1., block $2"
}

# ---- A server with a past -------------------------------------------------------------------------------------------------

lab_start_sshd
# The default size of segments: of smaller ones Barman deletes too many (docs/differences.md: D-DEL-03).
lab_create_cluster source
lab_stop_cluster source
run pg_resetwal -l 000000010000020000000000 -D "${LAB_DATA[source]}"
lab_start_cluster source
configure() { lab_configure_server main source rsync "compression = gzip" "reuse_backup = link" "$@"; }
configure
use reference
lab_push_wal source main
run pgbench -h 127.0.0.1 -p "${LAB_PORT[source]}" -U postgres -i -q postgres
for name in one two three; do take_backup main --name "$name"; done
/usr/bin/python3 "$conformance_here/old_catalogue.py" "$LAB_DIR/barman/main" main "${UPGRADE_BACKUPS:-196}" "${UPGRADE_SEGMENTS:-5000}" >"$answers/ids"
mapfile -t old <"$answers/ids"
run reference keep --target full main "${old[40]}"
run reference keep --target standalone main "${old[2]}"
printf 'broken\n' >"${LAB_DATA[source]}/unreadable"
chmod 0 "${LAB_DATA[source]}/unreadable"
expect_status 1 reference backup main
rm -f "${LAB_DATA[source]}/unreadable"
printf '%d backups, %d lines in the index\n' "$(find "$LAB_DIR/barman/main/meta" -name '*-backup.info' | wc -l)" "$(catalogue main | wc -l)"
index=$LAB_DIR/barman/main/wals/main-xlog.db
rebuilds_alike() { # WHEN
  if [[ -n ${UPGRADE_REBUILD:-} ]]; then same_index_after_rebuild "$1" main; return; fi
  cp "$index" "$answers/index"
  run ours rebuild-xlogdb main
  same_file "$1: rebuild-xlogdb changes nothing" "$answers/index" "$index"
}
rebuilds_alike "a catalogue in the reference's formats"

# ---- 1. Before; 2. and 3. taken over ----------------------------------------------------------------------------------------

follow 1 1
expect_line "it is Barman that is asked" "3.20.1 Barman by EnterpriseDB (www.enterprisedb.com)" "$output"
follow 1 2
use ours
follow 3 1
expect_text "and then ours" "3.20.1 barman-native" "$output"
expect_line "docs/switching.md: the same answers" "the same" "$output"
started=$EPOCHREALTIME
run ours list-backups main
printf 'list-backups took %d ms here, ' $(((${EPOCHREALTIME/./} - ${started/./}) / 1000))
started=$EPOCHREALTIME
run reference list-backups main
printf '%d ms with Barman\n' $(((${EPOCHREALTIME/./} - ${started/./}) / 1000))
same_answers "list-backups main" "show-backup main oldest" "show-backup main last-failed" "show-backup main ${old[100]}" \
  "keep --status main ${old[40]}" "check-backup main ${old[7]}" "status main" "check main" "check-wal-archive main"
same_answer list-files --target full main "${old[60]}"
for name in $(archived_segments main | shuf -n 20); do
  holds "get-wal of $name" cmp -s <(reference get-wal main "$name") <(ours get-wal main "$name")
done
same_text "get-wal gives what is in the file" "segment 00000001000001F0000000BC" "$(ours get-wal main 00000001000001F0000000BC)"

# ---- Retention and deletion, beside the reference's own ---------------------------------------------------------------------

twin=$LAB_DIR/twin
mkdir "$twin"
lab_archive_with source true
run ours archive-wal main
cp -a "$LAB_DIR/barman/main" "$twin/main"
cp "$LAB_DIR"/barman/.barman* "$twin/" 2>/dev/null || true
sed "s!^barman_home = .*!barman_home = $twin!; s!^configuration_files_directory.*!configuration_files_directory = $twin.d!" "$BARMAN_CONFIG_FILE" >"$twin.conf"
mkdir "$twin.d"
state() { # HOME: everything but locks and what ours keeps for older tools
  (
    cd "$1/main"
    find . \( -path './base/*/backup.info' -o -path ./wals/xlog.db \) -prune -o -printf '%y %P\n' | sort
    sha256sum wals/main-xlog.db meta/*
  )
}
at_rest() { [[ $("$@" list-processes main) == "No active"* ]]; } # SIDE [-c FILE]
both_thin_out() { # CASE COMMAND...
  cp "$LAB_DIR/etc/barman.d/main.conf" "$twin.d/main.conf"
  run reference -c "$twin.conf" "${@:2}"
  lab_wait_for 60 "the end of archive-wal" at_rest reference -c "$twin.conf"
  run ours "${@:2}"
  lab_wait_for 60 "the end of archive-wal" at_rest ours
  state "$twin" >"$answers/reference"
  state "$LAB_DIR/barman" >"$answers/ours"
  compare "$1: what is left, file by file" asking "$answers/reference" "$answers/ours"
}
both_thin_out "delete the oldest" delete main oldest
both_thin_out "delete one in the middle" delete main "${old[90]}"
both_thin_out "delete the failed one" delete main last-failed
configure "retention_policy = REDUNDANCY $((${#old[@]} - 20))"
both_thin_out "retention by cron" cron
configure "retention_policy = RECOVERY WINDOW OF $((${#old[@]} - 30)) DAYS"
both_thin_out "retention by cron, recovery window" cron
rm -rf "$twin"
printf '%d backups, %d lines in the index\n' "$(find "$LAB_DIR/barman/main/meta" -name '*-backup.info' | wc -l)" "$(catalogue main | wc -l)"
holds "what is kept is kept" test -e "$LAB_DIR/barman/main/meta/${old[2]}-backup.info" -a -d "$LAB_DIR/barman/main/base/${old[2]}"

# ---- New work, and 5. back ----------------------------------------------------------------------------------------------------

lab_push_wal source main
run pgbench -h 127.0.0.1 -p "${LAB_PORT[source]}" -U postgres -n -t 500 postgres
follow 3 2
rows=$(lab_sql source "select count(*), sum(delta) from pgbench_history")
by_ours=$(lab_latest_backup main)
proof() { # DIRECTORY WHO
  lab_start_restored proof "$HOME/$1"
  lab_wait_for_promotion proof
  same_text "the backup restored by $2 has the rows" "$rows" "$(lab_sql proof "select count(*), sum(delta) from pgbench_history")"
  lab_stop_cluster proof immediate
  rm -rf "${HOME:?}/$1"
}
proof barman-proof ours
same_catalogue "after new work" main "$by_ours"
use reference
follow 5 1
expect_line "it is Barman again" "3.20.1 Barman by EnterpriseDB (www.enterprisedb.com)" "$output"
proof barman-proof-of-the-way-back "the reference"
same_answers "list-backups main" "show-backup main oldest" "show-backup main ${old[-1]}" "show-backup main $by_ours" "status main" "check main"
rebuilds_alike "handed back"
take_backup main --name after
same_catalogue "after a backup by the reference" main latest
same_text "every block of docs/switching.md was run" "$(grep -cx '```bash' "$page")" "$blocks"
conclude
