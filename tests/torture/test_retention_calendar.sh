#!/usr/bin/env bash
# A run of cron by retention_calendar, which keeps a backup by annotation, releases one and deletes it, is killed, or loses its
# power, at every call that changes something: what the calendar holds stays whole, the next run finishes, whatever the
# calendar has kept it can release later, and what a person keeps it never touches.
TORTURE_POINTS=${TORTURE_POINTS:-8}
. "${BASH_SOURCE[0]%/*}/common.sh"
. "${BASH_SOURCE[0]%/*}/../integration/chain.sh"

home=$LAB_DIR/barman/main
persons=20260101T000000 released=20260102T000000 taken_over=20260103T000000 held=20260104T000000 newest=20260105T000000
with_options() { # ["OPTION = VALUE"...]
  sed -i '/^retention_/d' "$LAB_DIR/etc/barman.d/main.conf"
  printf '%s\n' "$@" >>"$LAB_DIR/etc/barman.d/main.conf"
}

# Four days of backups, a run of the calendar, and a fifth day. Of what the calendar keeps a person has taken over one.
place_chain "retention_policy = REDUNDANCY 1"
rm -rf "$home"/{base,meta,wals}/* && mkdir -p "$home/wals/0000000100000000"
number=1
for id in $persons $released $taken_over $held; do
  add_member "$id" $number None None
  number=$((number + 3))
done
with_options "retention_policy = REDUNDANCY 1" "retention_calendar = 3 days"
run barman keep --target standalone main $persons
cron >/dev/null
expect_equal "the calendar keeps two" "$(printf '%s\n' $released $taken_over)" "$(ls "$home/.retention-calendar")"
run barman keep --target standalone main $taken_over
add_member $newest $number None None
rm -rf "$LAB_DIR/pristine"
cp -a "$home" "$LAB_DIR/pristine"

prepare() {
  with_options "retention_policy = REDUNDANCY 1" "retention_calendar = 3 days"
  rm -rf "$home"
  cp -a "$LAB_DIR/pristine" "$home"
}
names() { (cd "$home" && find base meta .retention-calendar -mindepth 1 -maxdepth 1 ! -name '*-links' -printf '%P\n' | sort); }
is_whole() { # BACKUP
  [[ -s $home/base/$1/data/global/pg_control && -s $home/base/$1/16386/PG_17/1 ]] &&
    grep -qx "status=DONE" "$home/meta/$1-backup.info" && [[ ! -e $home/meta/$1-delete_this ]]
}
keep_of() { # BACKUP
  cat "$home/meta/$1-keep" 2>/dev/null || true
}

prepare
run barman cron
wanted=$(names)
expect_false "the one that is released goes" test -e "$home/base/$released"
expect_equal "the next one is kept" standalone "$(keep_of $held)"

check_disturbed() {
  local id
  for id in $persons $taken_over $held $newest; do
    is_whole "$id" || failed "$point: backup $id is not whole any more"
  done
  for id in $persons $taken_over; do
    [[ $(keep_of "$id") == standalone ]] || failed "$point: the keep of a person is gone" "$id"
  done
  # One without its note would stay for ever.
  [[ ! -e $home/meta/$held-keep || -s $home/.retention-calendar/$held ]] || failed "$point: a keep of the calendar without its note"
  # Nothing is deleted before what is to be kept is kept.
  [[ -d $home/base/$released && ! -e $home/meta/$released-delete_this ]] || [[ $(keep_of $held) == standalone ]] ||
    failed "$point: a deletion has begun, and $held is not kept"
}
check_recovered() {
  cron >/dev/null
  [[ $(names) == "$wanted" ]] || failed "$point: the next run leaves this" "$(diff <(echo "$wanted") <(names))"
  [[ -z $(litter "$home/meta" "$home/base" "$home/.retention-calendar") ]] || failed "$point: left behind" "$(litter "$home")"
  # What it has kept is its own: without a calendar it goes, and what persons keep does not.
  with_options "retention_policy = REDUNDANCY 1"
  cron >/dev/null
  [[ ! -e $home/base/$held && ! -e $home/meta/$held-keep ]] || failed "$point: the calendar cannot release what it has kept"
  for id in $persons $taken_over $newest; do
    is_whole "$id" || failed "$point: backup $id is gone without a calendar"
  done
  [[ $(keep_of $persons)$(keep_of $taken_over) == standalonestandalone ]] || failed "$point: the keep of a person is gone without a calendar"
}
for how in kill power-names power-contents; do
  sweep "the calendar" "$how" barman cron
done
