#!/usr/bin/env bash
# A key in authorized_keys with barman-gatekeeper as its forced command archives and restores WAL of its own server through
# a real sshd, and gives its holder nothing else.
. "${BASH_SOURCE[0]%/*}/common.sh"

lab_start_sshd
lab_create_cluster source --wal-segsize=1
lab_configure_server main source local-rsync
lab_configure_server other source local-rsync
run barman cron
incoming=$LAB_DIR/barman/main/incoming

# The PostgreSQL host's key, as docs/gatekeeper.md says. The laboratory's own key is that of an administrator.
gatekeeper=$(realpath "$BARMAN_BIN_DIR")/barman-gatekeeper
ssh-keygen -q -t ed25519 -N '' -C guarded -f "$LAB_DIR/ssh/guarded_key"
administrator=$(cat "$LAB_DIR/ssh/client_key.pub")
guarded=$(cat "$LAB_DIR/ssh/guarded_key.pub")
guard_with() { # GATEKEEPER ARGUMENTS
  printf '%s\n' "restrict,command=\"$gatekeeper $1\" $guarded" "$administrator" >"$LAB_DIR/ssh/authorized_keys"
}
guard_with main
# What an ssh client in the PATH of that host does.
mkdir "$LAB_DIR/host"
sed "s/client_key/guarded_key/" "$LAB_DIR/ssh/config" >"$LAB_DIR/ssh/guarded_config"
printf '#!/bin/sh\nexec /usr/bin/ssh -F %s "$@"\n' "$LAB_DIR/ssh/guarded_config" >"$LAB_DIR/host/ssh"
chmod 755 "$LAB_DIR/host/ssh"
there() { PATH=$LAB_DIR/host:$PATH "$@"; }
remote() { there ssh -q -T host "$@"; }

# ---- What it is for -------------------------------------------------------------------------------------------------

run there barman-wal-archive --test -U "$LAB_USER" host main x
expect_text "barman-wal-archive --test" "Ready to accept WAL files for the server main" "$output"
run there barman-wal-restore --test -U "$LAB_USER" host main x y
expect_text "barman-wal-restore --test" "Ready to retrieve WAL files from the server main" "$output"

lab_archive_with source "PATH=$LAB_DIR/host:$PATH barman-wal-archive -U $LAB_USER host main %p"
wal=$(close_segment source)
lab_wait_for 30 "segment $wal in incoming/" test -f "$incoming/$wal"
passed "PostgreSQL archives through the gatekeeper"
run barman archive-wal main
run there barman-wal-restore -U "$LAB_USER" host main "$wal" "$LAB_DIR/tmp/restored"
expect_true "barman-wal-restore gets the same bytes" cmp "$LAB_DIR/tmp/restored" "${LAB_DATA[source]}/pg_wal/$wal"
for option in --partial --gzip --keep-compression; do
  run there barman-wal-restore "$option" -U "$LAB_USER" host main "$wal" "$LAB_DIR/tmp/restored"
  expect_true "and with $option" cmp "$LAB_DIR/tmp/restored" "${LAB_DATA[source]}/pg_wal/$wal"
done
next=$(close_segment source)
lab_wait_for 30 "segment $next in incoming/" test -f "$incoming/$next"
run there barman-wal-restore -p 2 --spool-dir "$LAB_DIR/tmp/spool" -U "$LAB_USER" host main "$wal" "$LAB_DIR/tmp/restored"
expect_true "with --parallel the next one comes along" cmp "$LAB_DIR/tmp/spool/$next" "${LAB_DATA[source]}/pg_wal/$next"
expect_status 1 there barman-wal-restore -U "$LAB_USER" host main 0000000100000000000000FF "$LAB_DIR/tmp/restored"
passed "a segment that is not there yet is the end of WAL to PostgreSQL (1)"

if [[ -n ${BARMAN_REFERENCE_BIN:-} ]]; then
  run there "$BARMAN_REFERENCE_BIN/barman-wal-archive" --test -U "$LAB_USER" host main x
  cp "${LAB_DATA[source]}/pg_wal/$next" "$LAB_DIR/tmp/$next"
  run there "$BARMAN_REFERENCE_BIN/barman-wal-archive" -U "$LAB_USER" host main "$LAB_DIR/tmp/$next"
  for option in --partial --gzip --bzip2 --keep-compression; do
    run there "$BARMAN_REFERENCE_BIN/barman-wal-restore" "$option" -U "$LAB_USER" host main "$wal" "$LAB_DIR/tmp/restored"
    cmp "$LAB_DIR/tmp/restored" "${LAB_DATA[source]}/pg_wal/$wal" || failed "Barman's barman-wal-restore $option"
  done
  run there "$BARMAN_REFERENCE_BIN/barman-wal-restore" -p 2 --spool-dir "$LAB_DIR/tmp/spool2" -U "$LAB_USER" host main "$wal" "$LAB_DIR/tmp/restored"
  passed "Barman's own clients pass, too"
else
  passed "(Barman's own clients: not tried, BARMAN_REFERENCE_BIN is not set)"
