# shellcheck shell=bash
# What tests of completion start with: two servers of which nobody answers, and two backups. One is called so that a shell which
# takes a candidate for something to expand would make a file.
set -euo pipefail
home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
export BARMAN_CONFIG_FILE=$home/barman.conf
cat >"$BARMAN_CONFIG_FILE" <<END
[barman]
barman_home = $home
barman_user = $(id -un)
log_file = $home/barman.log
[main]
conninfo = host=$home dbname=postgres
[other]
conninfo = host=$home dbname=postgres
END
mkdir -p "$home/main/meta"
cat >"$home/main/meta/20261121T092554-backup.info" <<END
backup_id=20261121T092554
status=FAILED
END
cat >"$home/main/meta/20261122T092554-backup.info" <<END
backup_id=20261122T092554
backup_name=week \$(touch $home/executed) 47
status=FAILED
END

# What fish and zsh offer alike, as expect of the test takes it: what is wanted, and the line so far.
expect_the_same() {
  expect "show-backup show-backups" "barman show-b"
  expect "restore" "barman help rest"
  expect "--target" "barman list-files --t"
  expect "standalone data wal full" "barman list-files --target "
  expect "console json" "barman -f "
  expect "pause shutdown promote" "barman restore --target-action "
  expect "all main other" "barman check "
  expect "main other" "barman check main "
  expect "main" "barman -f json list-files --target wal m"
  expect "20261122T092554 20261121T092554" "barman show-backup main 2026"
  expect "auto" "barman restore main au"
  expect "last last-failed last-full" "barman -c $BARMAN_CONFIG_FILE delete main last"
  expect "" "barman get-wal main "
  expect "" "barman backup --jobs "
  expect "--compression-level" "barman-wal-archive --compr"
  expect "--spool-dir" "barman-wal-restore --sp"
  expect "--cloud-provider" "barman-cloud-backup --cloud-p"
  expect "20261122T092554 week \$(touch $home/executed) 47 20261121T092554 latest last oldest first last-failed latest-full last-full" \
    "barman show-backup main "
}
