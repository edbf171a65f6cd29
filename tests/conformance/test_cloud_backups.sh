#!/usr/bin/env bash
# Barman's cloud programs and ours take turns on one bucket with backups of a running cluster: what one writes, with each
# compression and in several archives, the other lists, shows, restores, keeps and deletes.
TEST_SECONDS=${TEST_SECONDS:-1700} # each call of the reference starts a Python; each restored cluster starts, too
. "${BASH_SOURCE[0]%/*}/cloud_pairs.sh"

url=s3://turns/pg
lab_create_cluster source
lab_create_tables source
lab_add_rows source 20000 >/dev/null
start_store
run cloud check-wal-archive "$url" main
# The servers are to have the credentials of the store in their environment, and the programs of whose turn it is.
lab_stop_cluster source
lab_start_cluster source
lab_archive_with source "barman-cloud-wal-archive --endpoint-url $store --gzip $url main %p"
rows=$(lab_fingerprint source)

# What a backup consists of, without how many archives of one name there are.
kinds_of_archives() { # ID
  objects turns "pg/main/base/$1/" | sed -E 's:.*/::; s/_[0-9]{4}//' | sort -u
}

# The reference's archives of tablespaces do not say how their own directories are.
same_trees() { # CASE WRITER
  local -a as=()
  [[ $2 == ours ]] || as=(deliberately D-STO-46 's/^(ts_[ab] d) 755 $/\1 700 /')
  "${as[@]}" compare "$1" working "$answers/tree.reference" "$answers/tree.ours"
}

backup_in_turn() { # WRITER NAME OPTION...
  local writer=$1 name=$2 reader
  reader=$(other "$writer")
  use "$writer"
  cloud_backup source "$url" main -n "$name" "${@:3}"
  kinds_of_archives "$backup" >"$answers/kinds.$writer.${name#*-}"
  for format in console json; do
    same_cloud_answer backup-list --format "$format" "$url" main
    same_cloud_answer backup-show --format "$format" "$url" main "$name"
  done
  restore_by "$writer" main "$name"
  restored_tree >"$answers/tree.$writer"
  restore_by "$reader" main "$name"
  restored_tree >"$answers/tree.$reader"
  same_trees "$reader restores what $writer wrote (${*:3})" "$writer"
  starts_with "$rows" main
  conclude_case agreed "a cluster that $reader restored of it has the rows"
}

words=('' --gzip --bzip2 --lz4 --zstd '-S 4MB')
# Debian's python3-snappy does not work with Debian's Python.
! python3 -c 'import snappy; snappy.StreamCompressor().compress(b"x")' 2>/dev/null || words+=(--snappy)
for word in "${words[@]}"; do
  read -ra options <<<"$word"
  label=$(tr -dc 'A-Za-z0-9' <<<"${word:-plain}")
  for writer in ours reference; do
    backup_in_turn "$writer" "$writer-$label" "${options[@]}"
  done
  compare "the archives of a backup ($word)" working "$answers/kinds.reference.$label" "$answers/kinds.ours.$label"
done

# Each deletes the other's.
use ours
run cloud backup-keep --target full "$url" main reference-plain
use reference
expect_status 1 cloud backup-delete -b reference-plain "$url" main
conclude_case agreed "a backup that ours keeps is not deleted by reference"
run cloud backup-keep -r "$url" main reference-plain
for word in "${words[@]}"; do
  label=$(tr -dc 'A-Za-z0-9' <<<"${word:-plain}")
  for writer in ours reference; do
    use "$(other "$writer")"
    run cloud backup-delete -b "$writer-$label" "$url" main
    [[ $label == plain ]] || continue
    for format in console json; do same_cloud_answer backup-list --format "$format" "$url" main; done
  done
done
same_text "what is left of all backups" '' "$(objects turns pg/main/base/)"
conclude
