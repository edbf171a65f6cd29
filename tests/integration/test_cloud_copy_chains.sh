#!/usr/bin/env bash
# The second copy of chains of incremental backups, plain and packed, and of what comes after a failover; restored by a host that
# has nothing but the configuration.
. "${BASH_SOURCE[0]%/*}/object_store.sh"
. "${BASH_SOURCE[0]%/*}/common.sh"
# shellcheck source=increments.sh
. "${BASH_SOURCE[0]%/*}/increments.sh"

url=s3://lab/copy
start_store
run cloud check-wal-archive "$url" none
configure() {
  lab_configure_server stream source postgres "path_prefix = $tools" "staging_path = $area" "compression = gzip" \
    "cloud_copy = $url" "aws_endpoint_url = $store" "$@"
}
configure "backup_compression = gzip" "backup_compression_format = tar"
lab_receive_wal source stream
run barman switch-wal --archive --archive-timeout 60 stream
take_backup stream
full=$backup
run barman cloud-copy stream
lab_add_rows source 300 >/dev/null
take_backup stream --incremental "$full"
packed=$backup
configure
lab_add_rows source 300 >/dev/null
take_backup stream --incremental "$packed"
plain=$backup
rows=$(lab_fingerprint source)
run barman cloud-copy stream
in_bucket() { cloud backup-list --format json "$url" stream | grep -o '"backup_id": "[0-9T]*"' | grep -o '[0-9]*T[0-9]*' | sort | paste -sd ' '; }
expect_equal "the chain is in the copy" "$full $packed $plain" "$(in_bucket)"
expect_text "whose entries name their children" "\"children_backup_ids\": \"$plain\"" \
  "$(cloud backup-show --format json "$url" stream "$packed")"

other=$LAB_DIR/other
mkdir -p "$other/conf.d"
cp "$LAB_DIR/etc/barman.d/stream.conf" "$other/conf.d/"
sed -e "s:^barman_home = .*:barman_home = $other/home:" \
  -e "s:^configuration_files_directory = .*:configuration_files_directory = $other/conf.d:" "$BARMAN_CONFIG_FILE" >"$other/barman.conf"
export BARMAN_CONFIG_FILE=$other/barman.conf
restore_and_start new stream "$plain" --target-immediate --target-action promote
expect_rows "a chain restored from the copy" new "$rows"
expect_sound_pages new
