# shellcheck shell=bash
# The words in which a test says what it expects.

passed() { printf '%4ds  %s\n' "$SECONDS" "$*"; }

failed() { # WHAT [DETAIL...]
  printf 'FAILED: %s\n' "$1" >&2; shift
  (($# == 0)) || printf '  %s\n' "$@" >&2
  exit 1
}

# Runs a command that must succeed. Its output, both streams, is in $output.
run() { # COMMAND...
  expect_status 0 "$@"
}

expect_status() { # STATUS COMMAND...
  local wanted=$1 got=0; shift
  output=$("$@" 2>&1) || got=$?
  ((got == wanted)) || failed "'$*' ended with status $got instead of $wanted" "$output"
}

expect_equal() { # WHAT WANTED GOT
  [[ $2 == "$3" ]] || failed "$1" "wanted: $2" "got:    $3"
  passed "$1"
}

# A line of the text must equal, or contain, the wanted one.
expect_line() { # WHAT LINE TEXT
  grep -qxF -- "$2" <<<"$3" || failed "$1" "wanted the line: $2" "got: $3"
  passed "$1"
}

expect_text() { # WHAT PART TEXT
  [[ $3 == *"$2"* ]] || failed "$1" "wanted: $2" "got: $3"
  passed "$1"
}

expect_true() { # WHAT COMMAND...
  local what=$1; shift
  "$@" || failed "$what" "this does not hold: $*"
  passed "$what"
}

expect_false() { # WHAT COMMAND...
  local what=$1; shift
  ! "$@" || failed "$what" "this must not hold: $*"
  passed "$what"
}

# What a restore says beyond what Barman does: what to do next (docs/differences.md: D-RST-32).
without_next_steps() { # < TEXT
  sed -z -E 's/\n\nWhat to do next:(\n {2,}[^\n]*)*//g; s/"next_steps": \[("([^"\\]|\\.)*"|[^]"])*\], //g'
}

# Holds a lock for some seconds with a process of that name; its pid is in $holder.
hold_lock() { # LOCK SECONDS
  flock --no-fork "$1" sleep "$2" &
  holder=$!
  local tries=0
  until ! flock --nonblock "$1" true; do
    ((tries++ < 100)) || failed "nobody holds $1"
    sleep 0.1
  done
}
release_lock() { kill "$holder" 2>/dev/null || true; wait "$holder" 2>/dev/null || true; }
