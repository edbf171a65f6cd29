#!/usr/bin/env bash
# A server that keeps its WAL in an object store: archived from both queues and from pg_wal, restored by recovering
# clusters, removed with the backups that needed it.
. "${BASH_SOURCE[0]%/*}/object_store.sh"
. "${BASH_SOURCE[0]%/*}/common.sh"

start_store # first: the servers are to have its credentials in their environment
lab_create_cluster source --wal-segsize=1
lab_create_tables source
url=$(url_of lab/wal)
place=("wals_directory = $url" "${store_settings[@]}")
index() { cat "$LAB_DIR/barman/$1/meta/$1-xlog.db"; }
stored() { objects lab "wal/$1/wals/" | sed 's:.*/::'; } # SERVER

# Whole segments of the cluster, as PostgreSQL wrote them.
originals=$LAB_DIR/originals
mkdir "$originals"
lab_archive_with source "cp %p $originals/%f"
for _ in 1 2 3 4 5 6; do close_segment source >/dev/null; done
enough() { (($(find "$originals" -name '0000000100000000????????' | wc -l) >= 6)); }
lab_wait_for 30 "segments" enough
lab_archive_with source true
mapfile -t segments < <(find "$originals" -name '0000000100000000????????' -printf '%f\n' | sort)

# ---- What the check says --------------------------------------------------------------------------------------------

cloud_line() { barman check "$1" 2>/dev/null | grep 'cloud storage configuration' || true; } # SERVER
expect_refused() { # HINT OPTION...
  lab_configure_server wrong source local-rsync "active = off" "wals_directory = $(url_of lab/wrong)" "${store_settings[@]}" "${@:2}"
  [[ -n ${2:-} ]] || lead_astray wrong
  expect_equal "the check fails with ${2:-a store that is not there}" "cloud storage configuration: FAILED ($1)" \
    "$(cloud_line wrong | sed 's/^\t*//')"
}
lab_configure_server main source local-rsync "${place[@]}" "active = off" # nothing waits for its WAL
expect_text "a bucket that is not there" "FAILED (the bucket of the WAL storage, $(bucket_name lab), does not exist)" "$(cloud_line main)"
run cloud check-wal-archive "$(url_of lab/none)" none # makes the bucket
expect_text "one that is" "cloud storage configuration: OK" "$(cloud_line main)"
expect_refused "cloud WAL storage only supports in-memory compression algorithms (gzip, bzip2, xz, zstd, lz4, snappy). 'pigz' is not supported" \
  "compression = pigz"
expect_refused "WORM mode is not supported when the backup or WAL destination is a cloud storage" \
  "worm_mode = on"
expect_refused "Could not connect to the cloud provider for WAL storage. Check your credentials and configuration"
lead_back wrong
rm "$LAB_DIR/etc/barman.d/wrong.conf"

# ---- From incoming, in every compression ----------------------------------------------------------------------------

for compression in none gzip bzip2 xz zstd lz4 snappy; do
  lab_configure_server main source local-rsync "${place[@]}" "compression = $compression"
  mkdir -p "$LAB_DIR/barman/main/incoming"
  cp -p "$originals/${segments[0]}" "$LAB_DIR/barman/main/incoming/"
  run barman archive-wal main
  run barman cloud-wal-restore main "${segments[0]}" "$LAB_DIR/tmp/restored"
  expect_true "$compression: comes back" cmp "$LAB_DIR/tmp/restored" "$originals/${segments[0]}"
  word=$compression
  [[ $word != none ]] || word=None
  expect_equal "$compression: the index says what is stored" "${segments[0]} $word" "$(index main | awk '{ print $1, $4 }')"
  expect_equal "$compression: is one object" 1 "$(stored main | wc -l)"
  [[ $compression == snappy ]] && break
  remove_object lab "$(objects lab wal/main/)"
  rm "$LAB_DIR/barman/main/meta/main-xlog.db"
done

# Nothing but the configuration, on a server that is not active.
mv "$LAB_DIR/barman/main" "$LAB_DIR/barman/away"
lab_configure_server main source local-rsync "${place[@]}" "active = off"
run barman cloud-wal-restore main "${segments[0]}" "$LAB_DIR/tmp/restored"
expect_true "a fresh host restores by its configuration" cmp "$LAB_DIR/tmp/restored" "$originals/${segments[0]}"
expect_status 1 barman cloud-wal-restore main 0000000900000000000000AA "$LAB_DIR/tmp/none"
expect_text "a file that is not there" "ERROR: WAL file 0000000900000000000000AA for server main does not exist" "$output"
expect_false "leaves nothing" test -e "$LAB_DIR/tmp/none"
rm -rf "$LAB_DIR/barman/main"
mv "$LAB_DIR/barman/away" "$LAB_DIR/barman/main"
lab_configure_server main source local-rsync "${place[@]}" "compression = zstd"

expect_status 1 barman get-wal main "${segments[0]}"
expect_text "get-wal is refused" "ERROR: Cannot retrieve WAL file for server 'main' because it is configured with a cloud object storage. WAL retrieval is only supported for local storages." "$output"
expect_status 1 barman rebuild-xlogdb main
expect_text "and rebuild-xlogdb" "ERROR: Rebuilding xlogdb is not supported for servers using cloud storage" "$output"

# ---- The same again, other content, a kill in the middle ------------------------------------------------------------

