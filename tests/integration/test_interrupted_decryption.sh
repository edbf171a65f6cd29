#!/usr/bin/env bash
# A restore of encrypted files and WAL that is interrupted or killed while it decrypts, on this host and on another one:
# outside the destination nothing clear is left once the program has ended, or once the next restore has cleaned up after a
# kill, and that one completes.
. "${BASH_SOURCE[0]%/*}/common.sh"
# shellcheck source=gpg.sh
. "${BASH_SOURCE[0]%/*}/gpg.sh"

lab_start_sshd
lab_create_cluster source --wal-segsize=1
lab_create_tables source
lab_add_rows source 1000 >/dev/null
area=$LAB_DIR/area
mkdir "$area"
lab_configure_server main source postgres "archiver = on" "streaming_archiver = off" "compression = gzip" \
  "backup_compression = gzip" "backup_compression_format = tar" "staging_path = $area" \
  "${encrypted[@]}" "encryption_passphrase_command = $gpg_command"
lab_push_wal source main
take_backup main
id=$backup
lab_add_rows source 200 >/dev/null
rows=$(lab_fingerprint source)
lab_archive_now source main >/dev/null

# A gpg that stops in the middle of what lies below a directory, with some of it written.
real=$(command -v gpg)
stop_in() { # DIRECTORY
  cat >"$LAB_DIR/bin/gpg" <<SCRIPT
#!/bin/sh
case "\$* \$(readlink /proc/\$\$/fd/0)" in
  *--decrypt\ $1/*) $real "\$@" | head -c 100000; echo \$\$ >"$LAB_DIR/tmp/decrypting"; exec sleep 600 ;;
esac
exec $real "\$@"
SCRIPT
  chmod +x "$LAB_DIR/bin/gpg"
}
is_decrypting() { [[ -s $LAB_DIR/tmp/decrypting ]]; }
is_over() { ! kill -0 "$1" 2>/dev/null; }
# What is there outside of the destination, the cluster, the logs and what is remembered of restores.
elsewhere() {
  find "$LAB_DIR" -mindepth 1 \( -path "$LAB_DIR/restore" -o -path "$LAB_DIR/pg" -o -path "$LAB_DIR/log" -o -name '*.lock' \
    -o -name '.restore-history*' -o -path "$GNUPGHOME" -o -path "$LAB_DIR/tmp/decrypting" -o -path "$LAB_DIR/tmp/output" \) \
    -prune -o -print | sort
}
target=$LAB_DIR/restore/again
options=(--tablespace "ts_a:$target/ts_a" --tablespace "ts_b:$target/ts_b")
interrupt() { # SIGNAL OPTION...
  local signal=$1 pid; shift
  rm -rf "$target" "$LAB_DIR/tmp/decrypting"
  env --default-signal=INT barman restore "${options[@]}" "$@" main "$id" "$target/data" >"$LAB_DIR/tmp/output" 2>&1 &
  pid=$!
  lab_wait_for 60 "gpg" is_decrypting
  kill -"$signal" "$pid"
  wait "$pid" || true
  lab_wait_for 20 "the end of gpg after SIG$signal" is_over "$(cat "$LAB_DIR/tmp/decrypting")"
}

stop_in "$LAB_DIR/barman/main/base"
before=$(elsewhere)
for way in here staged; do
  case $way in here) host=() ;; staged) host=(--remote-ssh-command "$LAB_SSH" --staging-location remote) ;; esac
  for part in base wals; do
    for signal in TERM KILL; do
      stop_in "$LAB_DIR/barman/main/$part"
      interrupt "$signal" "${host[@]}"
      [[ $signal == KILL ]] || expect_equal "$way, $part: an interrupted restore leaves nothing elsewhere" "$before" "$(elsewhere)"
    done
    stop_in "$LAB_DIR/nowhere"
    rm -rf "$target"
    run barman restore "${options[@]}" "${host[@]}" main "$id" "$target/data"
    expect_equal "$way, $part: the next one removes what a kill left" "$before" "$(elsewhere)"
    [[ $way.$part != *.wals ]] || {
      lab_start_restored again "$target/data"
      lab_wait_for_promotion again
      expect_rows "$way: it is complete" again "$rows"
      lab_stop_cluster again immediate
    }
  done
done
