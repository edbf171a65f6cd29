# shellcheck shell=bash
# For sweeps of the cloud programs: a store with backups and WAL of a cluster (integration/cloud_programs.sh), the proxy in front
# of it, and the words of requests.sh. Sourced instead of common.sh.
# shellcheck source=../integration/object_store.sh
. "${BASH_SOURCE[0]%/*}/../integration/object_store.sh"
# shellcheck source=common.sh
. "${BASH_SOURCE[0]%/*}/common.sh"
# shellcheck source=../integration/faults.sh
. "${BASH_SOURCE[0]%/*}/../integration/faults.sh"
# shellcheck source=../integration/cloud_programs.sh
. "${BASH_SOURCE[0]%/*}/../integration/cloud_programs.sh"
# shellcheck source=requests.sh
. "${BASH_SOURCE[0]%/*}/requests.sh"

start_store
prepare_store
start_proxy
