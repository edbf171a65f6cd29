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
