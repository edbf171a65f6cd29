#!/usr/bin/env bash
# What makes packages agrees with what is installed: each installed file belongs to one package, in Debian's and in RPM's lists; the
# versions are those of this build, and lie between Barman's release and the next; everything that the sources need, or open, is asked
# for; nothing that a package does when it is removed can take a directory with files in it. scripts/package --test tries the packages
# themselves.
set -euo pipefail
root=$(realpath "${BASH_SOURCE[0]%/*}/../..")
build=$(realpath "${BARMAN_BIN_DIR:?}/..")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
shopt -s extglob nullglob

failed() { printf 'FAILED: %s\n' "$@"; exit 1; }

main() {
  versions
  debian_lists
  rpm_lists
  samples
  build_dependencies
  opened_libraries
  removal
  cron_line
  echo "packages: passed"
}

versions() {
  local release native version row
  release=$(sed -n 's/^set(BARMAN_COMPATIBLE_VERSION \(.*\))/\1/p' "$root/CMakeLists.txt")
  native=$(sed -n 's/^project(barman-native VERSION \([0-9.]*\).*/\1/p' "$root/CMakeLists.txt")
  version=$(sed -n '1s/^barman-native (\(.*\)) .*/\1/p' "$root/packaging/debian/changelog")
  [[ ${version%-*} == "$release+native$native" ]] || failed "packaging/debian/changelog begins with $version"
  grep -qx "%global native_version $native" "$root/packaging/rpm/barman.spec" || failed "native_version in barman.spec"
  grep -q "^Version: *$release+native%{native_version}$" "$root/packaging/rpm/barman.spec" || failed "Version in barman.spec"
  command -v dpkg >/dev/null || return 0
  for row in "$release-1" "$release-1.pgdg12+1" "$release-1.pgdg130+1" "$release-2" "$release-1ubuntu1" "$release-1~bpo12+1"; do
    dpkg --compare-versions "$version~deb12u1" gt "$row" || failed "$version is not above $row"
  done
  dpkg --compare-versions "$version~deb13u1" gt "$version~deb12u1" || failed "no way up from bookworm to trixie"
  for row in "${release%.*}.$((${release##*.} + 1))-1~bpo12+1" "$release+native99"; do
    dpkg --compare-versions "$version~deb13u1" lt "$row" || failed "$version is not below $row"
  done
}

install_all() { # DIRECTORY
  local -a install=(cmake --install "$build" --prefix "$1/usr")
  { "${install[@]}" && "${install[@]}" --component system; } >"$work/log" 2>&1 || failed "installation" "$(cat "$work/log")"
  mv "$1/usr/share/doc/barman-native" "$1/usr/share/doc/barman"
  mv "$1/usr/share/zsh/site-functions" "$1/usr/share/zsh/vendor-completions" # as debian/rules
}

