#!/usr/bin/env bash
# The passive node is ours, the primary Barman's.
side=ours
. "${BASH_SOURCE[0]%/*}/passive_pair.sh"
