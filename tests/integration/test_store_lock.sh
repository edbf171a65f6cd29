#!/usr/bin/env bash
# Deletions that a store does not let happen: of objects in a bucket with S3 Object Lock, of objects that the keys of this
# host may not delete. Each is said with its object and the store's words, the catalogue says what is left, and the same
# command finishes once it may.
. "${BASH_SOURCE[0]%/*}/object_store.sh"
. "${BASH_SOURCE[0]%/*}/common.sh"
. "${BASH_SOURCE[0]%/*}/faults.sh"

start_store # first: the cluster is to have its credentials in its environment
start_proxy
lab_create_cluster source --wal-segsize=1
lab_create_tables source
lab_add_rows source 500 >/dev/null
url=s3://lab/pg
raw PUT lab -H 'x-amz-bucket-object-lock-enabled: true' >"$LAB_DIR/log/bucket.log"
settings=("aws_endpoint_url = $store" "aws_addressing_style = path")
lab_configure_server main source local-to-cloud "archiver = on" "basebackups_directory = $url" "wals_directory = $url" \
  "minimum_redundancy = 0" "aws_check_object_lock = true" "${settings[@]}"
run barman cron
lab_archive_with source "barman cloud-wal-archive main %p"

# ---- The lab ---------------------------------------------------------------------------------------------------------

change_lock() { # KEY KIND XML
  local answer
  answer=$(raw PUT "$1?$2=" -H "Content-MD5: $(printf '%s' "$3" | openssl dgst -md5 -binary | base64)" \
    -H 'x-amz-bypass-governance-retention: true' --data-binary "$3")
  [[ -z $answer ]] || failed "the lock of $1 cannot be changed" "$answer"
}
hold() { change_lock "lab/$1" legal-hold "<LegalHold><Status>$2</Status></LegalHold>"; } # KEY ON|OFF
retain() { # KEY SECONDS, longer or shorter than before; sets $until
  until=$(date -u -d "+$2 seconds" +%Y-%m-%dT%H:%M:%SZ)
  change_lock "lab/$1" retention \
    "<Retention><Mode>GOVERNANCE</Mode><RetainUntilDate>$until</RetainUntilDate></Retention>"
}
is_over() { (($(date +%s) > $(date -d "$until" +%s))); }

expect_as_before() { # WHAT: of $first
  expect_equal "$1: nothing is gone" "$objects_of_first" "$(keys_of "pg/main/base/$first/" | sort)"
  expect_equal "$1: the catalogue says so" DONE "$(lab_backup_field main "$first" status)"
  expect_text "$1: so does its entry in the store" '"status": "DONE"' "$(cloud backup-show --format json "$url" main "$first")"
  expect_text "$1: it is listed" "main $first" "$(barman list-backups main)"
  ! grep -q "half-deleted" <<<"$output" || failed "$1: it is said to be half-deleted" "$output"
}
delete_fails() { # WHAT TEXT...
  local what=$1 text; shift
  expect_status 1 barman delete main "$first"
  for text in "Failure deleting backup $first for server main" "$@"; do expect_text "$what" "$text" "$output"; done
  no_secrets "$output"
}

take_backup main
first=$backup
rows=$(lab_fingerprint source)
lab_add_rows source 500 >/dev/null
take_backup main
second=$backup
objects_of_first=$(keys_of "pg/main/base/$first/" | sort)
archive=pg/main/base/$first/data.tar
tablespace=$(grep -E '/[0-9]+\.tar$' <<<"$objects_of_first" | head -n 1)

# ---- Locked objects --------------------------------------------------------------------------------------------------

hold "$archive" ON
held="Cannot delete locked object $archive: Object has a legal hold and can't be deleted until the legal hold is removed"
delete_fails "a legal hold" "$held"
expect_as_before "a legal hold"
expect_true "the log says it, too" grep -qF "$held" "$LAB_DIR/log/barman.log"
expect_status 1 barman delete --dry-run main "$first"
expect_text "so does a deletion that is only looked at" "$held" "$output"
expect_status 1 cloud backup-delete --check-object-lock -b "$first" "$url" main
expect_text "and the program" "ERROR: $held" "$output"
expect_as_before "by the program"
hold "$archive" OFF

retain "$tablespace" 600
kept="Cannot delete locked object $tablespace: Object is locked and can't be deleted until ${until%Z}"
delete_fails "a retention period" "$kept"
expect_as_before "a retention period"
restore_and_start locked main "$first" --target-immediate --target-action promote
expect_rows "what could not be deleted is restored" locked "$rows"
expect_sound_pages locked

