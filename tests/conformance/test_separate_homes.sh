#!/usr/bin/env bash
# The same work done by each side in a home of its own, on one PostgreSQL server: what they write is the same file by file,
# but for moments and for what PostgreSQL gives only once: positions in the WAL and sizes that grow.
. "${BASH_SOURCE[0]%/*}/common.sh"

lab_create_cluster source --wal-segsize=1
lab_create_tables source
lab_add_rows source 200 >/dev/null
for side in reference ours; do
  mkdir -p "$LAB_DIR/$side/etc/barman.d" "$LAB_DIR/$side/home"
  home=$LAB_DIR/$side/home
  sed "s#^barman_home = .*#barman_home = $home#; s#^configuration_files_directory = .*#configuration_files_directory = $LAB_DIR/$side/etc/barman.d#" \
    "$BARMAN_CONFIG_FILE" >"$LAB_DIR/$side/etc/barman.conf"
done
configure() { # SERVER METHOD ["OPTION = VALUE"...]
  lab_configure_server "$1" source "$2" "${@:3}"
  for side in reference ours; do sed "s/^slot_name = .*/slot_name = $side/" "$LAB_DIR/etc/barman.d/$1.conf" >"$LAB_DIR/$side/etc/barman.d/$1.conf"; done
}
configure main local-rsync "compression = gzip" "reuse_backup = link" "cluster = lab" "minimum_redundancy = 1"
configure stream postgres "compression = zstd"
for side in reference ours; do
  printf '%s\n' "[fast]" "model = on" "cluster = lab" "parallel_jobs = 2" >"$LAB_DIR/$side/etc/barman.d/models.conf"
  mkdir -p "$LAB_DIR/$side/home/main/incoming"
done
at_home() { # SIDE ARGUMENT...
  "$1" -c "$LAB_DIR/$1/etc/barman.conf" "${@:2}"
}
# One segment for both, the same file with the same moments.
cat >"$LAB_DIR/archive" <<END
#!/bin/sh
for side in reference ours; do
  cp -p "\$1" "$LAB_DIR/\$side/home/main/incoming/.\$2" && mv "$LAB_DIR/\$side/home/main/incoming/.\$2" "$LAB_DIR/\$side/home/main/incoming/\$2" || exit 1
done
END
chmod 755 "$LAB_DIR/archive"
lab_archive_with source "$LAB_DIR/archive %p %f"
lab_keep_busy source

# Each side in turn; what it says is compared, too. How many segments have come, and in how many turns they are archived,
# is left to chance: each side takes its backups at its own time.
both_homes() { # CASE ARGUMENT...
  local case=$1 side; shift
  for side in reference ours; do
    before_work "$side"
    answer "$side" -c "$LAB_DIR/$side/etc/barman.conf" "$@" | at_one_home |
      sed -E '/^(Processing xlog segments from |\t[0-9A-F]{24})/d; s/\b(backup_labels|wal_file): [0-9]+/\1: N/g; s/[0-9.]+ [KM]?i?B\b/SIZE/g; s/-[0-9.]+% dedup/-P% dedup/; s/\([0-9]+\)$/(PID)/' >"$answers/words.$side"
  done
  compare "$case: what it says" working "$answers/words.reference" "$answers/words.ours"
}
at_one_home() { sed -E "s#$LAB_DIR/(reference|ours)/#LAB/#g; s/\b(reference|ours)\b/SIDE/g"; }

