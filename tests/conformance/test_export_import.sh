#!/usr/bin/env bash
# Exports of both hold the same, member by member; each imports what the other has exported, leaves the same files and
# makes the same of what cannot be imported; what went through both is restored and started.
. "${BASH_SOURCE[0]%/*}/common.sh"

lab_create_cluster source --wal-segsize=1
lab_create_tables source
lab_add_rows source 500 >/dev/null
lab_keep_busy source
lab_configure_server stream source postgres "compression = gzip"
lab_configure_server empty source postgres
use reference
lab_receive_wal source stream
run barman switch-wal --archive --archive-timeout 60 stream
take_backup stream --name named
rows=$(lab_fingerprint source)
take_backup stream
run barman switch-wal --archive --archive-timeout 60 stream
run barman receive-wal --stop stream
id=$(ours list-backups --minimal stream | tail -n 1)
exports=$LAB_DIR/exports
mkdir "$exports" "$exports/reference" "$exports/ours"

# Names of exports hold the moment and the digest.
named_alike() { sed -E "s!$exports/(reference|ours)!EXPORTS!g; s/-[0-9]{8}T[0-9]{6}-[0-9a-f]{8}\.tar/-MOMENT-DIGEST.tar/g"; }

export_by() { # SIDE FORMAT OPTION...
  local side=$1 format=$2; shift 2
  rm -f "$exports/$side"/*
  answer "$side" -f "$format" export-backup stream "$id" "$exports/$side" "$@" | named_alike >"$answers/export.$side"
}
# barman.json holds a version more, docs/differences.md: D-OPS-05.
members() { tar --full-time --numeric-owner -tvf "$1" | sed -E 's/[0-9]{4}-[0-9-]+ [0-9:.]+ +/TIME /; s/ +[0-9]+ (TIME barman.json)/ SIZE \1/'; }
contents() { # TARBALL
  rm -rf "$LAB_DIR/unpacked"
  mkdir "$LAB_DIR/unpacked"
  tar -C "$LAB_DIR/unpacked" -xf "$1"
  (
    cd "$LAB_DIR/unpacked"
    find . -type f ! -name barman.json -exec sha256sum {} + | LC_ALL=C sort -k 2
    sed -E '/"barman_native_ver"/d; s/("(timestamp|ssh_ver)": ")[^"]*/\1/' barman.json
    find . -type l -printf '%P -> %l\n' | LC_ALL=C sort
  )
}
same_export() { # FORMAT OPTION...
  local side
  for side in reference ours; do
    export_by "$side" "$@"
    members "$exports/$side"/* >"$answers/members.$side"
    contents "$exports/$side"/* >"$answers/contents.$side"
    named_alike < <(ls "$exports/$side") >"$answers/names.$side"
  done
  compare "export $*: what it says" working "$answers/export.reference" "$answers/export.ours"
  compare "export $*: the name" working "$answers/names.reference" "$answers/names.ours"
  compare "export $*: members, modes and order" asking "$answers/members.reference" "$answers/members.ours"
  compare "export $*: contents" working "$answers/contents.reference" "$answers/contents.ours"
}
same_export console
same_export json
same_export console --compression gzip
same_export console --compression bzip2
same_export console --compression xz
for compression in gzip bzip2 xz; do
  for side in reference ours; do export_by "$side" console --compression "$compression" --compression-level 1; done
  deliberately D-EXP-02 '/^WARNING: Python .* ignoring compression level/d' \
    compare "export to $compression with a level" working "$answers/export.reference" "$answers/export.ours"
done
same_work "export into nothing" working export-backup stream "$id" "$exports/none"
same_work "export into a file" working export-backup stream "$id" "$BARMAN_CONFIG_FILE"
same_work "export with a level without a compression" working export-backup --compression-level 3 stream "$id" "$exports"
same_work "export with an impossible level" working export-backup --compression gzip --compression-level 11 stream "$id" "$exports"
same_work "export with another impossible level" working export-backup --compression bzip2 --compression-level 0 stream "$id" "$exports"
same_answers "export-backup stream nothing $exports" "export-backup nowhere latest $exports" "export-backup empty latest $exports" \
  "export-backup --compression zip stream latest $exports"

# ---- And back -------------------------------------------------------------------------------------------------------

for side in reference ours; do export_by "$side" console; done
for exporter in reference ours; do
  tarball=$(echo "$exports/$exporter"/*)
  same_work "import of a backup that is there" working import-backup stream "$tarball"
  back_to_state
  run ours keep --release stream "$id"
  run ours delete stream "$id"
  same_work "what $exporter exported" working import-backup stream "$tarball"
  back_to_state
  same_work "what $exporter exported (json)" working -f json import-backup stream "$tarball"
  same_answers "list-backups stream" "show-backup stream $id" "keep --status stream $id" "verify-backup stream $id" "check stream"
  same_index_after_rebuild "after the import of what $exporter exported" stream
  for importer in reference ours; do
    use "$importer"
    run ours keep --release stream "$id"
    run ours delete stream "$id"
    run barman import-backup stream "$tarball"
    use "$(other "$importer")"
    restore_and_start copy stream "$id" --target-immediate --target-action promote
    expect_rows "exported by $exporter, imported by $importer, restored by $(other "$importer")" copy "$rows"
    expect_sound_pages copy
  done
done

# ---- What cannot be imported ----------------------------------------------------------------------------------------

run ours keep --release stream "$id"
run ours delete stream "$id"
tarball=$(echo "$exports/reference"/*)
rm -rf "$LAB_DIR/unpacked"
mkdir "$LAB_DIR/unpacked"
tar -C "$LAB_DIR/unpacked" -xf "$tarball"
pack() { # TAR OPTION...: the unpacked tree under a name that fits; sets $packed
  local digits
  tar -C "$LAB_DIR/unpacked" -cf "$exports/plain" "$@"
  digits=$(sha256sum "$exports/plain")
  packed=$exports/backup-export-stream-$id-20260101T000000-${digits:0:8}.tar
  mv "$exports/plain" "$packed"
}
import_alike() { # CASE TARBALL
  same_work "import of $1" working import-backup stream "$2"
  back_to_state
}
all=(identity.json backup.info barman.json backup wals xlog.db)
for part in identity.json backup.info backup wals xlog.db; do
  mapfile -t others < <(printf '%s\n' "${all[@]}" | grep -vx "$part")
  pack "${others[@]}"
  import_alike "a tarball without $part" "$packed"
done
edited() { # CASE SED-PROGRAM FILE
  cp "$LAB_DIR/unpacked/$3" "$LAB_DIR/kept"
  sed -i -E "$2" "$LAB_DIR/unpacked/$3"
  pack "${all[@]}"
  import_alike "$1" "$packed"
  cp "$LAB_DIR/kept" "$LAB_DIR/unpacked/$3"
}
edited "a backup of another cluster" 's/("systemid": *")[0-9]+/\11/' identity.json
edited "a backup of another version" 's/("version": *")[0-9]+/\19/' identity.json
deliberately D-EXP-04 '/^See log file/d; s/^EXCEPTION(: Failed to parse .*: )Expecting value.*/ERROR\1it is not a JSON object/' \
  edited "an identity that is no JSON" 's/^/x/' identity.json
edited "an unknown field" '1s/^/nosuch=1\n/' backup.info
edited "a malformed line of the index" '1s/\t.*//' xlog.db
edited "an index without the needed WAL" '/./d' xlog.db
deliberately D-EXP-05 "/^See log file/d
  s/^EXCEPTION: Failed to import WAL files: .*/ERROR: WAL file listed in tarball's xlog.db but not found under its wals\/ directory: WAL/" \
  edited "an index that lists what is not there" "\$s/^[0-9A-F]{24}(.*)/&\\n0000000100000000000000F7\\1/" xlog.db
pack "${all[@]}"
for name in other.tar "backup-export-stream-$id.tar" "backup-export-other-$id-20260101T000000-00000000.tar" "backup-export-stream-x-20260101T000000-00000000.tar" \
  "backup-export-stream-$id-x-00000000.tar" "backup-export-stream-$id-20260101T000000-00000000.tar" "backup-export-stream-$id-20260101T000000-00000000.zip"; do
  cp "$packed" "$exports/$name"
  import_alike "the name $name" "$exports/$name"
done
echo junk >"$exports/backup-export-stream-$id-20260101T000000-00000000.tar"
import_alike "no tarball" "$exports/backup-export-stream-$id-20260101T000000-00000000.tar"
import_alike "nothing" "$exports/nothing"
import_alike "a directory" "$exports"
same_answers "import-backup nowhere $packed" "import-backup empty $packed"
conclude
