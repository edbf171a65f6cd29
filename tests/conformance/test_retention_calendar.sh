#!/usr/bin/env bash
# What retention_calendar keeps, Barman sees as its own: it lists it as KEEP:STANDALONE, honours it, and releases it; and a home
# with the calendar's notes is to it as any other.
. "${BASH_SOURCE[0]%/*}/common.sh"

lab_start_sshd
lab_create_cluster source
lab_create_tables source
lab_configure_server main source local-rsync "retention_policy = REDUNDANCY 1"
lab_push_wal source main
home=$LAB_DIR/barman/main
with_calendar() { sed -i '/^retention_calendar/d' "$LAB_DIR/etc/barman.d/main.conf"; echo "retention_calendar = $1" >>"$LAB_DIR/etc/barman.d/main.conf"; }
without_calendar() { sed -i '/^retention_calendar/d' "$LAB_DIR/etc/barman.d/main.conf"; }
quiet() { lab_wait_for 60 "the end of what cron has started" no_children; }
no_children() {
  local pid
  for pid in $(lab_marked_processes); do
    ! { tr '\0' ' ' <"/proc/$pid/cmdline" | grep -qE ' (cron|(archive-wal|check-backup) main)'; } 2>/dev/null || return 1
  done
}

use ours
backups=()
for number in 0 1 2 3; do
  run ours backup --wait main
  backups[number]=$(ours list-backups --minimal main | head -n 1)
  lab_add_rows source 100 >/dev/null
  sleep 1
done
for number in 0 1 2; do
  sed -i -E "s/^(begin_time|end_time)=.*/\1=$(date -u -d "$((3 - number)) days ago 12:00" '+%F %T')+00:00/" "$home/meta/${backups[number]}-backup.info"
done

with_calendar "3 days"
run ours cron
quiet
without_calendar
holds "the first that nothing holds is gone" test ! -e "$home/base/${backups[0]}"
same_answers "list-backups main" "show-backup main ${backups[1]}" "keep --status main ${backups[1]}" "keep --status main ${backups[3]}" \
  "show-server main" "list-files main ${backups[1]}" "status main"
holds "Barman's words for it" grep -q 'KEEP:STANDALONE' <(reference list-backups main)
for side in reference ours; do
  ask "$side" delete main "${backups[1]}"
  holds "delete of what the calendar keeps is declined ($side)" grep -q 'as it has a current keep request' "$answers/err"
done
before=$(find "$home/base" "$home/meta" -type f | sort)
run reference cron
quiet
holds "Barman's cron leaves what the calendar keeps" test "$before" = "$(find "$home/base" "$home/meta" -type f | sort)"
holds "Barman's check has nothing against such a home" grep -q 'retention policy settings: OK' <(reference check main)

# Barman knows no such option: it says so, in the log, and goes on.
with_calendar "3 days"
holds "Barman lists a server that has the option" grep -qF "${backups[1]}" <(reference list-backups main)
without_calendar

# A keep that Barman writes again is a person's; one that Barman releases is gone.
run reference keep --target standalone main "${backups[1]}"
run reference keep --release main "${backups[2]}"
run ours cron
quiet
holds "what was kept again by Barman stays without the calendar" test -e "$home/base/${backups[1]}"
holds "what was released by Barman goes" test ! -e "$home/base/${backups[2]}"
run reference keep --release main "${backups[1]}"
run reference cron
quiet
holds "Barman's own retention takes the rest" test ! -e "$home/base/${backups[1]}"
same_answers "list-backups main"
conclude
