#!/usr/bin/env bash
# shellcheck disable=SC2317 # prepare_place is redefined
# Every option of restore, in both programs: the same words, exit status, files and settings; the same refusals, before
# anything is written.
. "${BASH_SOURCE[0]%/*}/common.sh"
. "${BASH_SOURCE[0]%/*}/restored.sh"

lab_start_sshd
lab_create_cluster source --wal-segsize=1
lab_create_tables source
incoming=$LAB_DIR/barman/main/incoming
mkdir -p "$incoming"
configure() { # ["OPTION = VALUE"...]
  lab_configure_server main source local-rsync "$@"
}
configure
use ours
lab_archive_with source "test ! -f $incoming/%f && cp %p $incoming/%f.tmp && mv $incoming/%f.tmp $incoming/%f"
run ours switch-wal --force --archive --archive-timeout 60 main
take_backup main
first=$backup
between_lsn=$(lab_sql source "select pg_current_wal_insert_lsn()")
between_time=$(lab_sql source "select clock_timestamp()")
sleep 1
lab_add_rows source 20 >/dev/null
take_backup main
second=$backup
lab_sql source "select pg_create_restore_point('here')" >/dev/null
lsn=$(lab_sql source "select pg_current_wal_insert_lsn()")
time=$(lab_sql source "select clock_timestamp()")
lab_add_rows source 20 >/dev/null
run ours switch-wal --archive --archive-timeout 60 main
lab_archive_with source true
run ours archive-wal main

# Nothing is started from these backups: small is quick.
find "$LAB_DIR"/barman/main/base/*/data/base -name '[0-9]*' -type f -delete

# ---- Refusals -------------------------------------------------------------------------------------------------------

refused_alike "relative staging path" --staging-path tmp main latest
refused_alike "relative recovery staging path" --recovery-staging-path tmp main latest
refused_alike "relative local staging path" --local-staging-path tmp main latest
refused_alike "remote staging without a remote host" --staging-location remote main latest
refused_alike "malformed tablespace rule" --tablespace nonsense main latest
refused_alike "network compression here" --network-compression main latest
refused_to_alike "a destination with a colon" "host:$target/data" main latest
refused_alike "snapshot options" --snapshot-recovery-instance i --gcp-zone z main latest
restored_alike "other snapshot options" --snapshot-recovery-zone z --azure-resource-group g --aws-region r main latest
refused_alike "an unreachable host" --remote-ssh-command "ssh -o BatchMode=yes -p 1 nobody@127.0.0.1" main latest
refused_alike "auto with an xid" --target-xid 5 main auto
refused_alike "auto with a name" --target-name x main auto
refused_alike "auto at once" --target-immediate main auto
refused_alike "auto on the current timeline" --target-tli current main auto
refused_alike "auto before every backup, by time" --target-time "2001-01-01 00:00:00+00:00" main auto
refused_alike "auto before every backup, by LSN" --target-lsn 0/100 main auto
refused_alike "auto on another timeline" --target-tli 7 main auto
restored_alike "a deprecated option that nothing needs" --recovery-staging-path /tmp main latest
refused_alike "an unknown backup" main nowhere
refused_alike "an unknown server" nowhere latest
refused_alike "a word for a timeline" --target-tli newest main latest
refused_alike "timeline zero" --target-tli 0 main latest
refused_alike "an unknown action" --target-action sleep main latest
refused_alike "no jobs" --jobs 0 main latest
refused_alike "an unknown place for staging" --staging-location here main latest
refused_alike "an action without a target" --target-action promote main latest
deliberately D-RST-08 "s/(Unable to parse the target time parameter 'whenever': ).*/\\1X/" \
  : # the reason is the parser's own

prepare_place() { mkdir "$target/ts_b"; echo precious >"$target/ts_b/file"; }
refused_alike "a tablespace location in use" main latest
prepare_place() { mkdir "$target/data"; echo precious >"$target/data/file"; }
refused_alike "a destination in use" main latest
refused_alike "a destination in use, remote" --remote-ssh-command "$LAB_SSH" main latest
prepare_place() { :; }

# ---- Choice of the backup -------------------------------------------------------------------------------------------

