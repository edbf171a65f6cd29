#!/usr/bin/env bash
# A home in which this program has left everything that is its own (notes of WAL, drills, keeps of the calendar, files from
# outside PGDATA) is to Barman the same home as without: it lists, shows, checks, runs cron, rebuilds its index and deletes
# in the same words and to the same end. Afterwards this program goes on where it was.
. "${BASH_SOURCE[0]%/*}/common.sh"

lab_create_cluster source --wal-segsize=1
lab_create_tables source
lab_add_rows source 200 >/dev/null
etc=$LAB_DIR/pg/source/etc data=${LAB_DATA[source]} home=$LAB_DIR/barman
mkdir -p "$etc"
lab_stop_cluster source
mv "$data/pg_hba.conf" "$etc/"
echo "hba_file = '$etc/pg_hba.conf'" >>"$data/postgresql.conf"
lab_start_cluster source
lab_sql source "grant pg_read_all_settings, pg_read_server_files to barman; grant execute on function pg_read_binary_file(text, bigint, bigint) to barman"
own_options=("retention_policy = REDUNDANCY 1" "retention_calendar = 3 days" "drill_schedule = off")
lab_configure_server main source local-rsync "compression = gzip" "${own_options[@]}"
lab_configure_server stream source postgres "archiver = on" "streaming_archiver = off" "compression = gzip"
use ours
barman check all >/dev/null 2>&1 || true # makes the directories
archive_to_both="for d in main stream; do cp %p $home/\$d/incoming/.%f && mv $home/\$d/incoming/.%f $home/\$d/incoming/%f || exit 1; done"
lab_archive_with source "$archive_to_both"
for server in main stream; do run barman switch-wal --force --archive --archive-timeout 60 "$server"; done

# ---- Everything of ours ---------------------------------------------------------------------------------------------

backups=()
for number in 0 1 2; do
  use "$([[ $number == 1 ]] && echo reference || echo ours)"
  take_backup main
  backups[number]=$backup
  lab_add_rows source 50 >/dev/null
  sleep 1
done
use ours
for number in 0 1; do
  sed -i -E "s/^(begin_time|end_time)=.*/\1=$(date -u -d "$((2 - number)) days ago 12:00" '+%F %T')+00:00/" "$home/main/meta/${backups[number]}-backup.info"
done
take_backup stream
outside=$backup
no_children() {
  local pid
  for pid in $(lab_marked_processes); do
    ! { tr '\0' ' ' <"/proc/$pid/cmdline" | grep -qE ' (cron|archive-wal|check-backup) '; } 2>/dev/null || return 1
  done
}
quiet() { lab_wait_for 60 "the end of what cron has started" no_children; }
run barman cron
quiet
run barman drill main latest
run barman recovery-window all
run barman retention main
lab_archive_with source true
quiet
of_ours() { # DIRECTORY
  (cd "$1" && find . \( -name .wal-notes -o -path './*/.drill' -o -name .retention-calendar -o -name barman_configuration \) -printf '%P\n' | sort)
}
expect_equal "everything of ours is there" "$(printf '%s\n' main/.drill main/.retention-calendar main/.wal-notes stream/.wal-notes "stream/base/$outside/barman_configuration" | sort)" \
  "$(of_ours "$home")"

# ---- To Barman it is not --------------------------------------------------------------------------------------------

cp -a "$home" "$LAB_DIR/with"
cp -a "$home" "$LAB_DIR/without"
while read -r name; do rm -r "$LAB_DIR/without/${name:?}"; done < <(of_ours "$home")
asked() { printf '== %s\n' "$*"; answer reference "$@"; }
# What is kept outside is part of the backup's directory, which Barman lists.
everything() { # HOME
  local server target
  rsync -a --delete "$1/" "$home/"
  for server in main stream; do
    asked list-backups "$server"
    asked -f json list-backups "$server"
    asked show-backup "$server" latest
    asked -f json show-backup "$server" latest
    asked check "$server"
    for target in standalone data wal full; do asked list-files --target "$target" "$server" latest | sed '/\/barman_configuration\//d'; done
    asked rebuild-xlogdb "$server"
  done
  asked cron
  quiet
  asked delete main "${backups[0]}"
  asked keep --status main "${backups[0]}"
  asked keep --release main "${backups[0]}"
  asked delete main "${backups[0]}"
  asked delete stream "$outside"
  asked cron
  quiet
  for server in main stream; do asked list-backups "$server"; done
}
for kind in without with; do
  everything "$LAB_DIR/$kind" >"$answers/said.$kind"
  expect_equal "what the reference did left ours alone ($kind)" "$([[ $kind == without ]] || printf '%s\n' main/.drill main/.retention-calendar main/.wal-notes stream/.wal-notes)" \
    "$(of_ours "$home")"
  cp -a "$home" "$LAB_DIR/after-$kind"
done
while read -r name; do rm -r "$LAB_DIR/after-with/${name:?}"; done < <(of_ours "$LAB_DIR/after-with")
compare "the reference's words on a home with all of ours" working "$answers/said.without" "$answers/said.with"
left_behind "$LAB_DIR/after-without" >"$answers/left.without"
left_behind "$LAB_DIR/after-with" >"$answers/left.with"
compare "what the reference leaves of a home with all of ours" working "$answers/left.without" "$answers/left.with"

# ---- And ours goes on -------------------------------------------------------------------------------------------------

sed -i -E '/^(retention_calendar|drill_schedule) /d' "$LAB_DIR/etc/barman.d/main.conf" # Barman warns of options that it does not know
same_answers "list-backups main" "show-backup main latest" "check main" "keep --status main ${backups[1]}"
sed -i "s/^retention_policy .*/&\nretention_calendar = 3 days/" "$LAB_DIR/etc/barman.d/main.conf"
window() { ours -f json recovery-window main | jq -S '.main | del(.exposure_seconds, .exposure_with_partial_seconds)'; }
noted=$(window)
same_text "the window begins with a backup that is left" "${backups[1]}" "$(jq -r '.intervals[0].backup_id' <<<"$noted")"
rm "$home/main/.wal-notes"
same_text "what was noted is as true as what is read" "$(window)" "$noted"
drills=$(ours -f json drill --history main | jq '.main | length')
run ours drill main "${backups[1]}"
same_text "the history of drills goes on" "$((drills + 1))" "$(ours -f json drill --history main | jq '.main | length')"
run ours cron
quiet
holds "what the calendar keeps is kept" test -e "$home/main/base/${backups[1]}"
ask ours -f json retention main
holds "and explained" test "$(jq -r --arg id "${backups[1]}" '.main.backups[] | select(.backup_id == $id).decision' "$answers/out")" = keep
lab_archive_with source "$archive_to_both"
use ours
take_backup main
holds "a backup can be taken" test "$(lab_backup_field main "$backup" status)" = DONE
conclude
