#!/usr/bin/env bash
# barman-wal-restore of each program against get-wal of each: the same words, exit statuses and files as among the
# reference's own, whatever the options, the file and the failure; and PostgreSQL recovers through each pair.
. "${BASH_SOURCE[0]%/*}/common.sh"
. "${BASH_SOURCE[0]%/*}/client_pairs.sh"

fill() { # COMPRESSION: an archive with the segments in it, and a partial one in streaming/
  rm -rf "$LAB_DIR/barman/main/wals"
  if [[ $1 == none ]]; then lab_configure_server main source local-rsync
  else lab_configure_server main source local-rsync "compression = $1"; fi
  cp "${segments[@]/#/$wals/}" "$wals/00000002.history" "$incoming"
  mkdir -p "$LAB_DIR/barman/main/streaming"
  cp "$wals/$partial.partial" "$LAB_DIR/barman/main/streaming/"
  run reference archive-wal main
}
fetched=$LAB_DIR/tmp/fetched
fetch() { # CLIENT-SIDE FAR-SIDE ARGUMENT...
  rm -rf "$fetched" "$LAB_DIR/tmp/spool"
  mkdir "$fetched"
  client "$1" "$2" barman-wal-restore -U "$LAB_USER" --spool-dir "$LAB_DIR/tmp/spool" "${@:3}" | sed -E 's/^(.* )?after [0-9]+ seconds?/\1after SECONDS/'
  printf -- '---- what was fetched\n'
  left_in "$fetched"
}
fetches() { pairs_alike "wal-restore $1" fetch "${@:2}"; }
for compression in none gzip zstd lz4 xz bzip2; do
  fill "$compression"
  fetches "from $compression" backup main "${segments[1]}" "$fetched/wal"
  fetches "from $compression, --keep-compression" --keep-compression backup main "${segments[1]}" "$fetched/wal"
done
fill gzip
fetches "-z" -z backup main "${segments[1]}" "$fetched/wal"
fetches "--gzip from gzip" --gzip backup main "${segments[2]}" "$fetched/wal"
fetches "-j" -j backup main "${segments[1]}" "$fetched/wal"
fetches "history" backup main 00000002.history "$fetched/history"
fetches "missing history" backup main 00000009.history "$fetched/history"
fetches "missing segment" backup main 0000000100000000000000FF "$fetched/wal"
fetches "missing segment, asleep" -s 1 backup main 0000000100000000000000FF "$fetched/wal"
fetches "partial, not asked for" backup main "$partial" "$fetched/wal"
fetches "partial" -P backup main "$partial" "$fetched/wal"
fetches "partial, --gzip" -P --gzip backup main "$partial" "$fetched/wal"
fetches "partial asked for, complete there" -P backup main "${segments[0]}" "$fetched/wal"
fetches "a name that is no WAL's" backup main nonsense "$fetched/wal"
fetches "into a directory" backup main "${segments[0]}" "$fetched"
fetches "into a directory that is not there" backup main "${segments[0]}" "$fetched/absent/wal"
fetches "--test" --test backup main "${segments[0]}" "$fetched/wal"
fetches "--test, unknown server" --test backup nowhere "${segments[0]}" "$fetched/wal"
fetches "unknown server" backup nowhere "${segments[0]}" "$fetched/wal"
fetches "inactive server" backup idle "${segments[0]}" "$fetched/wal"
fetches "nobody listens" --port 1 backup main "${segments[0]}" "$fetched/wal"
fetches "with another configuration file" -c "$BARMAN_CONFIG_FILE" backup main "${segments[0]}" "$fetched/wal"
fetches "no configuration file there" -c /nonexistent backup main "${segments[0]}" "$fetched/wal"
fetches "two compressions" -z -j backup main "${segments[0]}" "$fetched/wal"
fetches "no arguments"

# The spool of one serves the other's client, too: what it holds is left by the first and taken by the second.
spooled() { # CLIENT-SIDE FAR-SIDE
  fetch "$1" "$2" -p 3 backup main "${segments[0]}" "$fetched/wal"
  lab_wait_for 20 "the spool" test -e "$LAB_DIR/tmp/spool/${segments[2]}"
  lab_try_for 5 eval "! ls '$LAB_DIR/tmp/spool' | grep -q tmp" || true
  printf -- '---- in the spool\n'
  left_in "$LAB_DIR/tmp/spool"
  client "$1" "$2" barman-wal-restore -U "$LAB_USER" --spool-dir "$LAB_DIR/tmp/spool" backup main "${segments[1]}" "$fetched/next"
  left_in "$fetched"
}
pair_is_alike() { # CASE CLIENT-SIDE FAR-SIDE
  if [[ $2 == ours ]]; then
    deliberately D-CLT-07 '/^---- in the spool/,/^---- standard output/s/ 644 / 600 /' \
      compare "$1: client of $2, barman of $3" asking "$answers/pair.reference.reference" "$answers/pair.$2.$3"
  else
    compare "$1: client of $2, barman of $3" asking "$answers/pair.reference.reference" "$answers/pair.$2.$3"
  fi
}
pairs_alike "wal-restore --parallel 3" spooled

# ---- PostgreSQL itself recovers through each pair -------------------------------------------------------------------------

rm -rf "$LAB_DIR/barman/main"
lab_configure_server main source local-rsync "compression = gzip"
for near in reference ours; do
  far=$(other "$near")
  use "$far"
  lab_archive_with source "${conformance_programs[$near]}/barman-wal-archive -U $LAB_USER 127.0.0.1 main %p"
  run barman switch-wal --force --archive --archive-timeout 60 main
  run barman backup --wait --wait-timeout 60 main
  run pgbench -h 127.0.0.1 -p "${LAB_PORT[source]}" -U postgres -n -t 300 postgres
  history=$(lab_sql source "select count(*), sum(delta) from pgbench_history")
  run barman switch-wal --archive --archive-timeout 60 main
  run barman restore --get-wal main latest "$LAB_DIR/restore/copy"
  for options in "" "-p 3 -P" "-z"; do
    rm -rf "$LAB_DIR/restore/try"
    cp -a "$LAB_DIR/restore/copy" "$LAB_DIR/restore/try"
    printf "restore_command = '%s %s --spool-dir %s -U %s 127.0.0.1 main %%f %%p'\n" "${conformance_programs[$near]}/barman-wal-restore" \
      "$options" "$LAB_DIR/tmp/spool-$near" "$LAB_USER" >>"$LAB_DIR/restore/try/postgresql.auto.conf"
    rm -rf "$LAB_DIR/tmp/spool-$near"
    lab_start_restored try "$LAB_DIR/restore/try"
    lab_wait_for_promotion try
    same_text "recovery through the client of $near ${options:-without options} and the barman of $far" "$history" \
      "$(lab_sql try "select count(*), sum(delta) from pgbench_history")"
    lab_stop_cluster try immediate
  done
  rm -rf "$LAB_DIR"/restore/*
done
conclude
