# shellcheck shell=bash
# A bare Debian system to try an installation in: this machine's own files below an overlay, in namespaces of its own, without
# what a Barman or a PostgreSQL cluster has left on this machine. What happens in there stays there, and goes with it: every
# process, every file. Sourced by tests that have to be root and to change the system. Skips where that cannot be had.
#
#   clean_root_enter "$@"       first of all: starts the test again in its namespaces, where this call returns
#   in_root [-u USER] COMMAND   runs a command in there, by default as root, with nothing of the caller's environment
#   clean_root_disconnect       from now on in_root has a network of its own, with the address 192.0.2.10 alone
set -euo pipefail

clean_root_source=$(realpath "${BASH_SOURCE[0]%/*}/../..")
clean_root_network=
CLEAN_ROOT=${CLEAN_ROOT:-} # its directory, once inside

skip() { echo "SKIPPED: $*" >&2; exit 77; }
passed() { printf '%4ds  %s\n' "$SECONDS" "$*"; }
failed() {
  printf 'FAILED: %s\n' "$1" >&2; shift
  (($# == 0)) || printf '  %s\n' "$@" >&2
  exit 1
}

clean_root_enter() { # [ARGUMENT...]
  if [[ -n $CLEAN_ROOT ]]; then
    clean_root_make
    return
  fi
  local scratch status=0
  ((EUID == 0)) || skip "needs root, to make a system of its own to install into"
  unshare --mount --pid --fork true 2>/dev/null || skip "this machine allows no namespaces"
  command -v apt-get >/dev/null || skip "no Debian"
  scratch=$(mktemp -d)
  trap 'rm -rf --one-file-system "$scratch"' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  # The first process in there ends with this one, however it ends, and with it all the others and all mounts. unshare
  # itself ignores requests to end.
  CLEAN_ROOT=$scratch/root setpriv --pdeathsig KILL timeout --signal KILL "${TEST_SECONDS:-280}" setpriv --pdeathsig KILL \
    unshare --mount --propagation private --pid --fork --kill-child bash "$0" "$@" &
  wait $! || status=$?
  ((status != 137)) || failed "not finished after ${TEST_SECONDS:-280} seconds"
  exit "$status"
}

clean_root_make() {
  local scratch=${CLEAN_ROOT%/*} root=$CLEAN_ROOT
  mount -t proc proc /proc
  mkdir "$scratch"/{layer,root}
  clean_root_overlay / "$scratch/layer/system" "$root" ||
    { mount -t tmpfs tmpfs "$scratch/layer" && clean_root_overlay / "$scratch/layer/system" "$root"; } ||
    skip "this machine allows no overlay file system"
  mount -t proc proc "$root/proc"
  mount --rbind /dev "$root/dev"
  mount -t tmpfs tmpfs "$root/run"
  mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
  cp -L --remove-destination /etc/resolv.conf /etc/hosts "$root/etc/" 2>/dev/null || true
  mkdir -p "$root/usr/src/barman-native"
  clean_root_overlay "$clean_root_source" "$scratch/layer/source" "$root/usr/src/barman-native"
  clean_root_empty
}

clean_root_overlay() { # LOWER UPPER TARGET
  mkdir -p "$2/upper" "$2/work"
  mount -t overlay overlay -o "lowerdir=$1,upperdir=$2/upper,workdir=$2/work" "$3" 2>/dev/null
}

# Away with what this machine has and a bare system has not, and with the jobs of its own.
clean_root_empty() {
  in_root bash -c '
    rm -rf /etc/barman* /etc/logrotate.d/barman /var/lib/barman /var/log/barman /usr/local/bin/barman*
    rm -rf /etc/postgresql/* /var/lib/postgresql/* /srv/* /etc/cron.d/* /etc/crontab /var/spool/cron/crontabs/*
    rm -f /usr/sbin/policy-rc.d /var/lib/man-db/auto-update
    ! getent passwd barman >/dev/null || userdel barman
    ! getent group barman >/dev/null || groupdel barman'
}

in_root() { # [-u USER] COMMAND...
  local user=root
  local -a enter=()
  if [[ $1 == -u ]]; then
    user=$2
    shift 2
  fi
  [[ -z $clean_root_network ]] || enter=(nsenter "--net=/proc/$clean_root_network/ns/net")
  "${enter[@]}" chroot "$CLEAN_ROOT" env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 TERM=dumb \
    DEBIAN_FRONTEND=noninteractive runuser -u "$user" -- env HOME="$(in_root_home "$user")" "$@"
}

in_root_home() { # USER
  awk -F: -v user="$1" '$1 == user { print $6 }' "$CLEAN_ROOT/etc/passwd"
}

# Packages that a test needs beyond what it tries out.
in_root_install() { # PACKAGE...
  in_root dpkg --status "$@" >/dev/null 2>&1 && return
  in_root_apt install -y --no-install-recommends "$@" || skip "cannot install $*: $(tail -n 5 "$CLEAN_ROOT/tmp/apt.log")"
}

in_root_apt() { # APT-GET ARGUMENT...
  in_root apt-get -qq update >"$CLEAN_ROOT/tmp/apt.log" 2>&1 && in_root apt-get -qq "$@" >>"$CLEAN_ROOT/tmp/apt.log" 2>&1
}

# The fenced blocks of a page between a line of its text and the next heading, as DIRECTORY/1, 2, ...; in NUMBER.how the
# comment <!-- ... --> that stands before one and says what becomes of it.
take_blocks() { # PAGE LINE-PATTERN DIRECTORY
  mkdir -p "$3"
  awk -v start="$2" -v to="$3/" '
    !inside && wanted && /^#/ { exit }
    $0 ~ start { wanted = 1 }
    !wanted { next }
    /^<!-- .* -->$/ { sub(/^<!-- /, ""); sub(/ -->$/, ""); how = $0; next }
    /^ *```/ { inside = !inside; if (inside) { number++; print how >(to number ".how"); how = "" }; next }
    inside { print >(to number) }' "$1"
}

clean_root_disconnect() {
  unshare --net sleep infinity &
  local holder=$! tries=0
  until [[ $(readlink "/proc/$holder/ns/net") != "$(readlink /proc/self/ns/net)" ]]; do
    ((tries++ < 100)) || failed "no network namespace"
    sleep 0.05
  done
  clean_root_network=$holder
  in_root ip link set lo up
  in_root ip address add 192.0.2.10/24 dev lo
}

wait_for() { # SECONDS WHAT COMMAND...
  local deadline=$((SECONDS + $1)) what=$2; shift 2
  until "$@"; do
    ((SECONDS < deadline)) || failed "waited in vain for $what"
    sleep 0.2
  done
}
