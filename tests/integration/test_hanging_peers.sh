#!/usr/bin/env bash
# A remote command or an rsync that never answers is given up after hang_timeout, whoever starts it: ssh probes, copies
# of WAL and backups between nodes, restores to another host, the questions of check.
. "${BASH_SOURCE[0]%/*}/common.sh"
. "${BASH_SOURCE[0]%/*}/../conformance/recorded_home.sh"

hang=2
place_recorded_home "$LAB_DIR/primary"
export BARMAN_CONFIG_FILE=$LAB_DIR/primary.conf
sed -i "/^\[barman\]/a hang_timeout = $hang" "$BARMAN_CONFIG_FILE"
mkdir -p "$LAB_DIR/bin" "$LAB_DIR/barman" "$LAB_DIR/restore"

# Stand-ins for ssh: the last word is the remote command line, or rsync's words follow the host.
ssh_that() { # NAME SHELL-TEXT
  printf '#!/bin/bash\nfor last; do :; done\n%s\n' "$2" >"$LAB_DIR/bin/$1"
  chmod 755 "$LAB_DIR/bin/$1"
}
ssh_that hangs 'exec sleep 1000'
# shellcheck disable=SC2016
ssh_that copies-never '[[ $* != *"rsync --server"* ]] || exec sleep 1000
exec bash -c "$last"'
# shellcheck disable=SC2016
ssh_that answers '[[ $* != *"rsync --server"* ]] || exec bash -c "${*:2}"
exec bash -c "$last"'

gives_up() { # WHAT MESSAGE COMMAND...
  local what=$1 message=$2 begin=$SECONDS; shift 2
  expect_status 1 "$@"
  ((SECONDS - begin < 40)) || failed "$what: it took $((SECONDS - begin)) s" "$output"
  expect_text "$what is given up" "$message" "$output"
}

# ---- A passive node ---------------------------------------------------------------------------------------------------

passive() { # NAME SSH
  cat >"$LAB_DIR/passive-$1.conf" <<END
[barman]
barman_home = $LAB_DIR/barman
barman_user = $(id -un)
log_file = $LAB_DIR/log/passive.log
hang_timeout = $hang
[main]
primary_ssh_command = $LAB_DIR/bin/$2 primary
compression = gzip
END
}
passive hangs hangs
passive works answers
passive copies-never copies-never
gives_up "sync-info of a primary that hangs" "no answer within $hang seconds" \
  barman -c "$LAB_DIR/passive-hangs.conf" sync-info main --primary
run barman -c "$LAB_DIR/passive-works.conf" sync-info main --primary
gives_up "sync-backup from a primary that hangs" "nothing moved for $hang seconds (hang_timeout)" \
  barman -c "$LAB_DIR/passive-copies-never.conf" sync-backup main 20261121T130254
run barman -c "$LAB_DIR/passive-works.conf" sync-backup main 20261121T130254
gives_up "sync-wals from a primary that hangs" "nothing moved for $hang seconds (hang_timeout)" \
  barman -c "$LAB_DIR/passive-copies-never.conf" sync-wals main
run barman -c "$LAB_DIR/passive-works.conf" sync-wals main

# ---- A restore to another host ----------------------------------------------------------------------------------------

restore_with() { # SSH
  barman restore --skip-archive-wal --remote-ssh-command "$LAB_DIR/bin/$1 target" --tablespace "ts_a:$LAB_DIR/restore/a" \
    --tablespace "ts_b:$LAB_DIR/restore/b" main 20261121T130254 "$LAB_DIR/restore/data"
}
gives_up "the probe of a host to restore to" \
  "Unable to connect to the target host using the command '$LAB_DIR/bin/hangs target': no answer within $hang seconds" \
  restore_with hangs
expect_false "nothing was written" test -e "$LAB_DIR/restore/data"
gives_up "the copy to a host to restore to" "nothing moved for $hang seconds (hang_timeout)" \
  restore_with copies-never

# ---- check ------------------------------------------------------------------------------------------------------------

cat >"$LAB_DIR/check.conf" <<END
[barman]
barman_home = $LAB_DIR/checked
barman_user = $(id -un)
log_file = $LAB_DIR/log/check.log
hang_timeout = $hang
check_timeout = 0
[main]
ssh_command = $LAB_DIR/bin/hangs pg
conninfo = host=127.0.0.1 port=1 user=nobody connect_timeout=2
backup_method = rsync
archiver = on
END
mkdir -p "$LAB_DIR/checked"
gives_up "check, without a check_timeout," "ssh: FAILED (Connection failed using '$LAB_DIR/bin/hangs pg" \
  barman -c "$LAB_DIR/check.conf" check main
