#!/usr/bin/env bash
# The deletion of a chain of incremental backups, by command and by retention policy, is killed, or loses its power, at
# every call that changes something. At no moment is a backup shown as usable whose ancestors are not there, and the same
# command finishes the same deletion.
# shellcheck disable=SC2317 # 'recover' is called by what a sweep calls
. "${BASH_SOURCE[0]%/*}/common.sh"
. "${BASH_SOURCE[0]%/*}/../integration/chain.sh"

info() { printf '%s' "$LAB_DIR/barman/main/meta/$1-backup.info"; } # BACKUP

prepare() { place_chain "${options[@]}"; }

is_usable() { # BACKUP
  grep -qx "status=DONE" "$(info "$1")" 2>/dev/null && [[ ! -e $LAB_DIR/barman/main/meta/$1-delete_this ]]
}

is_whole() { # BACKUP
  [[ -s $LAB_DIR/barman/main/base/$1/data/global/pg_control && -s $LAB_DIR/barman/main/base/$1/data/backup_manifest &&
    -s $LAB_DIR/barman/main/base/$1/16386/PG_17/1 ]]
}

check_disturbed() {
  local id parent listed
  listed=$(barman list-backups main) || failed "$point: list-backups fails" "$listed"
  [[ $listed != *TORN* ]] || failed "$point: a chain is torn" "$listed"
  for id in $full $first $second $third $younger; do
    is_usable "$id" || continue
    is_whole "$id" || failed "$point: backup $id is shown as usable and is not whole"
    parent=$(sed -n 's/^parent_backup_id=//p' "$(info "$id")")
    [[ $parent == None ]] || is_usable "$parent" || failed "$point: backup $id has lost its parent $parent"
  done
  is_usable $younger || failed "$point: the backup that was not meant is gone"
}

check_recovered() {
  local left
  recover
  left=$(cd "$LAB_DIR/barman/main" && find base meta -mindepth 1 -maxdepth 1 -printf '%P\n' | sort)
  [[ $left == "$wanted" ]] || failed "$point: this is left" "$left"
  { is_usable $younger && is_whole $younger; } || failed "$point: the backup that was not meant is damaged"
  [[ -z $(litter "$LAB_DIR/barman/main/meta" "$LAB_DIR/barman/main/base") ]] || failed "$point: left behind" "$(litter "$LAB_DIR/barman/main/meta")"
}

# A mark that a power cut brought back is left to cron.
finish() { # WORD
  [[ $ended == yes ]] || run barman delete main "$1"
  cron >/dev/null
}

sweep_all() { # LABEL COMMAND...
  local how
  for how in kill power-names power-contents; do sweep "$1" "$how" "${@:2}"; done
}

options=()
wanted=$(printf '%s\n' "$younger" "$younger-backup.info")
recover() { finish "$full"; }
sweep_all "delete a chain" barman delete main $full

# A word that means the full backup means it until it is gone.
recover() { finish oldest; }
sweep_all "delete a chain by a word" barman delete main oldest

# One of its branches: the others stay.
recover() {
  finish "$third"
  grep -qx "children_backup_ids=$second" "$(info "$first")" || failed "$point: its parent still lists it"
}
wanted=$(printf '%s\n' $full $full-backup.info $first $first-backup.info $second $second-backup.info $younger $younger-backup.info)
sweep_all "delete a branch" barman delete main $third

options=("retention_policy = REDUNDANCY 1")
wanted=$(printf '%s\n' "$younger" "$younger-backup.info")
recover() { cron >/dev/null; }
sweep "retention of a chain" kill barman cron
