# shellcheck shell=bash disable=SC2034,SC2154
# Restores by both sides to one place, compared in words and in files. Sourced after common.sh.
target=$LAB_DIR/restore/place

# What a test puts into the place before each side restores; redefined by tests.
prepare_place() { :; }

# Without what pg_combinebackup writes anew each time: times and order of a manifest, how long it took.
comparable() { # < FILE
  sed -E 's/"Last-Modified": "[^"]*"/TIME/; s/^"Manifest-Checksum": .*/CHECKSUM/; s/(.combine_time.: )[0-9.]+/\1SECONDS/; s/\},?$/}/' |
    if [[ $file == *backup_manifest* ]]; then sort; else cat; fi
}

# Words and files of one way to restore. The moments are in the words only; everything in the files must be the same.
restored_alike() { # CASE OPTION... SERVER BACKUP
  restored_to_alike "$1" "$target/data" "${@:2}"
}

restored_to_alike() { # CASE DESTINATION OPTION... SERVER BACKUP
  local case=$1 destination=$2 side; shift 2
  for side in reference ours; do
    restore_by "$side" "$destination" "$@"
  done
  compare "$case: what restore says" working "$answers/words.reference" "$answers/words.ours"
  compare "$case: names, kinds, modes and sizes" asking "$answers/tree.reference" "$answers/tree.ours"
  compare "$case: settings, signals, metadata and WAL, byte for byte" asking "$answers/content.reference" "$answers/content.ours"
}

restore_by() { # SIDE DESTINATION OPTION... SERVER BACKUP
  local side=$1 destination=$2 file; shift 2
  rm -rf "$target" "$answers/files.$side"
  mkdir "$target" "$answers/files.$side"
  prepare_place
  answer "$side" restore --tablespace "ts_a:$target/ts_a" --tablespace "ts_b:$target/ts_b" "$@" "$destination" | without_next_steps | in_words |
    sed -E 's#( on ).*/(barman-combine[0-9]+|barman-restore-[^/]+/combined)/#\1WORK-AREA/#' >"$answers/words.$side" # D-RST-18
  tree "$target" | sed -E -e 's/(barman-recover.info f [0-9]+) .*/\1 SIZE/' -e 's/(barman-(decompress|rsync-copy))[0-9]+/\1PID/' >"$answers/tree.$side"
  while read -r file; do
    comparable <"$target/data/$file" >"$answers/files.$side/${file//\//_}"
  done < <(cd "$target/data" 2>/dev/null && find . -maxdepth 2 -type f \( -name '*.conf*' -o -name '*.signal' -o -name backup_label \
    -o -name '.barman-recover.info' -o -name 'backup_manifest*' -o -path './barman_wal/*' -o -name '*.done' \))
  (cd "$answers/files.$side" && find . -type f -exec sha256sum {} + | sort -k 2; cat ./*auto.conf ./*extra.conf 2>/dev/null || true) >"$answers/content.$side"
}

# A request that both refuse in the same words, and that leaves the place as it was.
refused_alike() { # CASE OPTION... SERVER BACKUP
  refused_to_alike "$1" "$target/data" "${@:2}"
}

refused_to_alike() { # CASE DESTINATION OPTION... SERVER BACKUP
  local case=$1 destination=$2; shift 2
  rm -rf "$target"
  mkdir "$target"
  prepare_place
  tree "$target" >"$answers/place.before"
  restore_by reference "$destination" "$@"
  restore_by ours "$destination" "$@"
  compare "$case: the words of the refusal" working "$answers/words.reference" "$answers/words.ours"
  holds "$case: refused" grep -qx -- '---- status [12]' "$answers/words.ours"
  tree "$target" >"$answers/place.after"
  holds "$case: nothing is written" cmp "$answers/place.before" "$answers/place.after"
}
