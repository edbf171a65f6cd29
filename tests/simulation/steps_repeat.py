"""A command that was killed and is typed again ends in the state of the undisturbed one, to the last file."""

import os
import shutil

from hypothesis import strategies as st

import steps_backup
import wal
from host import Fault, Violation
from steps import pick, step, which


def contents(life):
    """Path -> digest of everything in the home; what a lock file holds tells nothing."""
    found = {}
    for directory, directories, names in os.walk(life.site.home):
        for name in names:
            path = os.path.join(directory, name)
            if not name.endswith(".lock") and not os.path.islink(path):
                found[os.path.relpath(path, life.site.home)] = index(path) if name.endswith("xlog.db") else life.oracle.digest(path)
        found.update((os.path.relpath(os.path.join(directory, name), life.site.home) + "/", None) for name in directories)
    return found


def index(path):
    """Its lines; what arrives late is listed late, or where it belongs."""
    with open(path, "rb") as file:
        return wal.digest(b"".join(sorted(file)))


def lines(life, number, target):
    """What is typed, and the ids that may go by it."""
    done = sorted(i for i, status in life.before.status.items() if status == "DONE")
    backup_id = pick(done, number)
    word, meant = steps_backup.chosen(life, target)
    return {
        "archive-wal": (("archive-wal", "main"), set()),
        "rebuild-xlogdb": (("rebuild-xlogdb", "main"), set()),
        "keep": (("keep", "--target", "full", "main", backup_id), set()) if backup_id else None,
        "release": (("keep", "--release", "main", backup_id), set()) if backup_id else None,
        "delete": (("delete", "main", word), {meant}) if meant else None,
    }


@step(3, number=which, target=steps_backup.targets, at=st.integers(1, 60),
      what=st.sampled_from(["archive-wal", "rebuild-xlogdb", "keep", "release", "delete"]))
def killed_and_repeated(life, number, target, at, what):
    line = lines(life, number, target)[what]
    if not line or not life.healthy() or life.unfinished or life.damaged_info:
        return
    words, life.may_go = line
    life.may_purge = bool(life.may_go)
    aside, now = life.site.home + ".aside", life.site.seconds
    shutil.copytree(life.site.home, aside, symlinks=True)
    life.barman(*words)
    undisturbed = contents(life)
    shutil.rmtree(life.site.home)
    os.rename(aside, life.site.home)
    life.site.seconds = now
    if not life.barman(*words, fault=Fault(kill_at=at)).killed:
        return
    if life.may_go and not any(life.remains(one) or life.marked(one) for one in life.may_go):
        return  # done; the line would mean another one now
    life.site.seconds = now
    result = life.barman(*words)
    repeated = contents(life)
    if repeated != undisturbed:
        different = sorted(path for path in undisturbed.keys() | repeated.keys() if undisturbed.get(path, "-") != repeated.get(path, "-"))
        raise Violation("'%s', killed and typed again, differs from the undisturbed one in %s" % (result.line, ", ".join(different[:5])))