echo "retention_policy = REDUNDANCY 1" >>"$LAB_DIR/etc/barman.d/main.conf"
expect_status 1 barman cron
expect_text "the policy does not delete it either" "Enforcing retention policy: removing backup $first" "$output"
expect_text "and cron says why" "Cannot delete locked object $tablespace" "$output"
expect_as_before "by the policy"
retain "$tablespace" 2
lab_wait_for 30 "the end of the retention period" is_over
run barman cron
expect_equal "then the policy deletes it" "" "$(keys_of "pg/main/base/$first/")"
expect_equal "and keeps the other one" "$second" "$(barman list-backups --minimal main)"
sed -i '/^retention_policy/d' "$LAB_DIR/etc/barman.d/main.conf"

# ---- Keys that may not delete ----------------------------------------------------------------------------------------

first=$second
objects_of_first=$(keys_of "pg/main/base/$first/" | sort)
printf '<DeleteResult>%s</DeleteResult>' "$(while read -r key; do
  printf '<Error><Key>%s</Key><Code>AccessDenied</Code><Message>WORM protected</Message></Error>' "$key"
done < <(grep -v 'backup.info$' <<<"$objects_of_first"))" >"$LAB_DIR/tmp/worm"
fault say "file=$LAB_DIR/tmp/worm" method=POST 'match=[?]delete'
delete_fails "each object is refused" "Bulk deletion of object pg/main/base/$first/" 'error code: "AccessDenied", message: "WORM protected"'
expect_as_before "each object is refused"
no_faults
fault answer status=403 code=AccessDenied "message=Access Denied" method=POST 'match=[?]delete'
delete_fails "the request is refused" "from s3://lab: 403 AccessDenied: Access Denied"
expect_as_before "the request is refused"
no_faults
fault answer status=403 code=AccessDenied "message=Access Denied" 'match=uploads'
delete_fails "uploads may not be listed" "403 AccessDenied: Access Denied"
expect_as_before "uploads may not be listed"

# Some of it is gone.
echo "cloud_delete_batch_size = 1" >>"$LAB_DIR/etc/barman.d/main.conf"
no_faults
fault answer status=403 code=AccessDenied "message=Access Denied" method=POST 'match=[?]delete' from=2
delete_fails "some of it is refused" "403 AccessDenied" "Backup $first of server main is half-deleted and cannot be restored any more"
expect_equal "what is left is not restored" STARTED "$(lab_backup_field main "$first" status)"
expect_true "of what is left all is listed" test "$(keys_of "pg/main/base/$first/" | wc -l)" = $(($(wc -l <<<"$objects_of_first") - 1))
expect_status 1 barman restore main "$first" "$LAB_DIR/restore/half"
no_faults
run barman delete main "$first"
expect_equal "the same command finishes it" "" "$(keys_of "pg/main/base/")"
expect_equal "in the catalogue, too" "" "$(barman list-backups --minimal main)"

# ---- The second copy -------------------------------------------------------------------------------------------------

lab_configure_server copied source local-rsync "cloud_copy = $url" "aws_check_object_lock = true" "${settings[@]}"
mkdir -p "$LAB_DIR/barman/copied/incoming"
lab_archive_with source "cp %p $LAB_DIR/barman/copied/incoming/%f"
run barman cron
in_copy() { cloud backup-list --format json "$url" copied | grep -o '"backup_id": "[0-9T]*"' | grep -o '[0-9]*T[0-9]*' | sort | paste -sd ' '; }
ids=()
for _ in 1 2 3; do
  run barman switch-wal --force --archive --archive-timeout 60 copied
  take_backup copied
  ids+=("$backup")
done
run barman cloud-copy copied
expect_equal "three backups are in the copy" "${ids[*]}" "$(in_copy)"
retain "pg/copied/base/${ids[1]}/data.tar.zst" 600
echo "cloud_copy_retention_policy = REDUNDANCY 1" >>"$LAB_DIR/etc/barman.d/copied.conf"
run barman cloud-copy copied
expect_text "a locked backup stays in the copy" \
  "Backup ${ids[1]} of server copied stays in $url: Cannot delete locked object pg/copied/base/${ids[1]}/data.tar.zst" "$output"
expect_equal "and the other one goes" "${ids[1]} ${ids[2]}" "$(in_copy)"
expect_text "the check does not fail for it" "cloud copy: OK" "$(barman check copied)"
no_faults
run barman cron
expect_equal "cron does not ask for it every minute" "" "$(request_log | grep pg/copied)"
retain "pg/copied/base/${ids[1]}/data.tar.zst" 2
lab_wait_for 30 "the end of the retention period" is_over
run barman cloud-copy copied
expect_equal "the next run deletes it" "${ids[2]}" "$(in_copy)"

# ---- Without the check -----------------------------------------------------------------------------------------------

last=pg/copied/base/${ids[2]}/data.tar.zst
retain "$last" 600
run cloud backup-delete -b "${ids[2]}" "$url" copied
expect_equal "without the check a locked backup is hidden" "" "$(keys_of pg/copied/base/)"
expect_text "and kept by the store" "$last" "$(raw GET "lab?prefix=pg%2Fcopied%2Fbase&versions=")"
expect_equal "no upload is left" "" "$(open_uploads lab)"
