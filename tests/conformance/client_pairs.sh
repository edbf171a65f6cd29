# shellcheck shell=bash disable=SC2154 # what common.sh sets
# The clients of each program against the barman of each, over a real sshd: what test_wal_archive_pairs.sh and
# test_wal_restore_pairs.sh start with, after common.sh.

lab_start_sshd
lab_create_cluster source --wal-segsize=1
lab_configure_server main source local-rsync "compression = gzip"
lab_configure_server idle source local-rsync "active = false"
use reference
run barman cron # makes the directories

# Real segments, and files of every other kind that PostgreSQL archives.
wals=$LAB_DIR/tmp/pg_wal
mkdir -p "$wals/archive_status"
lab_archive_with source "cp %p $wals/%f"
run pgbench -h 127.0.0.1 -p "${LAB_PORT[source]}" -U postgres -i -q postgres
for _ in 1 2 3 4 5 6; do segment=$(close_segment source); done
lab_wait_for 30 "segment $segment" test -f "$wals/$segment"
lab_archive_with source true
mapfile -t segments < <(cd "$wals" && printf '%s\n' 0* | sort | tail -n 6)
partial=${segments[5]}
unset 'segments[5]'
mv "$wals/$partial" "$wals/$partial.partial"
printf '1\t0/5000000\tno recovery target specified\n' >"$wals/00000002.history"
printf 'START WAL LOCATION: 0/500028 (file %s)\n' "${segments[0]}" >"$wals/${segments[0]}.00000028.backup"
incoming=$LAB_DIR/barman/main/incoming
mkdir -p "$incoming" "$LAB_DIR/tmp/fetched"
cd "$LAB_DIR/tmp" || exit

# The client of one against the barman of the other, started with nothing left over from before.
client() { # CLIENT-SIDE FAR-SIDE PROGRAM ARGUMENT...
  local status=0
  use "$2"
  "${conformance_programs[$1]}/$3" "${@:4}" >"$answers/out" 2>"$answers/err" </dev/null || status=$?
  printf '%s' "---- standard output"$'\n'
  cat "$answers/out"
  printf -- '---- standard error\n'
  cat "$answers/err"
  printf -- '---- status %d\n' "$status"
}

# Each pair does it; what it says and leaves must be what the reference says and leaves on its own.
pairs_alike() { # CASE FUNCTION ARGUMENT...
  local near far
  for near in reference ours; do
    for far in reference ours; do
      "$2" "$near" "$far" "${@:3}" >"$answers/pair.$near.$far"
      [[ $near$far == referencereference ]] || pair_is_alike "$1" "$near" "$far"
    done
  done
}

# Redefined for what our client does otherwise on purpose.
pair_is_alike() { # CASE CLIENT-SIDE FAR-SIDE
  compare "$1: client of $2, barman of $3" asking "$answers/pair.reference.reference" "$answers/pair.$2.$3"
}

content() { # FILE: its sum once every compression that hides it is taken off
  case $(head -c 6 "$1" | od -An -tx1 | tr -d ' \n') in
    1f8b*) zcat "$1" ;;
    425a68*) bzcat "$1" ;;
    fd377a585a00) xzcat "$1" ;;
    28b52ffd*) zstd -dcq "$1" ;;
    04224d18*) lz4 -dcq "$1" ;;
    *) cat "$1" ;;
  esac | sha256sum | cut -c1-16
}
left_in() { # DIRECTORY
  local file
  find "$1" -mindepth 1 -type f | sort | while read -r file; do
    printf '%s %s %s\n' "${file#"$1/"}" "$(stat -c %a "$file")" "$(content "$file")"
  done
}
