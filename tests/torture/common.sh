# shellcheck shell=bash disable=SC2034
# What every torture test starts with: the words of the integration tests, and a sweep that disturbs a command at each of
# its state-changing system calls in turn.
#
# A test defines, for each command that it sweeps
#   prepare            puts the barman home into the state from which the command starts
#   check_disturbed    what must hold right after the disturbed run; $point says which
#   check_recovered    runs the command again, undisturbed, and says what must hold then
# and may set root, the directory below which calls are counted and disturbed (default: the barman home).
# Read from the environment
#   TORTURE            short (default): at most $TORTURE_POINTS points of each sweep, spread evenly; full: all of them
#   TORTURE_RESULTS    a directory for the counts, for scripts/torture
TEST_SECONDS=${TEST_SECONDS:-840}
. "${BASH_SOURCE[0]%/*}/../integration/common.sh"

faults=$LAB_DIR/tmp/faults
tools=$BARMAN_TORTURE_DIR
root=$LAB_DIR/barman
mkdir -p "$faults"
swept=0

# Runs a command with the library loaded; its status is in $status, its output in $output.
disturbed() { # HOW AT COMMAND...
  local how=$1 at=$2; shift 2
  "$tools/power-cut" state "$faults/state"
  local journal=
  if [[ $how == power ]]; then
    journal=$faults/journal
    rm -rf "$journal"
    mkdir "$journal"
    "$tools/power-cut" snapshot "$root" "$journal"
  fi
  status=0
  # The shell would report the death of its child on its own standard error.
  { output=$(env LD_PRELOAD="$tools/libbarman_faults.so" FAULT_ROOT="$root" FAULT_STATE="$faults/state" \
    FAULT_HOW="$how" FAULT_AT="$at" FAULT_JOURNAL="$journal" FAULT_LASTS="${FAULT_LASTS:-}" \
    FAULT_CALLS="${FAULT_CALLS:-}" FAULT_PROGRAM="${FAULT_PROGRAM:-}" FAULT_TRACE="$faults/trace" "$@" 2>&1) || status=$?; } 2>/dev/null
  read -r calls struck < <("$tools/power-cut" calls "$faults/state")
  [[ $output != *"faults: "* ]] || failed "the library itself failed" "$output"
}

# One point of a sweep; its words are sweep's: at, how, loss, count. $ended says whether the command had come to its end.
disturb_at() { # COMMAND...
  prepare
  rm -f "$faults/trace"
  disturbed "${how%%-*}" "$at" "$@"
  # With several threads or children the calls of a run are not always as many.
  ((at == 0 || struck > 0)) || return 0
  ended=no
  if ((at == 0)); then
    ((status == 0)) || failed "$point: status $status" "$output"
    ended=yes
  else
    point+=" ($(sed -n 1p "$faults/trace"))"
  fi
  if [[ -n $loss ]]; then
    "$tools/power-cut" drop "$root" "$faults/journal" "$faults/state" "$loss" || failed "$point: the power cut"
  fi
  expect_free_locks
  check_disturbed
  check_recovered
  count=$((count + 1))
}

# A lock file may stay; a lock may not.
expect_free_locks() {
  local file
  for file in "$LAB_DIR"/barman/.*.lock; do
    [[ ! -e $file ]] || flock -w "${LOCK_SECONDS:-1}" "$file" true || failed "$point: somebody still holds ${file##*/}"
  done
}

# Disturbs COMMAND at each of its calls. HOW: kill, power-names, power-contents, or the name of an error.
sweep() { # LABEL HOW COMMAND...
  local label=$1 how=$2 loss='' total step at count=0; shift 2
  prepare
  disturbed count 0 "$@"
  ((status == 0)) || failed "$label: the undisturbed run" "$output"
  total=$calls
  ((total > 0)) || failed "$label: no call changes anything"
  step=1
  [[ ${TORTURE:-short} == full ]] || step=$(((total + ${TORTURE_POINTS:-5} - 1) / ${TORTURE_POINTS:-5}))
  case $how in power-*) loss=${how#power-} ;; esac
  for ((at = 1 + (${#label} + ${#how}) % step; at <= total; at += step)); do
    point="$label, $how at call $at of $total"
    disturb_at "$@"
  done
  # What was acknowledged must survive.
  if [[ -n $loss ]]; then
    at=0
    point="$label, $how after its end"
    disturb_at "$@"
  fi
  ((count > 0)) || failed "$label, $how: nothing was disturbed"
  swept=$((swept + count))
  passed "$label: $how at $count points of $total calls"
  [[ -z ${TORTURE_RESULTS:-} ]] || printf '%s\t%s\t%s\t%s\n' "${0##*/}" "$label" "$how" "$count" >>"$TORTURE_RESULTS/points"
}

# cron and what it starts, to the end.
cron() {
  barman cron
  lab_wait_for 30 "the children of cron" children_ended
}
children_ended() { ! pgrep -f "barman .*$BARMAN_CONFIG_FILE" >/dev/null; }

# What no run may leave behind: files of its own that nobody will use or remove.
litter() { # DIRECTORY...
  find "$@" \( -name '*.tmp' -o -name '.[0-9]*' -o -name '*.compressed' -o -name '*.incoming' \) -printf '%p\n'
}