# Sizes of a cluster that is written to, and what follows from them; how many segments were archived in between.
only_once() {
  sed -E 's/^((deduplicated_|cluster_)?size|xlog_segment_count)=[0-9]+/\1=N/; s/("?[a-z_]*(size|bytes|count|number)"?: )[0-9]+/\1N/g
    s/^(snapshots_info|copy_stats)=\{.*/\1=STATISTICS/; s/^[0-9A-F]{8}([0-9A-F]{16})?(\.[0-9A-F]{8}\.backup)?\t[0-9]+\t[0-9.]+\t/WAL\t/
    s/[0-9A-F]{16}\/([0-9A-F]{24})/HASH\/\1/; s/PG_15_[0-9]+/PG/'
}
# Of a failed backup the reference waits for its end and records it, ours does not (D-BKP-01).
without_end_of_failed() { # FILE
  if [[ $1 == *-backup.info ]] && grep -qx status=FAILED "$1"; then
    sed -E '/^(backup_label|end_(offset|time|wal|xlog))=/d' "$1"
  else
    cat "$1"
  fi
}
# Everything but base backups themselves and WAL, whose lists are cases of their own.
same_home() { # WHEN
  local side
  for side in reference ours; do
    (
      cd "$LAB_DIR/$side/home"
      find . -mindepth 1 \( -path '*/base/*' -o -path '*/wals/????????????????' -o -path '*/incoming/*' -o -path '*/streaming/*' \) -prune -o \
        ! -name xlog.db ! -name '*.lock' "${lab_no_notes[@]}" -printf '%P %y %m\n' | LC_ALL=C sort
      for file in $(find . -path '*/meta/*' -o -name '*.json' -o -name '.*.auto' -o -name '.*.auto.conf' -o -name '*.queue' | LC_ALL=C sort); do
        [[ -f $file ]] || continue
        printf -- '---- %s\n' "$file"
        without_end_of_failed "$file"
        echo
      done
      printf -- '---- locks\n'
      find . -name '.*.lock' -printf '%P %m\n' | LC_ALL=C sort
    ) | at_one_home | only_once >"$answers/home.$side"
    (cat "$LAB_DIR/$side"/etc/barman.d/*) | at_one_home >"$answers/etc.$side"
  done
  compare "$1: files" working "$answers/home.reference" "$answers/home.ours"
  compare "$1: configuration" asking "$answers/etc.reference" "$answers/etc.ours"
}
place_of() { if [[ $1 == *.history ]]; then echo "$1"; else echo "${1:0:16}/$1"; fi; }
# Segments that are in both archives must be there in the same form. What a compressor makes of them differs in size, as
# docs/differences.md says (D-WAL-02).
same_index() { # WHEN SERVER COLUMNS COMMAND...: the last tells what a file holds
  local side
  for side in reference ours; do
    grep -v '\.backup' "$LAB_DIR/$side/home/$2/wals/$2-xlog.db" | cut -f "$3" | sort >"$answers/index.$side"
  done
  LC_ALL=C join -t $'\t' -j 1 <(cut -f 1 "$answers/index.reference") <(cut -f 1 "$answers/index.ours") >"$answers/common"
  holds "$1: the archives of $2 have segments in common" test -s "$answers/common"
  for side in reference ours; do
    LC_ALL=C join -t $'\t' "$answers/common" "$answers/index.$side" >"$answers/lines.$side"
    (cd "$LAB_DIR/$side/home/$2/wals" && while read -r name; do ls "$(place_of "$name")"; done <"$answers/common") >"$answers/paths.$side"
    (cd "$LAB_DIR/$side/home/$2/wals" && find . -type f -name '0*' -printf '%m\n' | sort -u) >>"$answers/paths.$side"
    (cd "$LAB_DIR/$side/home/$2/wals" && while read -r name; do "${@:4}" <"$(place_of "$name")" | sha256sum; done <"$answers/common") >"$answers/content.$side"
  done
  compare "$1: lines of the index of $2" asking "$answers/lines.reference" "$answers/lines.ours"
  compare "$1: places and modes of the WAL of $2" asking "$answers/paths.reference" "$answers/paths.ours"
  compare "$1: what the WAL of $2 holds" asking "$answers/content.reference" "$answers/content.ours"
}

both_homes "check before anything" check main
for side in reference ours; do run at_home "$side" switch-wal --force --archive --archive-timeout 60 main; done
same_home "the first WAL"
both_homes "a backup" backup --wait --wait-timeout 60 --name named main
same_home "a backup"
both_homes "an incremental one" backup --wait --wait-timeout 60 --manifest main
same_home "an incremental one"
: >"${LAB_DATA[source]}/unreadable"
chmod 0 "${LAB_DATA[source]}/unreadable"
for side in reference ours; do expect_status 1 at_home "$side" backup main; done
rm -f "${LAB_DATA[source]}/unreadable"
# rsync's own words name the moment of its list.
same_home "a failed one"
both_homes "keep" keep --target full main named
both_homes "keep, the other way" keep --target standalone main latest
same_home "two marks"
both_homes "the mark goes" keep --release main named
before_work() { lab_sql source "select pg_logical_emit_message(true, 'lab', 'x')" >/dev/null; }
both_homes "a history file" switch-wal main
before_work() { :; }
for side in reference ours; do printf '1\t0/5000000\tno recovery target specified\n' >"$LAB_DIR/$side/home/main/incoming/00000002.history"; done
both_homes "archiving it" archive-wal main
same_home "a history file"
# name and compression; the moment is when each side compressed it
same_index "local-rsync" main 1,4 gzip -dc

for side in reference ours; do
  run at_home "$side" receive-wal --create-slot --if-not-exists stream
  "${conformance_programs[$side]}/barman" -c "$LAB_DIR/$side/etc/barman.conf" receive-wal stream >"$LAB_DIR/log/receive-$side.log" 2>&1 &
  lab_wait_for 30 "the receiver of $side" lab_sql_is source t "select active from pg_replication_slots where slot_name = '$side'"
done
for side in reference ours; do run at_home "$side" switch-wal --force --archive --archive-timeout 60 stream; done
both_homes "a streamed backup" backup --wait --wait-timeout 60 stream
same_home "a streamed backup"
configure stream postgres "compression = zstd" "backup_compression = gzip"
both_homes "a compressed backup" backup --wait --wait-timeout 60 stream
same_home "a compressed backup"
last=$(close_segment source)
for side in reference ours; do
  arrived() { at_home "$side" -q archive-wal stream && grep -q "^$last" "$LAB_DIR/$side/home/stream/wals/stream-xlog.db"; }
  lab_wait_for 60 "segment $last" arrived
  run at_home "$side" terminate-process stream receive-wal
done
same_index "streamed" stream 1,4 zstd -dc

both_homes "a model" config-switch main fast
same_home "a model"
both_homes "no model" config-switch main --reset
both_homes "a change" config-update '[{"scope": "server", "server_name": "main", "parallel_jobs": "3", "description": "changed"}]'
same_home "a change"
lab_archive_with source true
configure main local-rsync "compression = gzip" "reuse_backup = link" "retention_policy = REDUNDANCY 1" "cluster = lab"
for side in reference ours; do
  run at_home "$side" -q archive-wal main
  run at_home "$side" keep --release main latest
  rm -f "$LAB_DIR/$side/etc/barman.d/stream.conf"
done
both_homes "cron, with a backup to expire" cron
children_gone() { ! pgrep -f -- "$LAB_DIR/(ours|reference)/etc/barman.conf -q" >/dev/null; }
lab_wait_for 60 "the children of cron" children_gone
# Whether the removal of free locks sees that of a child is a matter of who is first.
find "$LAB_DIR"/{reference,ours}/home -name '.*.lock' -delete
same_home "cron"
both_homes "delete" delete main last-failed
same_home "delete"
both_homes "rebuild-xlogdb" rebuild-xlogdb main
same_home "a rebuild"
both_homes "list-backups" list-backups main
conclude
