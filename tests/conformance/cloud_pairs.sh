# shellcheck shell=bash disable=SC2154,SC2034
# For tests in which Barman's cloud programs and ours work on one bucket: the laboratory with its store to be, what both are
# asked, and what they restore. Sourced instead of common.sh; a test that takes long sets TEST_SECONDS before.
# shellcheck source=../integration/object_store.sh
. "${BASH_SOURCE[0]%/*}/../integration/object_store.sh"
# shellcheck source=common.sh
. "${BASH_SOURCE[0]%/*}/common.sh"
[[ -x $BARMAN_REFERENCE_BIN/barman-cloud-backup ]] || { echo "skipped: no cloud programs of the reference"; exit 77; }

umask 022 # modes of directories depend on it
export AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null
target=$LAB_DIR/restore/new

# Both answer the same question; JSON as a value.
same_cloud_answer() { # PROGRAM ARGUMENT...
  local side
  for side in reference ours; do
    use "$side"
    cloud "$@" 2>&1 | if [[ " $* " == *" json "* ]]; then
      python3 -c 'import json, sys; print(json.dumps(json.load(sys.stdin, parse_int=float), sort_keys=True, indent=1))'
    else
      cat
    fi >"$answers/$side"
  done
  compare "$*" asking "$answers/reference" "$answers/ours"
}

restore_by() { # SIDE SERVER BACKUP; from $url into $target
  rm -rf "$target"
  mkdir -p "$target"
  use "$1"
  run cloud restore --tablespace "ts_a:$target/ts_a" --tablespace "ts_b:$target/ts_b" "$url" "$2" "$3" "$target/data"
}

# Names, kinds, modes, links, sizes, times and content of all that was restored, its tablespaces included.
restored_tree() {
  (
    cd "$target"
    find . -type f -printf '%P %y %m %s %T+\n' | LC_ALL=C sort
    find . ! -type f -printf '%P %y %m %l\n' | LC_ALL=C sort
    find . -type f | LC_ALL=C sort | xargs -r -d '\n' sha256sum
  )
}

# Starts what was restored last, with WAL that the side fetches whose turn it is, looks for its rows, and stops it.
starts_with() { # FINGERPRINT SERVER
  printf "restore_command = '%s'\nrecovery_target = immediate\nrecovery_target_action = promote\n" \
    "barman-cloud-wal-restore --endpoint-url $store $url $2 %f %p" >>"$target/data/postgresql.auto.conf"
  touch "$target/data/recovery.signal"
  chmod 700 "$target"/ts_*
  lab_start_restored new "$target/data"
  lab_wait_for_promotion new
  [[ $(lab_fingerprint new) == "$1" ]] || failed "the restored cluster has other rows"
  expect_sound_pages new >/dev/null
}
