#!/usr/bin/env bash
# Block-level incremental backups of PostgreSQL 17 and later in an object store: taken on top of what is there, combined
# when they are restored, deleted with what depends on them. LAB_POSTGRESQL: see increments.sh.
. "${BASH_SOURCE[0]%/*}/object_store.sh"
. "${BASH_SOURCE[0]%/*}/common.sh"
. "${BASH_SOURCE[0]%/*}/increments.sh"

start_store
run cloud check-wal-archive s3://lab/pg main # makes the bucket
lab_configure_server stream source postgres "basebackups_directory = s3://lab/pg" "aws_endpoint_url = $store" \
  "aws_addressing_style = path"
lab_receive_wal source stream
run barman switch-wal --archive --archive-timeout 60 stream
meta=$LAB_DIR/barman/stream/meta

take_backup stream --immediate-checkpoint
full=$backup
lab_add_rows source 500 >/dev/null
take_backup stream --immediate-checkpoint --incremental latest
first=$backup rows_of_first=$(lab_fingerprint source)
expect_equal "an incremental backup names its parent" "$full" "$(lab_backup_field stream "$first" parent_backup_id)"
expect_text "in the store, too" "parent_backup_id=$full" \
  "$(cloud backup-show --format json s3://lab/pg stream "$first" | sed 's/"parent_backup_id": "\([^"]*\)"/parent_backup_id=\1/')"
expect_text "and its parent has a child there" "$first" "$(cloud backup-show --format json s3://lab/pg stream "$full")"
size() { lab_backup_field stream "$1" size; }
expect_true "it is smaller than the whole" test "$(($(size "$first") * 2))" -lt "$(size "$full")"

lab_add_rows source 500 >/dev/null
rm "$meta/$first-backup_manifest"
take_backup stream --immediate-checkpoint --incremental "$first"
second=$backup
rows=$(lab_fingerprint source)
expect_line "a manifest that is gone is read in the store" \
  "Reading the manifest of backup $first from pg/stream/base/$first" "$output"
expect_true "and is kept again" test -s "$meta/$first-backup_manifest"

stop=(--target-immediate --target-action promote)
restore_and_start here stream "$second" --staging-path "$area" "${stop[@]}"
expect_rows "a chain of three is combined here" here "$rows"

expect_sound_pages here
expect_equal "nothing is left in the work area" "" "$(ls -A "$area")"
restore_and_start there stream "$first" --staging-path "$area" --remote-ssh-command "$LAB_SSH" "${stop[@]}"
expect_rows "a chain of two is combined here and sent there" there "$rows_of_first"
restore_and_start staged stream "$second" --staging-path "$area" --staging-location remote --remote-ssh-command "$LAB_SSH" "${stop[@]}"
expect_rows "a chain of three is combined there" staged "$rows"
expect_sound_pages staged

run barman delete stream "$first"
expect_text "what depends on it goes with it" \
  "Backup $first has incremental backups which depend on it. Deleting all backups in the tree" "$output"
expect_equal "what is left" "$full" "$(barman list-backups --minimal stream)"
expect_equal "in the store, too" "backup.info" "$(objects lab "pg/stream/base/" | grep backup.info | sed 's:.*/::' | paste -sd ' ')"
expect_equal "manifests go with their backups" "$full-backup_manifest" "$(cd "$meta" && ls -- *-backup_manifest)"
