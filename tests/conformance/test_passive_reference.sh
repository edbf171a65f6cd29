#!/usr/bin/env bash
# The passive node is Barman's, the primary ours.
side=reference
. "${BASH_SOURCE[0]%/*}/passive_pair.sh"
