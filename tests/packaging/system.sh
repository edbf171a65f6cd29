# shellcheck shell=bash
# What tests of packages share that run inside a bare system. Sourced.
set -euo pipefail
cd /
# shellcheck disable=SC2034 # read by those that source this
home=/var/lib/barman

passed() { printf '%4ds  %s\n' "$SECONDS" "$*"; }
failed() { printf 'FAILED: %s\n' "$@" >&2; exit 1; }
apt() { apt-get -qq -y "$@" </dev/null >/tmp/apt.log 2>&1 || failed "apt-get $*" "$(tail -n 30 /tmp/apt.log)"; }
as_barman() { runuser -u barman -- "$@"; }
wait_for() { # SECONDS WHAT COMMAND...
  local end=$((SECONDS + $1)) what=$2; shift 2
  until "$@" >/dev/null 2>&1; do
    ((SECONDS < end)) || failed "waited in vain for $what"
    sleep 0.5
  done
}

version_like() { # PATTERN: the newest version of barman that apt knows and that looks like this
  apt-cache madison barman | awk -v pattern="$1" '$3 ~ pattern && !found { print $3; found = 1 } END { exit !found }' ||
    failed "apt knows no version of barman like $1"
}

# A cluster that lets everybody in, as barman, too. Sets postgresql_programs.
start_postgresql() {
  local version
  version=$(find /usr/lib/postgresql -mindepth 1 -maxdepth 1 -printf '%f\n' | sort -V | tail -n 1)
  pg_dropcluster --stop "$version" main 2>/dev/null || true # Debian makes one where it is not told otherwise
  pg_createcluster --start "$version" main -- --auth=trust >/dev/null
  runuser -u postgres -- psql -Xq -d postgres -c 'create role barman superuser login replication'
  postgresql_programs=/usr/lib/postgresql/$version/bin
}

configure_main() { # the server "main", which is that cluster
  cat >/etc/barman.d/main.conf <<END_OF_SERVER
[main]
description = Main database
conninfo = host=127.0.0.1 user=barman dbname=postgres
streaming_conninfo = host=127.0.0.1 user=barman
backup_method = postgres
streaming_archiver = on
slot_name = barman
create_slot = auto
path_prefix = $postgresql_programs
END_OF_SERVER
}
