#!/usr/bin/env bash
# The tool that plays the power cuts of the other tests, on journals written by hand: what it drops, what it keeps, and
# what it makes of an inode number that was given to something else.
. "${BASH_SOURCE[0]%/*}/common.sh"

home=$LAB_DIR/home journal=$LAB_DIR/journal
umask 022

start() {
  rm -rf "$home" "$journal"
  mkdir -p "$home" "$journal"
}
inode() { stat -c %i "$1"; }
# A line of the journal, or of the snapshot: what the library and the tool write, with tabs.
note() { # FILE FIELD...
  local file=$1; shift
  (IFS=$'\t'; printf '%s\n' "$*") >>"$journal/$file"
}
cut_power() { # names|contents
  "$tools/power-cut" state "$faults/state"
  run "$tools/power-cut" drop "$home" "$journal" "$faults/state" "$1"
}
left() { (cd "$home" && find . -mindepth 1 -printf '%P %y %m\n' | sort); }

# A new file and a removed one, with their directory synced or not.
changed_names() { # SYNCED
  start
  echo old >"$home/old"
  chmod 600 "$home/old"
  "$tools/power-cut" snapshot "$home" "$journal"
  echo new >"$home/new"
  chmod 640 "$home/new"
  ln "$home/old" "$journal/inode.$(inode "$home/old")"
  note journal new "$(inode "$home")" new "$(inode "$home/new")" file ''
  note journal sync "$(inode "$home/new")"
  note journal gone "$(inode "$home")" old
  rm "$home/old"
  [[ $1 == no ]] || note journal sync "$(inode "$home")"
}
changed_names no
cut_power names
expect_equal "names that were not synced are as before" "old f 600" "$(left)"
expect_equal "the removed file has its content" old "$(cat "$home/old")"
changed_names yes
cut_power names
expect_equal "synced names stay" "new f 640" "$(left)"
expect_equal "the synced file has its content" new "$(cat "$home/new")"
changed_names no
cut_power contents
expect_equal "a file system that journals names keeps them" "new f 640" "$(left)"

# A content that was changed and not synced is the old one again; a new file without a sync is empty.
start
echo before >"$home/changed"
"$tools/power-cut" snapshot "$home" "$journal"
cp "$home/changed" "$journal/content.0"
note journal dirty "$(inode "$home/changed")" content.0
echo after >"$home/changed"
echo new >"$home/fresh"
note journal new "$(inode "$home")" fresh "$(inode "$home/fresh")" file ''
cut_power contents
expect_equal "a content that was not synced is as before" "before|" "$(cat "$home/changed")|$(cat "$home/fresh")"

# A rename never loses the file: durable where it went from, it is durable where it came to; the other way round, the
# file may have both names.
rename_between() { # SYNCED
  start
  mkdir "$home/from" "$home/to"
  echo moved >"$home/from/file"
  "$tools/power-cut" snapshot "$home" "$journal"
  note journal rename "$(inode "$home/from")" file "$(inode "$home/to")" file "$(inode "$home/from/file")"
  mv "$home/from/file" "$home/to/file"
  note journal sync "$(inode "$home/$1")"
}
rename_between from
cut_power names
expect_equal "a file that has left is where it went to" "from d 755 to d 755 to/file f 644" "$(left | xargs)"
rename_between to
cut_power names
expect_equal "a file that has come may be in both places" "from d 755 from/file f 644 to d 755 to/file f 644" "$(left | xargs)"

# The number of a removed directory went to a file, which was removed, too: the directory is a directory again, with
# what was in it, and not with the file's mode.
start
mkdir "$home/directory"
echo inside >"$home/directory/file"
"$tools/power-cut" snapshot "$home" "$journal"
number=$(inode "$home/directory")
ln "$home/directory/file" "$journal/inode.$(inode "$home/directory/file")"
note journal gone "$number" file
note journal gone "$(inode "$home")" directory
rm -r "$home/directory"
note journal new "$(inode "$home")" file "$number" file ''
echo later >"$journal/inode.$number"
chmod 640 "$journal/inode.$number"
note journal gone "$(inode "$home")" file
cut_power names
expect_equal "a number that was given twice is no confusion" "directory d 755 directory/file f 644" "$(left | xargs)"
