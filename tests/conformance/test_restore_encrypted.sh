#!/usr/bin/env bash
# Encrypted backups, and a chain of encrypted and plain ones, taken by the reference and restored by both: the same words
# and files, and the same refusals. Chains need PostgreSQL 17 or later, whose programs are in LAB_POSTGRESQL.
export TEST_SECONDS=1700
. "${BASH_SOURCE[0]%/*}/common.sh"
. "${BASH_SOURCE[0]%/*}/restored.sh"

if ! command -v gpg >/dev/null; then
  echo "SKIPPED: gpg is not installed: apt-get install gnupg" >&2
  exit 77
fi

lab_start_sshd
export GNUPGHOME=$LAB_DIR/gnupg
mkdir -m 700 "$GNUPGHOME"
echo "max-cache-ttl 0" >"$GNUPGHOME/gpg-agent.conf"
lab_at_exit_before=$(declare -f lab_at_exit)
eval "${lab_at_exit_before/lab_at_exit/report_at_exit}"
lab_at_exit() { gpgconf --kill all; report_at_exit "$@"; }
gpg --batch --quiet --pinentry-mode loopback --passphrase "c0rrect h0rse" --quick-gen-key archive@barman.test default default never 2>/dev/null
lab_create_cluster source --wal-segsize=1
lab_create_tables source
lab_add_rows source 1000 >/dev/null
lab_keep_busy source
area=$LAB_DIR/area
mkdir "$area"
configure() { # "OPTION = VALUE"...
  lab_configure_server stream source postgres "backup_compression = gzip" "backup_compression_format = tar" "encryption_key_id = archive@barman.test" "$@"
}
secret="encryption_passphrase_command = echo c0rrect h0rse"
configure "encryption = gpg" "$secret"
use reference
lab_receive_wal source stream
run reference switch-wal --archive --archive-timeout 60 stream
if ((LAB_PG_MAJOR >= 17)); then
  lab_sql source "alter system set summarize_wal = on"
  lab_sql source "select pg_reload_conf()" >/dev/null
  lab_wait_for 10 "summarize_wal" lab_sql_is source on "show summarize_wal"
fi
take_backup stream
single=$backup
options=(--target-immediate stream)
remote=(--remote-ssh-command "$LAB_SSH")
there=("${remote[@]}" --staging-path "$area" --staging-location remote)
leaves=("$single")
if ((LAB_PG_MAJOR >= 17)); then
  configure "encryption = none"
  take_backup stream --incremental latest
  configure "encryption = gpg" "$secret"
  take_backup stream --incremental latest
  leaves+=("$backup")
else
  echo "NOT TESTED: chains, of which PostgreSQL $LAB_PG_MAJOR takes none" >&2
fi
configure "$secret"
for leaf in "${leaves[@]}"; do
  restored_alike "$leaf, here" "${options[@]}" "$leaf"
  restored_alike "$leaf, remote" "${remote[@]}" --staging-path "$area" "${options[@]}" "$leaf"
  restored_alike "$leaf, remote work area" "${there[@]}" "${options[@]}" "$leaf"
done
refused_alike "delta restore here" --delta-restore "${options[@]}" "$single"
refused_alike "only a work area for compressed backups" --recovery-staging-path "$area" "${options[@]}" "$single"
configure
deliberately D-RST-29 '/^Copying the base backup[.]$/d' \
  refused_alike "no encryption_passphrase_command" "${options[@]}" "$single"
configure "encryption_passphrase_command = echo wrong"
restore_by ours "$target/data" --staging-path "$area" "${options[@]}" "$single"
holds "D-RST-29: a wrong passphrase is named in gpg's words" grep -q "Bad passphrase" "$answers/words.ours"
holds "... and nothing is restored" test -z "$(find "$target" -type f)"
holds "the work area is empty in the end" test -z "$(find "$area" -mindepth 1 -name "barman-restore-*")"
conclude
