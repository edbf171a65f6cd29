# shellcheck shell=bash disable=SC2034
# A throwaway laboratory: PostgreSQL clusters, an sshd and a Barman configuration on loopback, all under one directory and
# all run by one ordinary user. Sourced by scripts/demo and the integration tests; leaves nothing behind but, when started
# by root, the system user that it runs as.
#
# Read from the environment
#   BARMAN_BIN_DIR  directory with barman, barman-wal-archive and barman-wal-restore
#   BARMAN_TORTURE_DIR  what tests/torture disturbs the programs with, only for those tests
#   BARMAN_REFERENCE_BIN  the same programs of Barman itself, only for tests that compare with it
#   LAB_BASE        where the laboratory's directory is made (default /tmp; keep it short, it holds unix sockets)
#   LAB_POSTGRESQL  directory of PostgreSQL's programs (default: of the newest version that Debian has installed)
#   LAB_CLOUD=1     the programs that work on object stores are under test, too
#   LAB_KEEP=1      leave everything running at exit
# Set by lab_open
#   LAB_DIR         its directory      LAB_USER     who runs it
#   LAB_PG_BIN      PostgreSQL's programs, already first in PATH after the programs under test
#   LAB_PG_MAJOR    their version: 15
#   LAB_DATA[name]  LAB_PORT[name]     data directory and port of each cluster
#   LAB_SSH         an ssh command line, with all options, that reaches this host as LAB_USER

lab_account=barmanlab
lab_source=$(realpath "${BASH_SOURCE[0]}")
lab_root=${lab_source%/scripts/lib/*}
lab_programs=(barman barman-wal-archive barman-wal-restore)
[[ -z ${LAB_CLOUD:-} ]] || lab_programs+=(barman-cloud-{backup,backup-delete,backup-keep,backup-list,backup-show} \
  barman-cloud-{check-wal-archive,restore,wal-archive,wal-restore})
# For find: files of ours in which is remembered what was seen. They come and go with reading, and say nothing of the catalogue.
lab_no_notes=(! -name '*.wal-notes*' ! -name '*.restore-history*' ! -name '*.cron-last-run*')
declare -gA LAB_DATA=() LAB_PORT=()

lab_fail() { echo "${0##*/}: $*" >&2; exit 1; }

# ---- Who runs it ----------------------------------------------------------------------------------------------------

