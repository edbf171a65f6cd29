# shellcheck shell=bash
# Bare systems of any suite of Debian, in a directory of their own, for building and trying packages. Needs root. Sourced.
#
#   bare_system_base SUITE FILE    makes the tar archive of one, unless it is there and less than a week old
#   in_bare_system DIRECTORY COMMAND...   runs a command in one, with nothing of the caller's environment but http_proxy, and ends
#                                         with it whatever it has started
set -euo pipefail

bare_system_mirror() { # the one that this machine uses for Debian itself
  # shellcheck disable=SC2016 # apt-get expands it
  apt-get indextargets --format '$(REPO_URI)' 'Identifier: Packages' | grep -m 1 '/debian/\?$' ||
    { echo "apt has no Debian mirror configured in /etc/apt" >&2; return 1; }
}

bare_system_base() { # SUITE FILE
  [[ -z $(find "$2" -mtime -7 2>/dev/null) ]] || return 0
  mkdir -p "$(dirname "$2")"
  mmdebstrap --quiet --variant=minbase --include=ca-certificates --format=tar \
    --aptopt='APT::Install-Recommends "false"' --aptopt='Acquire::Languages "none"' \
    "$1" "$2.new" "$(bare_system_mirror)"
  mv "$2.new" "$2"
}

in_bare_system() { # DIRECTORY COMMAND...
  cp -L --remove-destination /etc/resolv.conf /etc/hosts "$1/etc/"
  # shellcheck disable=SC2016 # for the bash in there to expand
  unshare --mount --propagation private --pid --fork --kill-child bash -euc '
    root=$1; shift
    mount --bind "$root" "$root"
    mount -t proc proc "$root/proc"
    mount --rbind /dev "$root/dev"
    mount -t tmpfs tmpfs "$root/run"
    exec chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 TERM=dumb \
      DEBIAN_FRONTEND=noninteractive ${http_proxy:+http_proxy="$http_proxy"} "$@"' - "$@"
}