restored_alike "auto" main auto
restored_alike "auto by an LSN between" --target-lsn "$between_lsn" main auto
restored_alike "auto by a time between" --target-time "$between_time" --target-tli latest main auto
restored_alike "auto by timeline" --target-tli 1 main auto
restored_alike "auto by LSN and action" --target-lsn "$lsn" --target-action promote --exclusive main auto

# A host that knows itself only as localhost makes Barman write just that; its name and size are left out here.
far_alike() { # CASE OPTION... SERVER BACKUP
  local side
  for side in reference ours; do
    restore_by "$side" "$target/data" --remote-ssh-command "$LAB_SSH" "${@:2}"
    sed -i -E '/postgresql\.auto\.conf$/d; s/^(restore_command = .barman-wal-restore .* )[^ ]+( main %f %p)/\1HOST\2/' "$answers/content.$side"
    sed -i -E 's/^(data\/postgresql\.auto\.conf f 600) .*/\1/' "$answers/tree.$side"
  done
  compare "$1: what restore says" working "$answers/words.reference" "$answers/words.ours"
  compare "$1: names, kinds, modes and sizes" asking "$answers/tree.reference" "$answers/tree.ours"
  compare "$1: settings" asking "$answers/content.reference" "$answers/content.ours"
}

# ---- Recovery settings ----------------------------------------------------------------------------------------------

restored_alike "another recovery file" --target-immediate --recovery-conf-filename extra.conf main latest
restored_alike "recovery settings in postgresql.conf" --target-immediate --recovery-conf-filename postgresql.conf main latest
restored_alike "custom restore_command" --get-wal --restore-command "fetch 'it' %f %p" main latest
restored_alike "custom restore_command without get-wal" --restore-command "fetch %f %p" --target-immediate main latest
far_alike "remote get-wal" --get-wal --recovery-option-port 2222 --jobs 3 main latest
far_alike "remote get-wal, standby" --get-wal --standby-mode main latest
restored_alike "standby with a target" --standby-mode --target-time "$time" --target-action shutdown main latest
for side in reference ours; do
  restore_by "$side" "$target/data" --get-wal --target-name here --target-tli current main latest
done
compare "get-wal with a target: what restore says" working "$answers/words.reference" "$answers/words.ours"
compare "get-wal with a target: settings" asking "$answers/content.reference" "$answers/content.ours"
deliberately D-RST-11 '/^data\/barman_wal/d; s/^(data\/pg_wal) d 700$/&\n\1\/archive_status d 755/' \
  compare "get-wal with a target: names, kinds, modes and sizes" asking "$answers/tree.reference" "$answers/tree.ours"
restored_alike "partial ignored" --partial-wal --target-immediate main latest
restored_alike "partial ignored for get-wal" --partial-wal --get-wal main latest
restored_alike "exclusive without a target" --exclusive main latest
restored_alike "every limit" --bwlimit 100000 --no-retry --retry-sleep 1 --jobs 2 --jobs-start-batch-size 1 --jobs-start-batch-period 1 main "$first"
restored_alike "remote, compressed on the way" --remote-ssh-command "$LAB_SSH" --network-compression --target-immediate main latest
configure "recovery_options = get-wal" "parallel_jobs = 4" "network_compression = true"
far_alike "options of the configuration, remote" main latest
restored_alike "options of the configuration, overridden" --remote-ssh-command "$LAB_SSH" --no-get-wal --no-network-compression --jobs 1 \
  --target-immediate main latest
configure "recovery_options = delta-restore"
refused_alike "delta restore of the configuration, overridden" --no-delta-restore main nowhere

