#!/usr/bin/env bash
# A catalogue with a snapshot backup, read by both: Barman with a stand-in for the provider's Python module, which it wants to
# see before it says anything (docs/differences.md, D-CAT-14).
. "${BASH_SOURCE[0]%/*}/common.sh"
. "${BASH_SOURCE[0]%/*}/../integration/chain.sh"

stub=$(/usr/bin/python3 -m site --user-site) # below the home of the laboratory
mkdir -p "$stub"
cat >"$stub/usercustomize.py" <<'END'
import sys
from unittest.mock import MagicMock

for name in ("google", "google.api_core", "google.api_core.exceptions", "google.cloud", "google.cloud.storage",
             "google.cloud.storage.blob", "google.cloud.storage.transfer_manager", "google.cloud.compute"):
    sys.modules[name] = MagicMock()
for name in ("XMLMPUContainer", "XMLMPUPart"):
    setattr(sys.modules["google.cloud.storage.transfer_manager"], name, type(name, (), {}))
for name in ("Conflict", "GoogleAPIError", "NotFound"):
    setattr(sys.modules["google.api_core.exceptions"], name, type(name, (Exception,), {}))
END

# shellcheck disable=SC2119
place_chain
snapshot=20260106T000000
add_member $snapshot 16 None None
rm -r "$LAB_DIR/barman/main/base/$snapshot"
mkdir -p "$LAB_DIR/barman/main/base/$snapshot/data"
printf 'START WAL LOCATION: 0/10000028 (file 000000010000000000000010)\n' >"$LAB_DIR/barman/main/base/$snapshot/data/backup_label"
info=$LAB_DIR/barman/main/meta/$snapshot-backup.info
sed -i "s/^mode=.*/mode=snapshot-concurrent/; s/^server_name=.*/&/; s/^size=.*/size=63/; s/^deduplicated_size=.*/deduplicated_size=63/" "$info"
shots="{'provider': 'gcp', 'provider_info': {'project': 'p1'}, 'snapshots': [{'mount': {'mount_options': 'rw,noatime', 'mount_point': '/opt/disk0'}, 'provider': {'device_name': 'dev0', 'snapshot_name': 'snap0', 'snapshot_project': 'p1'}}, {'mount': {'mount_options': 'rw', 'mount_point': '/opt/disk1'}, 'provider': {'device_name': 'dev1', 'snapshot_name': 'snap1', 'snapshot_project': 'p1'}}]}"
sed -i "/^size=/a snapshots_info=$shots" "$info"
same_answers "list-backups main" "list-backups --minimal main" "show-backup main $snapshot" "show-backup main latest-full" "status main" \
  "list-files --target data main $snapshot" "keep --status main $snapshot" "show-backup main $second"
# What this program does not do is refused, with what to do instead.
before=$(left_behind "$LAB_DIR/barman/main")
mkdir -p "$LAB_DIR/restore"
for words in "restore main $snapshot $LAB_DIR/restore/x" "delete main $snapshot"; do
  read -ra words <<<"$words"
  expect_status 1 ours "${words[@]}"
  expect_text "${words[0]} of it is refused" "snapshot" "$output"
  expect_text "... with what to do" "HINT: " "$output"
done
sed -i 's|^backup_method = .*|backup_method = snapshot\nssh_command = ssh nobody@127.0.0.1\nsnapshot_provider = gcp\nsnapshot_gcp_project = p1\nsnapshot_instance = i\nsnapshot_disks = dev0|' "$LAB_DIR/etc/barman.d/main.conf"
expect_status 1 ours backup main
expect_text "none is taken, and what to do is said" \
  "ERROR: backup_method 'snapshot' is not supported by this version (use rsync, local-rsync, postgres or local-to-cloud), server main" "$output"
expect_equal "nothing has changed" "$before" "$(left_behind "$LAB_DIR/barman/main")"
conclude