fi

# ---- What it is against ---------------------------------------------------------------------------------------------

lab_archive_with source true
barman -q archive-wal main
before=$(listing "$LAB_DIR/barman")
witness=$LAB_DIR/tmp/witness # what an attack would make
refused() { # WHAT REASON COMMAND...
  local what=$1 reason=$2; shift 2
  expect_status 126 remote "$@" </dev/null
  expect_text "$what" "ERROR: refused by barman-gatekeeper: $reason" "$output"
}
refused "no command" "no command was given"
refused "a shell" "'bash' is not 'barman'" "bash -c 'touch $witness'"
refused "a second command" "unrecognized arguments: touch" "barman put-wal main; touch $witness"
refused "a second command, glued" "server 'main;id' is not allowed" "barman put-wal main;id"
refused "a second line" "the command holds control characters" "barman put-wal main"$'\n'"touch $witness"
refused "a substitution" "server '\$(id)' is not allowed" "barman put-wal \$(id)"
refused "a longer substitution" "unrecognized arguments: $witness)" "barman put-wal \$(touch $witness)"
refused "backquotes" "'\`touch' is not" "\`touch $witness\`"
refused "a pipe" "unrecognized arguments: | sh" "barman get-wal main $wal | sh"
refused "a redirection" "unrecognized arguments: >$witness" "barman get-wal main $wal >$witness"
refused "an assignment" "'BARMAN_CONFIG_FILE=/tmp/x' is not 'barman'" "BARMAN_CONFIG_FILE=/tmp/x barman put-wal main"
refused "put-wal of another server" "server 'other' is not allowed" barman put-wal other
refused "get-wal of another server" "server 'other' is not allowed" "barman get-wal 'other' '$wal'"
refused "a path in the place of a WAL name" "'../../other/wals/$wal' is not a WAL file name" "barman get-wal main ../../other/wals/$wal"
refused "writing on the Barman host" "unrecognized arguments: -o" "barman get-wal -o $LAB_DIR/tmp main $wal"
refused "another configuration" "configuration file '/tmp/x' is not allowed" "barman --config /tmp/x put-wal main"
refused "the usual configuration, named" "configuration file '$BARMAN_CONFIG_FILE' is not allowed" "barman --config $BARMAN_CONFIG_FILE put-wal main"
refused "another verb" "'delete' is not allowed" barman delete main oldest
refused "a shortened verb" "'put' is not allowed" barman put main
refused "rsync" "'rsync' is not 'barman'" "rsync --server --sender -e.LsfxCIvu . $LAB_DIR/barman/"
for name in SSH_ORIGINAL_COMMAND BARMAN_CONFIG_FILE LD_PRELOAD; do
  expect_status 126 there ssh -q -T -o "SetEnv=$name=/tmp/x" host id
done
passed "variables from over there change nothing"

expect_status 255 there sftp -q -b - host <<<"ls $LAB_DIR"
passed "sftp"
for option in -O -s; do
  expect_false "scp $option to the Barman host" there scp -q "$option" "$LAB_DIR/tmp/restored" "host:$witness" 2>/dev/null
  expect_false "scp $option from the Barman host" there scp -q "$option" "host:$BARMAN_CONFIG_FILE" "$LAB_DIR/tmp/stolen" 2>/dev/null
done
expect_false "a tunnel through standard input" there ssh -q -W "127.0.0.1:${LAB_PORT[source]}" host </dev/null
lab_free_port
port=$REPLY
there ssh -q -N -L "127.0.0.1:$port:127.0.0.1:${LAB_PORT[source]}" host &
tunnel=$!
lab_wait_for 10 "the near end of a tunnel" lab_port_answers "$port"
expect_false "a forwarded port leads nowhere" timeout 10 pg_isready -q -h 127.0.0.1 -p "$port"
kill "$tunnel"
wait "$tunnel" || true
expect_false "a port here for the Barman host" there ssh -q -N -o ExitOnForwardFailure=yes -R "127.0.0.1:0:127.0.0.1:1" host
expect_status 255 there ssh -q -tt host bash
passed "a terminal"

expect_false "no attack has made anything" test -e "$witness" -o -e "$LAB_DIR/tmp/stolen"
expect_equal "nothing below barman_home has changed" "$before" "$(listing "$LAB_DIR/barman")"

# ---- Its own options ------------------------------------------------------------------------------------------------

guard_with "--only put-wal main"
run remote barman put-wal --test main
refused "get-wal where only put-wal is allowed" "only put-wal is allowed" "barman get-wal main $wal"
guard_with "--config '$BARMAN_CONFIG_FILE' --also other main"
run remote barman put-wal --test other
expect_line "a second server of the same host" "Ready to accept WAL files for the server other" "$output"
run there barman-wal-archive --test -c "$BARMAN_CONFIG_FILE" -U "$LAB_USER" host main x
passed "the configuration file that it was given may be named"
guard_with ""
expect_status 2 remote barman put-wal main
expect_text "without a server it serves none" "the following arguments are required: SERVER_NAME" "$output"