# A streamed partial segment goes along.
configure
streaming=$LAB_DIR/barman/main/streaming last=$(archived_segments main | tail -n 1)
mkdir -p "$streaming"
partial=$(next_segment "$last" 1)
segment_as "$partial" 1 <"$(find "$LAB_DIR/barman/main/wals" -name "$last")" >"$streaming/$partial.partial"
restored_alike "partial segment" --partial-wal main latest
restored_alike "partial segment, remote and with a target" --partial-wal --target-name here --remote-ssh-command "$LAB_SSH" main latest
rm "$streaming"/*

# ---- Configuration files --------------------------------------------------------------------------------------------

data=$LAB_DIR/barman/main/base/$second/data
cp -a "$data" "$LAB_DIR/data"
printf '%s\n' "# a comment" "archive_command = 'a'" "  archive_command	'b' # twice" "archive_command='c'" "#archive_command = 'd'" \
  "recovery_target_time = '2020-01-01'" "recovery_target='immediate'" "recovery_target_timeline=3" "recovery_min_apply_delay = 5" \
  "data_directory = '/x'" "hba_file='/y'  # z" "unix_socket_directories = '/tmp, /run'" "include 'more.conf'" "include_dir = 'd'" \
  "ssl_cert_file 'c'" "" "external_pid_file = ''" >"$data/postgresql.conf"
printf "archive_command = 'again'\n" >"$data/postgresql.auto.conf"
rm "$data/pg_ident.conf"
chmod 640 "$data/postgresql.conf"
restored_alike "settings to neutralise" main latest
restored_alike "settings to neutralise, with settings to add" --target-immediate main latest
restored_alike "settings to neutralise, remote" --remote-ssh-command "$LAB_SSH" --target-immediate main latest
rm "$data"/{pg_hba.conf,postgresql.auto.conf,postgresql.conf}
restored_alike "configuration files missing" main latest
restored_alike "configuration files missing, with settings to add" --get-wal main latest
rm -rf "$data"
mv "$LAB_DIR/data" "$data"

# ---- Delta restore --------------------------------------------------------------------------------------------------

# An earlier restore, changed since: some files differ, some are gone, some are new.
cp -a "$LAB_DIR/barman/main/base/$first/data" "$LAB_DIR/earlier"
cp "$LAB_DIR/barman/main/meta/$first-backup.info" "$LAB_DIR/earlier/.barman-recover.info"
prepare_place() {
  cp -a "$LAB_DIR/earlier" "$target/data"
  mkdir "$target/ts_a" "$target/data/new"
  echo stale >"$target/ts_a/file"; echo stale >"$target/data/new/file"; echo stale >"$target/data/base/1/PG_VERSION"
  rm -r "$target/data/global"; mkdir -p "$target/data/pg_wal"; echo mine >"$target/data/pg_wal/mine"
  ln -sfn /nowhere "$target/data/pg_tblspc/77777"
}
restored_alike "delta restore" --delta-restore main latest
restored_alike "delta restore, remote, with a target" --delta-restore --remote-ssh-command "$LAB_SSH" --target-immediate main latest
configure "recovery_options = delta-restore,get-wal"
restored_alike "delta restore of the configuration" main latest
configure
prepare_place() { :; }
restored_alike "delta restore into nothing" --delta-restore main latest

# ---- Servers that are not there -------------------------------------------------------------------------------------

configure "active = false"
restored_alike "an inactive server" --target-immediate main latest
configure "conninfo = host=127.0.0.1 port=1 user=barman dbname=postgres" "ssh_command = ssh -p 1 nobody@127.0.0.1"
restored_alike "a server that is gone" --target-immediate main latest
restored_alike "a server that is gone, get-wal" --get-wal main latest
configure

same_words() { # CASE OPTION... SERVER BACKUP
  restore_by reference "$target/data" "${@:2}"
  restore_by ours "$target/data" "${@:2}"
  compare "$1: what restore says" working "$answers/words.reference" "$answers/words.ours"
}

# ---- Backups that are not complete ----------------------------------------------------------------------------------

info=$LAB_DIR/barman/main/meta/$second-backup.info
cp "$info" "$LAB_DIR/info"
for state in FAILED EMPTY STARTED SYNCING WAITING_FOR_WALS; do
  sed -i "s/^status=.*/status=$state/" "$info"
  if [[ $state == WAITING_FOR_WALS ]]; then
    deliberately D-RST-14 '/^WARNING: IMPORTANT: The backup we have restored IS NOT VALID/d' \
      same_words "a backup in state $state" main "$second"
    restored_alike "a backup in state $state, get-wal" --get-wal main "$second"
  else
    refused_alike "a backup in state $state" main "$second"
  fi
done
cp "$LAB_DIR/info" "$info"
conclude
