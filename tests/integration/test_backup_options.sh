#!/usr/bin/env bash
# Options of backup: names, parallel copies, manifests, configuration files elsewhere, hook scripts, JSON.
. "${BASH_SOURCE[0]%/*}/common.sh"

lab_start_sshd
lab_create_cluster source --wal-segsize=1
lab_create_tables source
lab_add_rows source 2000 >/dev/null
lab_configure_server main source rsync "post_backup_script = env | grep ^BARMAN_ >$LAB_DIR/tmp/hook"
lab_push_wal source main
base=$LAB_DIR/barman/main/base

take_backup main --name friday --jobs 3 --manifest
expect_line "the jobs are announced" "Starting backup copy via rsync/SSH for $backup (3 jobs)" "$output"
expect_equal "the name is in the catalogue" friday "$(lab_backup_field main "$backup" backup_name)"
expect_true "the manifest verifies" pg_verifybackup --no-parse-wal --quiet "$base/$backup/data"
expect_line "the hook is told the id" "BARMAN_BACKUP_ID=$backup" "$(cat "$LAB_DIR/tmp/hook")"
expect_line "and the status" "BARMAN_STATUS=DONE" "$(cat "$LAB_DIR/tmp/hook")"
rm "$LAB_DIR/tmp/hook"
rows=$(lab_fingerprint source)
restore_and_start named main friday
expect_rows "restored by its name" named "$rows"
discard named

# Directories keep the source's modes and dates, whoever copied what is in them.
dates() { (cd "$1" && find base pg_xact pg_multixact -type d -printf '%p %m %T@\n' | sort); }
lab_sql source checkpoint
take_backup main --jobs 4 --reuse-backup=off
expect_equal "directories are as at the source" "$(dates "${LAB_DATA[source]}")" "$(dates "$base/$backup/data")"

# Configuration files outside the data directory, one of which does not exist.
mkdir "$LAB_DIR/pg/etc"
cp "${LAB_DATA[source]}/pg_hba.conf" "$LAB_DIR/pg/etc/access.conf"
echo "work_mem = 5MB" >"$LAB_DIR/pg/etc/more.conf"
cat >>"${LAB_DATA[source]}/postgresql.conf" <<END
hba_file = '$LAB_DIR/pg/etc/access.conf'
ident_file = '$LAB_DIR/pg/etc/absent.conf'
include '$LAB_DIR/pg/etc/more.conf'
END
lab_stop_cluster source
lab_start_cluster source
take_backup main
expect_true "a file outside is copied" cmp -s "$LAB_DIR/pg/etc/access.conf" "$base/$backup/data/access.conf"
expect_text "an included one is named" $'Please manually backup the following files:\n\t'"$LAB_DIR/pg/etc/more.conf" "$output"

run barman -f json backup --wait --wait-timeout 60 --name json main
expect_false "no lock of the backup is left" test -e "$LAB_DIR/barman/.main-$(lab_latest_backup main).lock"
field() { python3 -c 'import json, sys; print(json.loads(sys.argv[1])[sys.argv[2]])' "$output" "$1"; }
expect_equal "JSON has the name" json "$(field backup_name)"
expect_equal "JSON has the status" DONE "$(field status)"
expect_equal "JSON has the tablespaces" "2" "$(python3 -c 'import json, sys; print(len(json.loads(sys.argv[1])["tablespaces"]))' "$output")"
expect_equal "an rsync backup without a request for it has no manifest" "" \
  "$(find "$base/$(lab_latest_backup main)/data" -name backup_manifest)"
