#!/usr/bin/env bash
# A deletion is interrupted in the middle of its WAL. It says which backup is half-deleted and what finishes it; no word
# means that backup any more, but to delete: there the same word finishes it, and deletes no other.
. "${BASH_SOURCE[0]%/*}/common.sh"
. "${BASH_SOURCE[0]%/*}/../conformance/recorded_home.sh"

home=$LAB_DIR/barman
place_recorded_home "$home"
oldest=20261121T130254 latest=20261121T130319
rm "$home/main/meta/$oldest-keep"
sed "/^\[main\]/a pre_wal_delete_script = touch $LAB_DIR/tmp/removing; sleep 1" "$home.conf" >"$LAB_DIR/etc/slow.conf"
cp "$home.conf" "$LAB_DIR/etc/plain.conf"
export BARMAN_CONFIG_FILE=$LAB_DIR/etc/plain.conf
status_of() { lab_backup_field main "$1" status; }
files() { listing "$home/main/base/$latest" | grep -v "backup.info"; }
whole=$(files | tail -n +2)

barman -c "$LAB_DIR/etc/slow.conf" delete main oldest >"$LAB_DIR/tmp/said" 2>&1 &
deletion=$!
lab_wait_for 30 "the first WAL file to go" test -e "$LAB_DIR/tmp/removing"
kill -TERM $deletion
got=0
wait $deletion || got=$?
expect_false "it fails" test "$got" = 0
expect_text "it says what finishes it" "To finish its deletion: barman delete main $oldest" "$(cat "$LAB_DIR/tmp/said")"
expect_equal "the backup is not usable" STARTED "$(status_of $oldest)"

run barman show-backup main oldest
expect_text "show-backup: oldest is the other one" "Backup $latest:" "$output"
run barman show-backup main $oldest
expect_text "show-backup: by its id it is shown" "STARTED" "$output"
for verb in "list-files main before-release" "verify-backup main before-release" "keep --status main before-release"; do
  read -ra words <<<"$verb"
  expect_status 1 barman "${words[@]}"
  expect_text "$verb: its name means nothing" "Unknown backup 'before-release' for server 'main'" "$output"
done
mkdir "$LAB_DIR/exports"
for verb in "restore main $oldest $LAB_DIR/restore/x" "export-backup main $oldest $LAB_DIR/exports" "check-backup main $oldest" \
  "keep --target full main $oldest" "generate-manifest main $oldest"; do
  read -ra words <<<"$verb"
  expect_status 1 barman "${words[@]}"
  expect_text "${words[0]}: its id is refused" "Backup $oldest of server main is half-deleted: its deletion was interrupted" "$output"
done
expect_equal "it is as it was" STARTED "$(status_of $oldest)"

run barman delete main oldest
expect_text "the same line finishes it" "Deleted backup $oldest " "$output"
expect_equal "and leaves the other alone" "DONE
$whole" "$(status_of $latest)
$(files | tail -n +2)"
