# Two questions about one state, asked a moment apart. Only what is counted from the moment of asking may differ.
s/(latest (wal|backup) age: )[^)"]*/\1AGE/g
s/(\(latest backup: )[^)"]*/\1AGE /g
s/(Server WAL archiving rate: )[0-9.]+/\1RATE/
s/("current_archived_wals_per_second": ")[0-9.e-]+/\1RATE/
s/(current_archived_wals_per_second: )[0-9.e-]+/\1RATE/
s/("description": "Server WAL archiving rate", "message": ")[0-9.]+/\1RATE/g
# Commands of this program alone, in the list of commands and in the choices of an unknown one (docs/differences.md: D-CLI-20).
s/cloud-copy,//
s/\bdrill,//
s/'cloud-copy', //
s/recovery-window,//
s/'recovery-window', //
s/\bretention,//
s/\binit,//
s/'init', //
s/'retention', //
s/'drill', //
s/\bmetrics,//
s/'metrics', //
s/\breport,//
s/'report', //
s/\bserve,//
s/'serve', //
s/run-operation,//
s/'run-operation', //