# PostgreSQL refuses to run as root. Called by root, this replaces the calling script by itself run as an ordinary user,
# from a copy of the scripts and programs where that user cannot read them. Otherwise it does nothing.
lab_become_ordinary_user() { # SCRIPT [ARGUMENT...]
  ((EUID == 0)) || return 0
  local script file
  script=$(realpath "$1"); shift
  BARMAN_BIN_DIR=$(realpath "$BARMAN_BIN_DIR")
  lab_ensure_account
  LAB_DIR=$(mktemp -d "${LAB_BASE:-/tmp}/barman-lab.XXXXXX")
  trap 'rm -rf "$LAB_DIR"' EXIT
  [[ -z ${BARMAN_TORTURE_DIR:-} ]] || BARMAN_TORTURE_DIR=$(realpath "$BARMAN_TORTURE_DIR")
  for file in "$script" "$lab_source" "${lab_programs[@]/#/$BARMAN_BIN_DIR/}"; do
    lab_as_account test -r "$file" && continue
    mkdir -p "$LAB_DIR/stage/bin" "$LAB_DIR/stage/tests"
    cp -RL "$lab_root"/{bench,docs,packaging,scripts} "$LAB_DIR/stage/"
    cp -RL "$lab_root"/tests/{conformance,data,integration,simulation,stores,torture} "$LAB_DIR/stage/tests/"
    cp -L "${lab_programs[@]/#/$BARMAN_BIN_DIR/}" "$LAB_DIR/stage/bin/"
    script=$LAB_DIR/stage/${script#"$lab_root"/}
    BARMAN_BIN_DIR=$LAB_DIR/stage/bin
    if [[ -n ${BARMAN_TORTURE_DIR:-} ]]; then
      cp -RL "$BARMAN_TORTURE_DIR" "$LAB_DIR/stage/torture"
      BARMAN_TORTURE_DIR=$LAB_DIR/stage/torture
    fi
    break
  done
  if [[ -n ${BARMAN_REFERENCE_BIN:-} ]] && ! lab_as_account "$BARMAN_REFERENCE_BIN/barman" --version >/dev/null 2>&1; then
    cp -RL "${BARMAN_REFERENCE_BIN%/bin}" "$LAB_DIR/reference"
    BARMAN_REFERENCE_BIN=$LAB_DIR/reference/bin
  fi
  chown -R "$lab_account:" "$LAB_DIR"
  cd /
  export LAB_DIR BARMAN_BIN_DIR BARMAN_TORTURE_DIR HOME=/ USER=$lab_account LOGNAME=$lab_account
  exec setpriv --reuid="$lab_account" --regid="$(id -g "$lab_account")" --init-groups bash "$script" "$@"
}

lab_ensure_account() {
  id "$lab_account" >/dev/null 2>&1 && return
  useradd --system --user-group --home-dir / --no-create-home --shell /bin/bash "$lab_account" ||
    id "$lab_account" >/dev/null 2>&1 || lab_fail "cannot create the user $lab_account"
}

lab_as_account() {
  setpriv --reuid="$lab_account" --regid="$(id -g "$lab_account")" --init-groups "$@"
}

# ---- Opening and closing --------------------------------------------------------------------------------------------

lab_open() {
  ((EUID != 0)) || lab_fail "PostgreSQL does not run as root; call lab_become_ordinary_user first"
  LAB_DIR=${LAB_DIR:-$(mktemp -d "${LAB_BASE:-/tmp}/barman-lab.XXXXXX")}
  trap lab_close EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 141' PIPE
  trap 'exit 143' TERM
  LAB_USER=$(id -un)
  # Blocks of ports below the range that the kernel hands out, different for laboratories that run side by side.
  lab_next_port=$((15000 + $$ * 10 % 17000))
  mkdir -p "$LAB_DIR"/{bin,etc/barman.d,barman,home,lib,log,pg,restore,sockets,ssh,tmp}
  lab_find_postgresql
  lab_use_programs "$BARMAN_BIN_DIR"
  lab_use_own_ssh # needs no configuration of the user's
  cp "$lab_source" "$LAB_DIR/lib/lab.sh"
  # Every process started from here on inherits this mark, by which lab_stop finds those that left our process group.
  export BARMAN_LAB=$LAB_DIR
  export PATH=$LAB_DIR/bin:$LAB_PG_BIN:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin
  export BARMAN_CONFIG_FILE=$LAB_DIR/etc/barman.conf HOME=$LAB_DIR/home TMPDIR=$LAB_DIR/tmp LC_ALL=C.UTF-8 TZ=UTC
  unset "${!PG@}"
  cd "$LAB_DIR" || lab_fail "cannot enter $LAB_DIR"
  lab_write_global_configuration
}

# Runs at exit, whatever the reason. A script with more to do at its end defines lab_at_exit, which is called before the
# servers stop.
lab_close() {
  local status=$?
  set +e
  trap - EXIT
  trap '' HUP INT PIPE TERM
  [[ $(type -t lab_at_exit) != function ]] || lab_at_exit "$status"
  if [[ ${LAB_KEEP:-} == 1 ]]; then
    lab_write_stop_script
  else
    lab_stop
    cd /
    rm -rf "$LAB_DIR"
  fi
  exit "$status"
}

# For LAB_KEEP: a file to source for looking around, and a script that ends the laboratory.
lab_write_stop_script() {
  printf 'export %s\n' "PATH=$PATH" "BARMAN_CONFIG_FILE=$BARMAN_CONFIG_FILE" "BARMAN_LAB=$LAB_DIR" >"$LAB_DIR/environment"
  cat >"$LAB_DIR/stop" <<END
#!/usr/bin/env bash
set -euo pipefail
. "$LAB_DIR/lib/lab.sh"
LAB_DIR=$LAB_DIR
lab_stop
cd /
rm -rf "$LAB_DIR"
END
  chmod 755 "$LAB_DIR/stop"
}

lab_stop() {
  local pids pid file
  mapfile -t pids < <(lab_marked_processes)
  for file in "$LAB_DIR"/ssh/sshd.pid "$LAB_DIR"/*/*/postmaster.pid "$LAB_DIR"/pg/*/data/postmaster.pid; do
    pid=$(lab_pid_from_file "$file") && pids+=("$pid")
  done
  ((${#pids[@]})) || return 0
  for pid in "${pids[@]}"; do
    case $(cat "/proc/$pid/comm" 2>/dev/null) in
      postgres) kill -QUIT "$pid" 2>/dev/null ;;
      *) kill -TERM "$pid" 2>/dev/null ;;
    esac || true
  done
  lab_try_for 10 lab_all_gone "${pids[@]}" && return
  kill -KILL "${pids[@]}" 2>/dev/null || true
  lab_try_for 5 lab_all_gone "${pids[@]}" || echo "lab: still running: ${pids[*]}" >&2
}

# Processes that carry this laboratory's mark in their environment, except this shell and its ancestors.
lab_marked_processes() {
  local pid=$BASHPID ancestors=' '
  while ((pid > 1)); do
    ancestors+="$pid "
    pid=$(awk '/^PPid:/ { print $2 }' "/proc/$pid/status")
  done
  grep -lszxF "BARMAN_LAB=$LAB_DIR" /proc/[0-9]*/environ | while IFS=/ read -r _ _ pid _; do
    [[ $ancestors == *" $pid "* ]] || echo "$pid"
  done
}

# The pid in a pid file, if it still belongs to a server of this laboratory.
lab_pid_from_file() { # FILE
  local pid
  [[ -f $1 ]] && read -r pid <"$1" && [[ $pid =~ ^[0-9]+$ ]] || return 1
  [[ $(readlink "/proc/$pid/cwd") == "$LAB_DIR"/* || $(tr '\0' ' ' <"/proc/$pid/cmdline") == *"$LAB_DIR"* ]] 2>/dev/null || return 1
  echo "$pid"
}

lab_all_gone() { # PID...
  local pid
  for pid in "$@"; do
    ! grep -qs '^State:.[^ZX]' "/proc/$pid/status" || return 1
  done
}

# Ends a run that hangs, in time to clean up: the script gets SIGTERM, and what it may be waiting for is stopped.
lab_limit_run_time() { # SECONDS
  (
    trap - EXIT HUP INT PIPE TERM
    sleep "$1" & wait $! || exit 0 # lab_stop has ended the sleep
    echo "${0##*/}: not finished after $1 seconds" >&2
    kill -TERM $$
    lab_stop
  ) &
}

# ---- Waiting --------------------------------------------------------------------------------------------------------

# Repeats a command until it succeeds or the time is over; its status says which.
lab_try_for() { # SECONDS COMMAND...
  local deadline=$((SECONDS + $1)); shift
  until "$@"; do
    ((SECONDS < deadline)) || return 1
    sleep 0.05
  done
}

lab_wait_for() { # SECONDS WHAT COMMAND...
  local seconds=$1 what=$2; shift 2
  lab_try_for "$seconds" "$@" || lab_fail "waited $seconds seconds in vain for $what"
}

# ---- Programs and ports ---------------------------------------------------------------------------------------------

lab_find_postgresql() {
  local candidate
  LAB_PG_BIN=''
  while [[ -z $LAB_PG_BIN ]] && read -r candidate; do
    [[ ! -x $candidate/initdb || ! -x $candidate/pg_basebackup ]] || LAB_PG_BIN=$candidate
  done < <(lab_postgresql_candidates)
  [[ -n $LAB_PG_BIN ]] ||
    lab_fail "no PostgreSQL server programs found${LAB_POSTGRESQL:+ in $LAB_POSTGRESQL}; run scripts/install-dependencies"
  LAB_PG_MAJOR=$("$LAB_PG_BIN/postgres" --version | sed -E 's/^[^0-9]*([0-9]+).*/\1/')
}

lab_postgresql_candidates() {
  if [[ -n ${LAB_POSTGRESQL:-} ]]; then
    echo "$LAB_POSTGRESQL"
  else
    printf '%s\n' /usr/lib/postgresql/*/bin | sort -Vr
    dirname "$(command -v initdb || echo /none/initdb)"
  fi
}

# Puts the programs first in PATH.
lab_use_programs() { # DIRECTORY
  local program directory
  directory=$(realpath "$1")
  for program in "${lab_programs[@]}"; do
    [[ -x $directory/$program ]] || lab_fail "$directory/$program is missing; set BARMAN_BIN_DIR"
    ln -sfn "$directory/$program" "$LAB_DIR/bin/$program"
  done
}

# Written once: an archive_command may be starting it at any moment, which fails while it is open for writing.
lab_use_own_ssh() {
  printf '#!/bin/sh\nexec /usr/bin/ssh -F %s "$@"\n' "$LAB_DIR/ssh/config" >"$LAB_DIR/bin/ssh"
  chmod 755 "$LAB_DIR/bin/ssh"
}

# Sets REPLY to a loopback port on which nobody listens.
lab_free_port() {
  while REPLY=$((lab_next_port++)) && lab_port_answers "$REPLY"; do :; done
}

lab_port_answers() { # PORT
  (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# ---- sshd -----------------------------------------------------------------------------------------------------------

# An sshd of our own: its host key, one client key, no passwords. A session has the laboratory's PATH and configuration,
# so that "ssh HOST barman put-wal ..." finds the programs under test. Any host name leads to it.
lab_start_sshd() {
  local ssh=$LAB_DIR/ssh port
  lab_free_port
  port=$REPLY
  ssh-keygen -q -t ed25519 -N '' -C lab -f "$ssh/host_key"
  ssh-keygen -q -t ed25519 -N '' -C lab -f "$ssh/client_key"
  cp "$ssh/client_key.pub" "$ssh/authorized_keys"
  { printf '[127.0.0.1]:%s ' "$port"; cat "$ssh/host_key.pub"; printf 'lab '; cat "$ssh/host_key.pub"; } >"$ssh/known_hosts"
  cat >"$ssh/sshd_config" <<END
ListenAddress 127.0.0.1
Port $port
PidFile $ssh/sshd.pid
HostKey $ssh/host_key
AuthorizedKeysFile $ssh/authorized_keys
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
StrictModes no
KexAlgorithms curve25519-sha256
MaxStartups 100
MaxSessions 100
PrintMotd no
Subsystem sftp internal-sftp
SetEnv PATH=$PATH BARMAN_CONFIG_FILE=$BARMAN_CONFIG_FILE BARMAN_LAB=$LAB_DIR TMPDIR=$TMPDIR LC_ALL=$LC_ALL TZ=$TZ${GNUPGHOME:+ GNUPGHOME=$GNUPGHOME}
END
  cat >"$ssh/config" <<END
Host *
  HostName 127.0.0.1
  Port $port
  User $LAB_USER
  IdentityFile $ssh/client_key
  IdentitiesOnly yes
  UserKnownHostsFile $ssh/known_hosts
  HostKeyAlias lab
  BatchMode yes
END
  # The program itself, not the one in front of it in PATH: as most users have it, and with nothing from their files.
  LAB_SSH="/usr/bin/ssh -F none -p $port -i $ssh/client_key -o IdentitiesOnly=yes -o UserKnownHostsFile=$ssh/known_hosts $LAB_USER@127.0.0.1"
  /usr/sbin/sshd -f "$ssh/sshd_config" -E "$LAB_DIR/log/sshd.log" || lab_fail "sshd does not start: $(cat "$LAB_DIR/log/sshd.log")"
  lab_wait_for 10 "sshd on port $port" lab_port_answers "$port"
}

# ---- PostgreSQL -----------------------------------------------------------------------------------------------------

# A running cluster with the roles of a Barman installation that works without superuser. It archives nothing until
# lab_archive_with or lab_push_wal.
lab_create_cluster() { # NAME [INITDB OPTION...]
  local name=$1 data=$LAB_DIR/pg/$1/data segment=16; shift
  [[ " $* " =~ \ --wal-segsize=([0-9]+)\  ]] && segment=${BASH_REMATCH[1]}
  mkdir -p "${data%/*}"
  initdb -D "$data" -U postgres --auth=trust --no-sync --no-locale --encoding=UTF8 --data-checksums "$@" \
    >"$LAB_DIR/log/initdb-$name.log" 2>&1 || lab_fail "initdb failed: $(cat "$LAB_DIR/log/initdb-$name.log")"
  cat >>"$data/postgresql.conf" <<END
shared_buffers = 16MB
max_connections = 30
max_wal_size = $((segment > 16 ? segment * 4 : 64))MB
min_wal_size = $((segment > 16 ? segment * 2 : 32))MB
fsync = off
wal_level = replica
archive_mode = on
archive_command = 'true'
autovacuum = off
END
  LAB_DATA[$name]=$data
  lab_free_port
  LAB_PORT[$name]=$REPLY
  lab_start_cluster "$name"
  psql -XAtq -h 127.0.0.1 -p "${LAB_PORT[$name]}" -U postgres -d postgres -f "$lab_root/packaging/postgresql/roles.sql" ||
    lab_fail "the roles were not created"
}

lab_start_cluster() { # NAME [POSTGRES OPTION...]
  local name=$1 log=$LAB_DIR/log/postgresql-$1.log; shift
  local options="-c listen_addresses=127.0.0.1 -c port=${LAB_PORT[$name]} -c unix_socket_directories=$LAB_DIR/sockets $*"
  pg_ctl start -D "${LAB_DATA[$name]}" -l "$log" -w -t 60 -s -o "$options" >/dev/null 2>&1 ||
    lab_fail "PostgreSQL does not start in ${LAB_DATA[$name]}: $(tail -n 20 "$log")"
}

lab_stop_cluster() { # NAME [MODE]
  pg_ctl stop -D "${LAB_DATA[$1]}" -m "${2:-fast}" -w -t 60 -s >/dev/null
}

# Starts what a restore left in DIRECTORY, under a NAME and on a port of its own.
lab_start_restored() { # NAME DIRECTORY [POSTGRES OPTION...]
  LAB_DATA[$1]=$2
  lab_free_port
  LAB_PORT[$1]=$REPLY
  lab_start_cluster "$1" -c archive_mode=off "${@:3}"
}

lab_wait_for_promotion() { # NAME
  lab_wait_for 60 "the end of recovery of $1" lab_sql_is "$1" f "select pg_is_in_recovery()"
}

lab_sql() { # NAME SQL
  PGOPTIONS='-c statement_timeout=60s' psql -XAtq -v ON_ERROR_STOP=1 -h 127.0.0.1 -p "${LAB_PORT[$1]}" -U postgres -d postgres -c "$2"
}

lab_sql_is() { # NAME RESULT SQL
  [[ $(lab_sql "$1" "$3" 2>/dev/null) == "$2" ]]
}

# Tables with rows in the default tablespace and in two others.
lab_create_tables() { # NAME
  local name=$1 directory=${LAB_DATA[$1]%/*}
  mkdir "$directory/ts_a" "$directory/ts_b"
  lab_sql "$name" "create tablespace ts_a location '$directory/ts_a'"
  lab_sql "$name" "create tablespace ts_b location '$directory/ts_b'"
  lab_sql "$name" "
    create table ledger (id int primary key, note text);
    create table ledger_a (id int primary key using index tablespace ts_a, note text) tablespace ts_a;
    create table ledger_b (id int primary key using index tablespace ts_b, note text) tablespace ts_b;"
}

# Adds COUNT rows to each of the tables in one transaction and prints its id.
lab_add_rows() { # NAME COUNT
  local table inserts=
  for table in ledger ledger_a ledger_b; do
    inserts+="insert into $table select n, md5(n::text || '$table') from
      generate_series((select coalesce(max(id), 0) + 1 from $table), (select coalesce(max(id), 0) + $2 from $table)) n;"
  done
  lab_sql "$1" "$inserts select pg_current_xact_id()" # one transaction; before 15 psql prints its last result only
}

# Writes a little WAL twice a second until the laboratory ends, as a server in use would. An idle one may leave the next
# segment unopened, and with it the last complete one unarchived, for 15 seconds.
lab_keep_busy() { # NAME
  psql -XAtq -h 127.0.0.1 -p "${LAB_PORT[$1]}" -U postgres -d postgres >/dev/null 2>&1 \
    <<<"select pg_logical_emit_message(true, 'lab', 'tick') \\watch 0.5" &
}

# One line that two clusters share only if the three tables hold the same rows.
lab_fingerprint() { # NAME
  lab_sql "$1" "select count(*) || ' rows, md5 ' || md5(coalesce(string_agg(line, '|' order by line), '')) from (
    select 'p' || ledger::text from ledger union all
    select 'a' || ledger_a::text from ledger_a union all
    select 'b' || ledger_b::text from ledger_b) as lines (line)"
}

lab_archive_with() { # NAME ARCHIVE_COMMAND
  lab_sql "$1" "alter system set archive_command = '${2//\'/\'\'}'"
  lab_sql "$1" "select pg_reload_conf()" >/dev/null
  lab_wait_for 10 "the new archive_command" lab_sql_is "$1" "$2" "show archive_command"
}

# ---- Barman's configuration -----------------------------------------------------------------------------------------

lab_write_global_configuration() {
  cat >"$BARMAN_CONFIG_FILE" <<END
[barman]
barman_home = $LAB_DIR/barman
barman_user = $LAB_USER
log_file = $LAB_DIR/log/barman.log
configuration_files_directory = $LAB_DIR/etc/barman.d
path_prefix = $LAB_PG_BIN
immediate_checkpoint = true
END
}

# Configures a Barman server for a cluster, replacing an earlier one of that name.
#   rsync        copied over ssh, WAL pushed by archive_command (lab_push_wal)
#   local-rsync  the same without ssh
#   postgres     copied by pg_basebackup, WAL streamed through a slot of the server's name
lab_configure_server() { # NAME CLUSTER METHOD ["OPTION = VALUE"...]
  local name=$1 cluster=$2 method=$3; shift 3
  local address="host=127.0.0.1 port=${LAB_PORT[$cluster]}"
  {
    printf '%s\n' "[$name]" "description = $cluster by $method" "conninfo = $address user=barman dbname=postgres" \
      "backup_method = $method" "backup_options = concurrent_backup"
    case $method in
      rsync) printf '%s\n' "ssh_command = $LAB_SSH" "archiver = on" ;;
      local-rsync) printf '%s\n' "archiver = on" ;;
      postgres) printf '%s\n' "streaming_conninfo = $address user=streaming_barman" "streaming_archiver = on" \
        "slot_name = $name" "create_slot = auto" ;;
    esac
    (($# == 0)) || printf '%s\n' "$@"
  } >"$LAB_DIR/etc/barman.d/$name.conf"
}

# Makes a cluster push its WAL to a Barman server over ssh and waits until the first segment is archived.
lab_push_wal() { # CLUSTER SERVER
  lab_archive_with "$1" "barman-wal-archive -U $LAB_USER 127.0.0.1 $2 %p"
  lab_archive_now "$1" "$2" >/dev/null || lab_fail "no WAL arrives at server $2"
}

# Closes a segment that holds something and waits until it is archived. `switch-wal --force` would, but needs a superuser
# before PostgreSQL 15.
lab_archive_now() { # CLUSTER SERVER
  lab_sql "$1" checkpoint
  barman switch-wal --archive --archive-timeout 60 "$2"
}

# Starts the streaming of WAL in the background and waits until PostgreSQL sends.
lab_receive_wal() { # CLUSTER SERVER
  barman receive-wal "$2" >>"$LAB_DIR/log/receive-wal-$2.log" 2>&1 &
  lab_wait_for 30 "receive-wal of server $2" lab_sql_is "$1" t "select active from pg_replication_slots where slot_name = '$2'"
}

lab_backup_field() { # SERVER BACKUP FIELD
  sed -n "s/^$3=//p" "$LAB_DIR/barman/$1/meta/$2-backup.info"
}

lab_latest_backup() { # SERVER
  barman list-backups --minimal "$1" | sed -n 1p
}
