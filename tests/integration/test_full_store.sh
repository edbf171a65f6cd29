#!/usr/bin/env bash
# A store that takes no more, as a gateway of Ceph says it when the user's quota is used up: what was handed over stays where it
# is, the error says what is the matter, and the same command is finished once there is room.
LAB_STORE=s3 # others have no quota that a test could set
. "${BASH_SOURCE[0]%/*}/object_store.sh"
. "${BASH_SOURCE[0]%/*}/common.sh"
. "${BASH_SOURCE[0]%/*}/faults.sh"

lab_start_sshd
start_store
direct=$store
lab_create_cluster source --wal-segsize=1
lab_create_tables source
url=$(url_of lab/pg)
run cloud check-wal-archive "$url" none # makes the bucket
full="403 QuotaExceeded" hint="the store is full: make room there, or raise its quota"
allow() { # BYTES
  radosgw-admin -c "$LAB_DIR/store/ceph.conf" quota set --quota-scope=user --uid=test --max-size="$1" >/dev/null 2>&1
  radosgw-admin -c "$LAB_DIR/store/ceph.conf" quota enable --quota-scope=user --uid=test >/dev/null 2>&1
}
originals=$LAB_DIR/originals
mkdir "$originals"
lab_archive_with source "cp %p $originals/%f"
for _ in 1 2 3 4; do close_segment source >/dev/null; done
enough() { (($(find "$originals" -name '0000000100000000????????' | wc -l) >= 4)); }
lab_wait_for 30 "segments" enough
lab_archive_with source true
mapfile -t segments < <(find "$originals" -name '0000000100000000????????' -printf '%f\n' | sort)

# ---- Until it is full
allow 2500000
archived=()
for name in "${segments[@]}"; do
  if output=$(cloud wal-archive "$url" main "$originals/$name" 2>&1); then archived+=("$name"); else break; fi
done
expect_text "wal-archive: the store's own word" "$full" "$output"
expect_text "wal-archive: what to do" "$hint" "$output"
expect_true "wal-archive: some had room (${#archived[@]})" test "${#archived[@]}" -ge 1
expect_status 4 cloud wal-archive "$url" main "$originals/$name"
expect_equal "wal-archive: the store has nothing of what it refused" "${#archived[@]}" "$(objects lab pg/main/wals/ | wc -l)"
for name in "${archived[@]}"; do
  run cloud wal-restore "$url" main "$name" "$LAB_DIR/tmp/back"
  expect_true "$name, which it took, comes back" cmp -s "$LAB_DIR/tmp/back" "$originals/$name"
done

expect_status 1 cloud backup -h 127.0.0.1 -p "${LAB_PORT[source]}" -U postgres --immediate-checkpoint "$url" main
expect_text "backup: the store's own word" "$full" "$output"
expect_equal "backup: no upload stays open" "" "$(open_uploads lab)"
expect_idle "backup"

# ---- WAL of a server that keeps it there
lab_configure_server main source local-rsync "wals_directory = $url" "${store_settings[@]}"
mkdir -p "$LAB_DIR/barman/main/incoming"
cp -p "${segments[@]/#/$originals/}" "$LAB_DIR/barman/main/incoming/"
output=$(barman archive-wal main 2>&1) || true
expect_text "archive-wal: the store's own word" "$full" "$output"
kept=0
for name in "${segments[@]}"; do
  [[ ! -e $LAB_DIR/barman/main/incoming/$name ]] || { cmp "$LAB_DIR/barman/main/incoming/$name" "$originals/$name" && kept=$((kept + 1)); }
done
listed=$(grep -c . "$LAB_DIR/barman/main/meta/main-xlog.db" || true)
expect_equal "archive-wal: each segment is in incoming or in the index" "${#segments[@]}" "$((kept + listed))"
expect_true "archive-wal: what it refused waits ($kept)" test "$kept" -ge 1

# ---- The second copy
lab_configure_server copied source local-rsync "cloud_copy = $(url_of lab/copy)" "${store_settings[@]}"
lab_push_wal source copied
take_backup copied
output=$(barman cloud-copy copied 2>&1) && failed "cloud-copy: a full store is no success" "$output"
expect_text "cloud-copy: the store's own word" "$full" "$output"
expect_equal "cloud-copy: the catalogue here has it all the same" DONE "$(barman -f json show-backup copied latest | grep -o '"status": "[A-Z]*"' | cut -d '"' -f 4)"
expect_equal "cloud-copy: nothing there looks like a backup" "" "$(objects lab copy/copied/base/ | grep backup.info || true)"

# ---- There is room again: the same commands finish it
allow 1000000000
run barman archive-wal main
expect_equal "archive-wal: all is archived" "" "$(find "$LAB_DIR/barman/main/incoming" -type f)"
for name in "${segments[@]}"; do
  run barman cloud-wal-restore main "$name" "$LAB_DIR/tmp/back"
  expect_true "archive-wal: $name comes back" cmp -s "$LAB_DIR/tmp/back" "$originals/$name"
done
run barman cloud-copy copied
expect_text "cloud-copy: it is complete" " - COPIED" "$(barman list-backups copied)"
cloud_backup source "$url" again
expect_text "backup: another one is taken" DONE "$(cloud backup-show "$url" again "$backup" 2>&1)"
