#!/usr/bin/env bash
# After a switch, Debian's package of Barman would take every backup with it when it is purged. Chapter 6 of docs/switching.md
# says how it goes without; its commands are run here, on a bare system with the real package, and after them every kind of
# purge that the page warns of. First the page's warning itself is seen to be true.
set -euo pipefail
. "${BASH_SOURCE[0]%/*}/clean_root.sh"
: "${BARMAN_BIN_DIR:?set it to the directory that holds barman, barman-wal-archive and barman-wal-restore}"
clean_root_enter "$@"
source=/usr/src/barman-native
chapter=$CLEAN_ROOT/tmp/chapter

main() {
  take_blocks "$CLEAN_ROOT$source/docs/switching.md" "^## 6[.]" "$chapter"
  [[ $(cat "$chapter/1.how") == *test_package_removal.sh ]] || failed "docs/switching.md has no block for this test"
  in_root_apt install -y --no-install-recommends barman cron logrotate || skip "no access to Debian's packages"

  make_backup
  in_root apt-mark hold barman >/dev/null
  ! in_root apt-get -qq purge -y barman >/dev/null 2>&1 || failed "the hold does not keep apt from a purge"
  expect_backup "a hold keeps apt from the purge"
  see_that_a_purge_removes_backups

  in_root_apt install -y --no-install-recommends barman || failed "barman cannot be installed again"
  make_backup
  switch
  in_root bash -c "cd $source && exec bash -eu /tmp/chapter/1" >"$CLEAN_ROOT/tmp/log" 2>&1 ||
    failed "the commands of chapter 6" "$(cat "$CLEAN_ROOT/tmp/log")"
  expect_working_installation "the commands of chapter 6"
  in_root bash -c 'apt-get -qq purge -y "~c"; apt-get -qq purge -y barman; dpkg --purge barman; apt-get -qq autoremove -y --purge' \
    >"$CLEAN_ROOT/tmp/log" 2>&1 || failed "purging what is left" "$(cat "$CLEAN_ROOT/tmp/log")"
  expect_working_installation "every purge that may follow"
  echo "package removal: passed"
}

make_backup() {
  in_root install -D -o barman -g barman /dev/stdin /var/lib/barman/main/base/20260101T000000/data/PG_VERSION <<<15
}

expect_backup() { # AFTER-WHAT
  [[ -s $CLEAN_ROOT/var/lib/barman/main/base/20260101T000000/data/PG_VERSION ]] || failed "$1: the backup is gone"
  passed "$1: the backup is there"
}

see_that_a_purge_removes_backups() {
  in_root dpkg --purge barman >/dev/null 2>&1
  [[ ! -e $CLEAN_ROOT/var/lib/barman/main ]] || failed "a purge does not remove the backups any more: change docs/switching.md"
  passed "a purge removes the backups, as docs/switching.md warns"
}

# As chapter 2 has it, with a server and an option of its own in the configuration.
switch() {
  install -m 755 "$BARMAN_BIN_DIR"/barman{,-wal-archive,-wal-restore} "$CLEAN_ROOT/usr/local/bin/"
  sed -i 's,/usr/bin/barman,/usr/local/bin/barman,g' "$CLEAN_ROOT/etc/cron.d/barman"
  printf '[main]\ndescription = Main database\narchiver = on\nbackup_method = rsync\nssh_command = ssh db\nconninfo = host=db\n' \
    >"$CLEAN_ROOT/etc/barman.d/main.conf"
  echo "; changed by the administrator" >>"$CLEAN_ROOT/etc/barman.conf"
  in_root apt-mark hold barman >/dev/null
}

expect_working_installation() { # AFTER-WHAT
  local file program
  expect_backup "$1"
  in_root -u barman barman list-servers | grep -q '^main - Main database' || failed "$1: barman does not know its server"
  grep -q "changed by the administrator" "$CLEAN_ROOT/etc/barman.conf" || failed "$1: barman.conf is another"
  for file in /etc/cron.d/barman /etc/logrotate.d/barman; do
    [[ -s $CLEAN_ROOT$file ]] || failed "$1: $file is gone"
  done
  for program in rsync ssh cron logrotate; do
    in_root bash -c "command -v $program" >/dev/null || failed "$1: $program is gone"
  done
  in_root -u barman bash -c "$(sed -n 's/^\* \* \* \* \* barman //p' "$CLEAN_ROOT/etc/cron.d/barman")" || failed "$1: the cron line fails"
  [[ -s $CLEAN_ROOT/var/log/barman/barman.log ]] || failed "$1: cron does nothing"
  in_root logrotate -f /etc/logrotate.d/barman || failed "$1: logrotate"
  rm -f "$CLEAN_ROOT"/var/log/barman/*
  passed "$1: configuration, cron line, log and programs are there"
}

main
