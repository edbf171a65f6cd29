#!/usr/bin/env bash
# Marks and deletions by turns: what one keeps, the other respects, shows and releases; what one deletes is gone for both.
. "${BASH_SOURCE[0]%/*}/common.sh"

lab_start_sshd
lab_create_cluster source --wal-segsize=1
lab_configure_server main source local-rsync "reuse_backup = link" "compression = zstd"
use ours
incoming=$LAB_DIR/barman/main/incoming
mkdir -p "$incoming"
lab_archive_with source "test ! -f $incoming/%f && cp %p $incoming/%f.tmp && mv $incoming/%f.tmp $incoming/%f"
run barman switch-wal --force --archive --archive-timeout 60 main
for side in ours reference ours reference ours; do
  use "$side"
  take_backup main
  lab_sql source "select pg_switch_wal()" >/dev/null
  sleep 1.1 # ids are seconds, and the reference does not look whether there is one
done
mapfile -t backups < <(ours list-backups --minimal main | sort)
kept() { cat "$LAB_DIR/barman/main/meta/$1-keep" 2>/dev/null || echo none; }

for side in reference ours; do
  second=$(other "$side")
  for target in full standalone; do
    run "$side" keep --target "$target" main "${backups[1]}"
    same_answers "keep --status main ${backups[1]}" "keep --status main latest"
    same_text "keep --target $target by $side: the file" "$target" "$(kept "${backups[1]}")"
    answer "$second" delete main "${backups[1]}" >"$answers/delete.$second"
    holds "$second does not delete what $side keeps" test -d "$LAB_DIR/barman/main/base/${backups[1]}"
  done
  run "$second" keep --release main "${backups[1]}"
  same_answers "keep --status main ${backups[1]}"
  same_text "keep --release by $second: the file" none "$(kept "${backups[1]}")"
done
# 'reference' was asked while ours kept and the other way round: the refusals read alike.
deliberately D-DEL-05 "s/\\(main LocalBackupInfo\\(.*\$/(main ${backups[1]})/" \
  compare "delete of a kept backup" asking "$answers/delete.reference" "$answers/delete.ours"
same_answers "keep main latest" "keep --target nonsense main latest" "keep --target full main nowhere" \
  "keep --target full nowhere latest"

# A retention policy makes the marks visible in the listings.
lab_configure_server main source local-rsync "reuse_backup = link" "compression = zstd" "retention_policy = REDUNDANCY 2"
run ours keep --target standalone main "${backups[0]}"
run reference keep --target full main "${backups[1]}"
same_catalogue "with a retention policy" main "${backups[1]}"
same_answers "show-backup main ${backups[0]}" "show-backup main ${backups[2]}" "status main" "check main"
run reference keep --release main "${backups[1]}"
run ours keep --release main "${backups[0]}"

# Each deletes the oldest: the same words, and the same segments with it.
same_text "what remains before the deletions" 5 "$(ours list-backups --minimal main | wc -l)"
for side in reference ours; do
  oldest=$(ours list-backups --minimal main | sort | head -n 1)
  answer "$side" delete main "$oldest" | sed -E '/^\t[0-9A-F]{24}(\.[0-9A-F]{8}\.backup)?$/d' >"$answers/deleted.$side"
  first=$(lab_backup_field main "$(ours list-backups --minimal main | sort | head -n 1)" begin_wal)
  same_text "after a deletion by $side the archive begins with the next backup" "$first" "$(archived_segments main | head -n 1)"
  holds "after a deletion by $side no older segment is on disk" \
    test "$(find "$LAB_DIR/barman/main/wals" -type f -name '0*' | sed 's!.*/!!' | sort | head -n 1)" = "$first"
  same_state "after a deletion by $side" main oldest
done
compare "what delete says" working "$answers/deleted.reference" "$answers/deleted.ours"
same_answers "delete main nowhere" "delete nowhere latest"

# Nobody goes below the minimum; the policy is enforced by the cron of either.
lab_configure_server main source local-rsync "minimum_redundancy = 3"
for side in reference ours; do
  answer "$side" delete main oldest >"$answers/minimum.$side"
done
deliberately D-DEL-05 "s/\\(main LocalBackupInfo\\(.*\$/(main ${backups[2]})/" \
  compare "delete below the minimum redundancy" asking "$answers/minimum.reference" "$answers/minimum.ours"
lab_configure_server main source local-rsync "retention_policy = REDUNDANCY 2"
run reference cron
expect_line "the reference's cron removes one" "Enforcing retention policy: removing backup ${backups[2]} for server main" "$output"
same_state "after the reference's cron" main latest
lab_configure_server main source local-rsync "retention_policy = REDUNDANCY 1"
run ours cron
expect_line "our cron removes the next" "Enforcing retention policy: removing backup ${backups[3]} for server main" "$output"
same_state "after our cron" main latest
conclude
