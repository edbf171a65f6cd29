#!/usr/bin/env bash
# put-wal is killed, or loses its power, at every call that changes something. No file under its name is ever incomplete,
# what was accepted survives a power cut, and sending again succeeds.
. "${BASH_SOURCE[0]%/*}/common.sh"

LAB_PORT[none]=1
lab_configure_server main none local-rsync
# With this program's calls alone: the shell that gives it its input opens files too.
export FAULT_PROGRAM=barman
incoming=$LAB_DIR/barman/main/incoming
cd "$LAB_DIR/tmp"
wal=000000010000000000000001 history=00000002.history
# Content that is no PostgreSQL page is taken for what it says it is by its size.
head -c 16777216 /dev/zero >$wal
for at in 0 1; do head -c 100000 /dev/urandom | dd of=$wal conv=notrunc bs=1M seek=$at status=none; done
printf '1\t0/3000000\tno recovery target specified\n' >$history
sha256sum --binary $wal $history >SHA256SUMS
tar -c --format=pax -f stream $wal $history SHA256SUMS

prepare() {
  rm -rf "$LAB_DIR/barman"
  mkdir -p "$incoming" "$LAB_DIR"/barman/main/{wals,errors}
}
check_disturbed() {
  local name
  for name in $wal $history; do
    if [[ -e $incoming/$name ]]; then
      cmp -s "$incoming/$name" "$name" || failed "$point: $name is incomplete"
    elif [[ $ended == yes ]]; then
      failed "$point: $name was accepted and is lost"
    fi
  done
}
check_recovered() {
  run bash -c "barman put-wal main <stream"
  for name in $wal $history; do cmp -s "$incoming/$name" "$name" || failed "$point: $name differs"; done
  run barman archive-wal main
  [[ -z $(ls -A "$incoming") ]] || failed "$point: left behind" "$(ls -A "$incoming")"
}
for how in kill power-names power-contents; do
  sweep "put-wal" "$how" bash -c "exec barman put-wal main <stream"
done
