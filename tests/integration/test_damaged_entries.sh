#!/usr/bin/env bash
# One backup.info cannot be judged: new backups, deletions of others and retention go on, WAL that it may need stays, check
# is not green, and the damaged backup can be deleted by its id.
. "${BASH_SOURCE[0]%/*}/common.sh"

lab_start_sshd
lab_create_cluster source --wal-segsize=1
lab_configure_server main source rsync "reuse_backup = link"
lab_push_wal source main
backups=()
for _ in 1 2 3; do
  take_backup main
  backups+=("$backup")
  close_segment source >/dev/null
  run barman switch-wal --archive --archive-timeout 60 main
done
entry=$LAB_DIR/barman/main/meta/${backups[1]}-backup.info
cp "$entry" "$LAB_DIR/tmp/sound"
in_catalogue() { catalogue main | cut -f1 | sort; }
since() { awk -v limit="$1" '$0 "" >= limit ""'; }
check_line() { barman check main | grep "failed backups" || true; }

damage_by_zeros() { head -c 300 /dev/zero >"$entry"; }
damage_by_mode() { chmod 000 "$entry"; }
damage_by_field() { printf 'colour=red\n' >>"$entry"; }
damage_by_emptiness() { : >"$entry"; }
expect_text "a sound catalogue passes" "failed backups: OK (there are 0 failed backups)" "$(check_line)"
for kind in zeros mode field emptiness; do
  cp -f "$LAB_DIR/tmp/sound" "$entry"
  "damage_by_$kind"
  expect_text "$kind: check is not green" "failed backups: FAILED (there are 0 failed backups, 1 cannot be read: $entry" "$(check_line)"
  expect_status 2 barman check --nagios main
  expect_text "$kind: neither is check --nagios" "main FAILED: failed backups" "$output"
  expect_equal "$kind: one line of BARMAN" 1 "$(grep -c '^BARMAN' <<<"$output")"
  barman list-backups main >"$LAB_DIR/tmp/list" 2>&1 || true
  expect_text "$kind: the others are listed" "${backups[2]}" "$(cat "$LAB_DIR/tmp/list")"
  rm -f "$entry"
done

cp -f "$LAB_DIR/tmp/sound" "$entry"
damage_by_field
run barman backup --wait --wait-timeout 60 main
backup=$(find "$LAB_DIR/barman/main/meta" -name '*-backup.info' -printf '%f\n' | sort | tail -n 1)
backup=${backup%-backup.info}
expect_equal "a new backup is taken" DONE "$(lab_backup_field main "$backup" status)"
before=$(in_catalogue)
run barman delete main "${backups[0]}"
expect_text "another one is deleted, with a warning that names the file" "($entry)" "$output"
expect_equal "WAL stays from where the damaged one begins" "$(since "$(sed -n 's/^begin_wal=//p' "$entry")" <<<"$before")" "$(in_catalogue)"
damage_by_emptiness
before=$(in_catalogue)
lab_configure_server main source rsync "reuse_backup = link" "retention_policy = REDUNDANCY 1"
run barman cron
expect_line "retention goes on" "Enforcing retention policy: removing backup ${backups[2]} for server main" "$output"
# More may have come meanwhile.
expect_equal "all WAL stays: it is not known where it begins" "" "$(grep -vxFf <(in_catalogue) <<<"$before" || true)"
run barman delete main "${backups[1]}"
expect_text "the damaged one is deleted by its id" "Deleted backup ${backups[1]} " "$output"
expect_false "with its files" test -e "$LAB_DIR/barman/main/base/${backups[1]}"
expect_text "check is green again" "failed backups: OK" "$(check_line)"
expect_equal "the last one is left" "$backup" "$(barman list-backups --minimal main)"