# As dh_install and dh_missing have it.
debian_lists() {
  local list entry path
  local -a found
  local -A owner=()
  mkdir -p "$work/tree/debian"
  cp "$root"/packaging/debian/{*.install,not-installed} "$work/tree/debian/"
  install_all "$work/tree/debian/tmp"
  cd "$work/tree"
  for list in debian/*.install debian/not-installed; do
    while read -r entry; do
      mapfile -t found < <(compgen -G "debian/tmp/$entry")
      ((${#found[@]})) || failed "$list: there is no $entry"
      while read -r path; do
        [[ -z ${owner[$path]:-} ]] || failed "$path is in ${owner[$path]} and in $list"
        owner[$path]=$list
      done < <(find "${found[@]}" ! -type d)
    done < <(if [[ -x $list ]]; then "$list"; else cat "$list"; fi)
  done
  while read -r path; do
    [[ -n ${owner[$path]:-} ]] || failed "$path is in no package"
  done < <(find debian/tmp ! -type d)
}

# Of what is listed for RPM packages only the names; its own %install moves the samples to /etc.
rpm_lists() {
  local path entry found
  local -a entries
  mapfile -t entries < <(sed -n '/^%files/,/^%changelog/p' "$root/packaging/rpm/barman.spec" | grep -oE '[/%][^ ]*/[^ ]+$' | grep -v '%dir' |
    sed -e 's,%{_bindir},/usr/bin,; s,%{_sysconfdir},/etc,; s,%{_unitdir},/usr/lib/systemd/system,; s,%{_sysusersdir},/usr/lib/sysusers.d,' \
      -e 's,%{_tmpfilesdir},/usr/lib/tmpfiles.d,; s,%{_mandir},/usr/share/man,; s,%{_docdir},/usr/share/doc,; s,%{_datadir},/usr/share,; s,%{name},barman,')
  while read -r path; do
    path=${path#debian/tmp}
    path=${path/#\/usr\/share\/barman\/samples/\/etc}
    path=${path/vendor-completions/site-functions}
    found=
    for entry in "${entries[@]}"; do
      # shellcheck disable=SC2053 # a pattern, or a directory
      [[ $path != $entry && $path != $entry/* ]] || found=yes
    done
    [[ -n $found || $path == /usr/share/man/man1/barman?(-*).1 ]] || failed "barman.spec has no $path"
  done < <(find debian/tmp ! -type d)
}

samples() {
  local there script
  there=$(cd "$work/tree/debian/tmp/usr/share/barman/samples" && find . -type f -printf '%P\n' | sort)
  for script in postinst postrm; do
    [[ $(grep -oE '\b(barman\.conf|(barman\.d|cron\.d|logrotate\.d)/[a-z.-]+)\b' "$root/packaging/debian/barman.$script" | sort -u | grep -vx 'barman\.d') == "$there" ]] ||
      failed "barman.$script knows other samples than there are"
  done
}

build_dependencies() {
  local package
  while read -r package; do
    case $package in
      build-essential | pkg-config | libgtest-dev | libgmock-dev) ;;
      *) grep -qE "^ $package( .*)?,$" "$root/packaging/debian/control" || failed "packaging/debian/control does not ask for $package" ;;
    esac
  done < <(sed -n '/^build_packages=(/,/^)/p' "$root/scripts/install-dependencies" | sed 's/#.*//; s/.*(//' | grep -oE '[a-z0-9.+-]+')
}

# rpm does not see what programs open at run time. packaging/debian/opened-libraries does; of which package it is, scripts/package --rpm
# sees in the programs.
opened_libraries() {
  local opened required
  opened=$(grep -rhoE 'SharedLibrary( library)?\("[^"]+' "$root/src" | sed 's/.*"//' | sort -u)
  required=$(sed -nE 's/^Requires: +(lib[a-z]+\.so\.[0-9]+).*/\1/p' "$root/packaging/rpm/barman.spec" | sort -u)
  [[ -n $opened && $opened == "$required" ]] || failed "the sources open ${opened//$'\n'/ }" "barman.spec requires ${required//$'\n'/ }"
}

removal() {
  local script
  for script in "$root"/packaging/debian/*.{prerm,postrm}; do
    ! grep -nE '\brm +-[a-z]*[rR]|--recursive|find .*-delete|deluser|userdel' "$script" || failed "$script takes more than single files away"
  done
  ! grep -A 20 -E '^%(preun|postun)' "$root/packaging/rpm/barman.spec" | grep -E '\brm\b|userdel' || failed "barman.spec takes something away"
}

# Automation finds the line by its end; it says nothing where there is no barman.
cron_line() {
  local line
  line=$(sed -n 's/^\* \* \* \* \* barman //p' "$root/packaging/cron.d/barman")
  [[ $line == *'barman -q cron' ]] || failed "the cron line ends otherwise: $line"
  line=${line//\/usr\/bin\/barman/$work/no/barman}
  [[ -z $(sh -c "$line" 2>&1) ]] || failed "the cron line, without a barman: $(sh -c "$line" 2>&1)"
  mkdir "$work/no"
  printf '#!/bin/sh\necho "called $*"\n' >"$work/no/barman"
  chmod 755 "$work/no/barman"
  line=${line//\/run\/systemd/$work/systemd}
  [[ $(sh -c "$line") == "called -q cron" ]] || failed "the cron line does not call barman: $line"
  mkdir -p "$work/systemd/system"
  line=${line//\/usr\/lib\/systemd\/system/$work/systemd/system}
  [[ $(sh -c "$line") == "called -q cron" ]] || failed "the cron line does nothing where there is no timer"
  touch "$work/systemd/system/barman.timer"
  [[ -z $(sh -c "$line") ]] || failed "the cron line does what the timer does already"
}

main
