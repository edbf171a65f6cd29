#!/usr/bin/env bash
# A damaged or lost segment stops a restore only where recovery reads it: with a target before it, the restore leaves it out and
# reaches its target; else it is refused, by the dry run in the same words, before a byte is written where the damage is noted.
. "${BASH_SOURCE[0]%/*}/common.sh"

lab_start_sshd
lab_create_cluster source --wal-segsize=1
lab_create_tables source
lab_configure_server main source rsync
lab_push_wal source main
take_backup main
# Closes the segment of these rows, archives it and sets $last to its name.
archive_segment() {
  last=$(close_segment source)
  lab_wait_for 60 "segment $last in the archive" all_archived
}
all_archived() { barman -q archive-wal main && is_archived main "$last"; }
run barman switch-wal --archive --archive-timeout 60 main
early=$(lab_add_rows source 10)
rows_early=$(lab_fingerprint source)
archive_segment
first_behind=$(next_segment "$last" 1)
lab_configure_server main source rsync "compression = gzip"
lab_add_rows source 10 >/dev/null
archive_segment
packed=$last
lab_configure_server main source rsync
lab_add_rows source 10 >/dev/null
archive_segment
plain=$last
late=$(lab_add_rows source 10)
archive_segment
expect_equal "two segments between the targets, one compressed and one not" "$first_behind" "$packed"

wals=$LAB_DIR/barman/main/wals/${packed:0:16} place=$LAB_DIR/restore/place
cp -p "$wals/$packed" "$wals/$plain" "$LAB_DIR/tmp/"
gzip -dc <"$wals/$packed" >/dev/null || failed "$packed is not compressed" "$(file "$wals/$packed")"
mend() { cp -p "$LAB_DIR/tmp/$1" "$wals/$1"; rm -f "$LAB_DIR/barman/main/.wal-notes"; }
damage() { # KIND SEGMENT
  local size
  size=$(stat -c %s "$wals/$2")
  case $1 in
    stream) printf 'damage damage damage' | dd of="$wals/$2" bs=1 seek=$((size / 2)) conv=notrunc status=none ;;
    truncated) truncate -s $((size / 2)) "$wals/$2" ;;
    other) if [[ $2 == "$packed" ]]; then gzip -c "$wals/$last"; else cat "$wals/$last"; fi >"$LAB_DIR/tmp/other" && cp "$LAB_DIR/tmp/other" "$wals/$2" ;;
    lost) rm -f "$wals/$2" ;;
  esac
}
asked() { # STATUS OPTION...
  local status=$1; shift
  rm -rf "${place:?}"
  mkdir -p "$place"
  [[ "$*" != *--target-xid* ]] || set -- --target-action promote "$@"
  expect_status "$status" barman restore --tablespace "ts_a:$place/ts_a" --tablespace "ts_b:$place/ts_b" "$@" main latest "$place/data"
}
reached() { # WHAT ROWS
  lab_start_restored place "$place/data"
  lab_wait_for_promotion place
  expect_rows "$1" place "$2"
  lab_stop_cluster place immediate
}

# ---- Damage that recovery does not read ---------------------------------------------------------------------------------

for segment in "$packed" "$plain"; do
  for kind in stream truncated other lost; do
    [[ $kind:$segment != stream:"$plain" ]] || continue # it is copied as it is, and nobody reads it
    for noted in before since; do
      what="$kind $([[ $segment == "$packed" ]] && echo compressed || echo plain) segment, $noted it was noted"
      run barman recovery-window main # notes all
      damage "$kind" "$segment"
      [[ $noted == before ]] || rm "$LAB_DIR/barman/main/.wal-notes"
      remote=()
      [[ $noted:$kind != since:truncated ]] || remote=(--remote-ssh-command "$LAB_SSH")
      asked 0 --dry-run --target-xid "$early" "${remote[@]}"
      expect_text "$what, behind the target: a dry run finds it possible" "Possible             : yes" "$output"
      asked 0 --target-xid "$early" "${remote[@]}"
      expect_text "$what: the restore says so" "left out, recovery does not need it" "$output"
      expect_false "$what: it is left out" test -e "$place/data/barman_wal/$segment"
      [[ $noted:$segment != before:"$packed" ]] || reached "$what: the target is reached" "$rows_early"

      # ---- Damage that it does read
      asked 1 --dry-run --target-xid "$late" "${remote[@]}"
      said=$(sed -n 's/^ *Possible *: NO: //p' <<<"$output")
      expect_text "$what, before the target: a dry run says which" "$segment" "$said"
      asked 1 --target-xid "$late" "${remote[@]}"
      expect_text "$what: so does the restore" "$segment" "$output"
      expect_false "$what: before a byte is written" test -e "$place/data"
      asked 1
      expect_text "$what: nor is everything restored" "$segment" "$output"
      expect_text "$what: what to do" "HINT: if there is another copy of this file" "$output"
      expect_false "$what: before a byte is written, too" test -e "$place/data"
      mend "$segment"
    done
  done
done

# ---- Damage that nobody knows of ------------------------------------------------------------------------------------------

run barman recovery-window main
damage truncated "$packed"
asked 0 --dry-run --target-xid "$late"
expect_text "what is noted is believed" "Possible             : yes" "$output"
asked 1 --target-xid "$late"
expect_text "the restore fails all the same" "ERROR: Failure copying WAL files: cannot decompress '$wals/$packed'" "$output"
asked 1 --dry-run --target-xid "$late"
expect_text "and from then on it is known" "$packed" "$output"
asked 0 --target-xid "$late" --no-target-check
expect_text "--no-target-check" "left out, recovery ends there" "$output"
rm -rf "$place"
asked 0 --no-target-check
expect_text "--no-target-check, with everything" "left out, recovery ends there" "$output"
reached "recovery ends there" "$rows_early"
