# shellcheck shell=bash disable=SC2154,SC2034
# Sweeps of the programs that work on an object store: not their system calls are disturbed, but their requests. Sourced
# behind common.sh; the words of faults.sh are there.
#
# A test defines, for each call that it sweeps
#   prepare            sets ${call[@]}, and puts the store and the disk into the state from which the call starts
#   check_disturbed    what must hold right after the disturbed call; $point says which, $status how it ended
#   check_recovered    what must hold after the same call was repeated, and had to succeed
# With TORTURE=full each request meets each of the disturbances, else one of them in turn, and at most $TORTURE_POINTS.

# Ends of the client, and transient faults that it has to survive.
kills=("kill signal=KILL when=before" "kill signal=KILL when=after" "kill signal=TERM when=before" "kill signal=TERM when=after")
transients=("answer status=500 code=InternalError" "lose" "answer status=503 code=SlowDown" "cut" "cut-request" "cut-answer"
  "answer status=429 code=TooManyRequests")
export AWS_MAX_ATTEMPTS=3
interrupted=143 # the status after SIGTERM

# Its pid is in a file before the program sends anything. The shell would report the death of its child.
call_disturbed() {
  status=0
  # shellcheck disable=SC2016
  { output=$(timeout 100 bash -c 'echo $$ >"$0"; exec "$@"' "$LAB_DIR/tmp/client.pid" "${call[@]}" 2>&1) || status=$?; } 2>/dev/null
  no_secrets "$output"
}

sweep_requests() { # LABEL kills|transients
  local label=$1 name=$2 total step at turn=0 count=0 how
  local -n hows=$2
  prepare
  no_faults
  call_disturbed
  ((status == 0)) || failed "$label: the undisturbed run" "$output"
  total=$(requests)
  ((total > 0)) || failed "$label: no request was made"
  step=1
  [[ ${TORTURE:-short} == full ]] || step=$(((total + ${TORTURE_POINTS:-5} - 1) / ${TORTURE_POINTS:-5}))
  for ((at = 1; at <= total; at += step)); do
    for how in "${hows[@]}"; do
      [[ ${TORTURE:-short} == full || $how == "${hows[turn % ${#hows[@]}]}" ]] || continue
      disturb_request && count=$((count + 1))
    done
    turn=$((turn + 1))
  done
  ((count > 0)) || failed "$label, $name: nothing was disturbed"
  swept=$((swept + count))
  passed "$label: $name at $count points of $total requests"
  [[ -z ${TORTURE_RESULTS:-} ]] || printf '%s\t%s\t%s\t%s\n' "${0##*/}" "$label" "$name" "$count" >>"$TORTURE_RESULTS/points"
}

# False: the call made fewer requests this time.
disturb_request() {
  local -a words
  read -ra words <<<"$how"
  point="$label, $how at request $at of $total"
  prepare
  no_faults
  fault "${words[@]}" "at=$at" "pid=$LAB_DIR/tmp/client.pid"
  call_disturbed
  point+=" ($(request_log | sed -n "${at}p"))"
  (($(requests) >= at)) || return 1
  no_faults
  if [[ ${words[0]} == kill ]]; then
    ((status == 137 || status == interrupted || status == 0)) || failed "$point: status $status" "$output"
  else
    ((status == 0)) || failed "$point: status $status" "$output"
  fi
  [[ -z $(left_over) ]] || lab_try_for 5 nothing_left || failed "$point: left running" "$(left_over)"
  check_disturbed
  if ((status != 0)); then
    call_disturbed
    ((status == 0)) || failed "$point: the same call again ends with $status" "$output"
  fi
  check_recovered
}
nothing_left() { [[ -z $(left_over) ]]; }