before=$(index main)
cp -p "$originals/${segments[0]}" "$LAB_DIR/barman/main/incoming/"
run barman archive-wal main
expect_equal "the same file again changes nothing" "$before" "$(index main)"
segment_as "${segments[0]}" 1 <"$originals/${segments[1]}" >"$LAB_DIR/barman/main/incoming/${segments[0]}"
run barman archive-wal main
expect_text "other content is set aside" "Error: ${segments[0]} is already present in server main. File moved to errors directory." "$output"
expect_equal "in the errors directory" 1 "$(find "$LAB_DIR/barman/main/errors" -name "${segments[0]}.*.duplicate" | wc -l)"
rm "$LAB_DIR/barman/main/errors"/*

# Killed at one moment or another; the next run finishes what it began.
for delay in 0.02 0.05 0.1 0.2; do
  cp -p "$originals/${segments[1]}" "$originals/${segments[2]}" "$originals/${segments[3]}" "$LAB_DIR/barman/main/incoming/"
  timeout -s KILL "$delay" barman archive-wal main >/dev/null 2>&1 || true
done
run barman archive-wal main
expect_equal "nothing waits after a killed run" "" "$(ls -A "$LAB_DIR/barman/main/incoming")"
expect_equal "each segment has one line" "$(printf '%s\n' "${segments[@]:0:4}")" "$(index main | cut -f1)"
expect_equal "and one object" "$(printf '%s\n' "${segments[@]:0:4}" | sort)" "$(stored main | sed 's/\..*//' | sort)"
expect_equal "and none is an error" "" "$(ls -A "$LAB_DIR/barman/main/errors")"
for name in "${segments[@]:1:3}"; do
  run barman cloud-wal-restore main "$name" "$LAB_DIR/tmp/restored"
  cmp "$LAB_DIR/tmp/restored" "$originals/$name" || failed "$name differs"
done
passed "what was archived around the kills is whole"

# ---- Streamed, with backups; recovery by cloud-wal-restore; removal -------------------------------------------------

lab_configure_server live source postgres "${place[@]}" "compression = gzip" "minimum_redundancy = 0"
run barman receive-wal --create-slot --if-not-exists live
lab_receive_wal source live
lab_archive_now source live >/dev/null
lab_add_rows source 3000 >/dev/null
take_backup live
first=$backup
lab_add_rows source 3000 >/dev/null
rows=$(lab_fingerprint source)
lab_archive_now source live >/dev/null
expect_text "list-files names the objects" "wal/live/wals/0000000100000000/" "$(barman list-files --target wal live "$first")"
expect_true "show-backup counts the WAL" grep -q 'Number of files *: [1-9]' <(barman show-backup live "$first")

restore after live "$first"
expect_text "get-wal is switched on" "WARNING: get-wal is required for servers with WALs stored in cloud storage. Automatically enabling --get-wal." "$output"
expect_true "PostgreSQL is to ask for WAL" \
  grep -qx "restore_command = 'barman cloud-wal-restore live %f %p'" "$LAB_DIR/restore/after/data/postgresql.auto.conf"
sed -i "s|live %f %p|-p 4 --spool-dir $LAB_DIR/tmp/spool live %f %p|" "$LAB_DIR/restore/after/data/postgresql.auto.conf"
lab_start_restored after "$LAB_DIR/restore/after/data"
lab_wait_for_promotion after
expect_rows "recovered from the store, with WAL fetched ahead" after "$rows"
expect_true "the spool was used" test -d "$LAB_DIR/tmp/spool"
discard after

take_backup live
oldest=$(index live | sed -n 1p | cut -f1)
begin=$(lab_backup_field live "$backup" begin_wal)
[[ $oldest < $begin ]] || failed "the second backup begins behind the first segment" "$oldest $begin"
run barman delete live "$first"
expect_text "WAL goes with the first backup" "$oldest" "$output"
expect_equal "what is stored is what is listed" "$(index live | cut -f1 | sort)" "$(stored live | sed 's/\.gz$//' | sort)"
expect_false "nothing older than the second backup is left" grep -q "^$oldest" <(index live)

# ---- From pg_wal by cloud-wal-archive -------------------------------------------------------------------------------

lab_configure_server direct source local-to-cloud "archiver = on" "${place[@]}" "basebackups_directory = $(url_of lab/base)" "compression = lz4"
mkdir -p "$LAB_DIR/barman/direct/meta"
lab_archive_with source false
for _ in 1 2 3 4 5; do close_segment source >/dev/null; done
lab_archive_with source "barman cloud-wal-archive -p 3 direct %p"
closed=$(close_segment source)
has_archived() { lab_sql_is source t "select last_archived_wal >= '$1' from pg_stat_archiver"; }
lab_wait_for 60 "the archiver" has_archived "$closed"
index direct | cut -f1 | expect_consecutive "archived as PostgreSQL asked for them, and ahead" 1
expect_equal "each is one object" "$(index direct | cut -f1 | sort)" "$(stored direct | sed 's/\.lz4$//' | sort)"
expect_equal "of the size that the index says" "$(index direct | awk '{ print $4 }' | sort -u)" lz4
expect_true "and some were archived ahead" grep -q "already archived in cloud storage" "$LAB_DIR/log/barman.log"
run barman cloud-wal-archive direct "$LAB_DIR/pg/source/data/pg_wal/$closed" # again
run barman cloud-wal-restore direct "$closed" "$LAB_DIR/tmp/restored"
segment_as "$closed" 1 <"$originals/${segments[0]}" >"$LAB_DIR/tmp/$closed"
expect_status 1 barman cloud-wal-archive direct "$LAB_DIR/tmp/$closed"
expect_text "other content is refused" "WAL file $closed is archived already with other content" "$output"
