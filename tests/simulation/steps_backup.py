"""Backups: taken, failing, interrupted, kept, deleted by id and by word, expired."""

import os

from hypothesis import strategies as st

import catalogue
import oracle
from host import Fault, Violation
from steps import pick, step, which

words = st.sampled_from(["oldest", "latest", "first", "last", "latest-full", "last-full"])
targets = st.one_of(words, which)


@step(2, rows=st.integers(1, 4))
def backup(life, rows):
    """The real thing: barman backup, rsync, and the stand-in for PostgreSQL."""
    life.cluster.change_rows(rows * 50_000)
    life.may_purge = True
    known, healthy = set(life.before.status), life.healthy()
    result = life.barman("backup", "main")
    if not healthy:
        return
    life.expect(result, 0, "a backup can be taken")
    state = life.oracle.state()
    new = set(state.status) - known
    if len(new) != 1:
        raise Violation("backup ends with 0 and adds %d backups" % len(new))
    if state.status[new.pop()] not in oracle.COMPLETE:
        raise Violation("backup ends with 0, and the backup is not complete")


@step(1, at=st.integers(1, 120))
def backup_killed(life, at):
    life.may_purge = True
    life.barman("backup", "main", fault=Fault(kill_at=at))


@step(1, how=st.sampled_from(["rsync", "PostgreSQL"]))
def backup_fails(life, how):
    """rsync ends with an error, or PostgreSQL goes away: no backup, and the earlier ones are as they were."""
    life.may_purge = True
    rsync = os.path.join(life.site.bin, "rsync")
    if how == "rsync":
        with open(rsync, "w", encoding="ascii") as out:
            out.write("#!/bin/sh\nexit 12\n")
        os.chmod(rsync, 0o755)
    else:
        life.postgres.goes_away = True
    result = life.barman("backup", "main")
    life.postgres.goes_away = False
    if how == "rsync":
        os.unlink(rsync)
    life.expect(result, 1, "the backup cannot have succeeded")


@step(3)
def backup_made(life):
    """The same result without the programs, for speed: entry, files, WAL and its lines, as docs and data of old say."""
    if life.site.disk:
        return
    if catalogue.index_is_torn(life):
        life.barman("archive-wal", "main")  # completes the line; nobody who appends to it does
        life.watch()
    catalogue.make_backup(life)


def chosen(life, target):
    """What a user types: a word, or an id. And the backup that it means."""
    if isinstance(target, str):
        return target, life.meant_by(target)
    backup_id = pick(sorted(life.before.status), target)
    return backup_id, backup_id


def refused(life, backup_id):
    """What delete may refuse: a kept backup, and the last ones that minimum_redundancy asks for."""
    done = [i for i, status in life.before.status.items() if status == "DONE" and i not in life.damaged_info and i not in life.begun]
    minimum = int(life.options.get("minimum_redundancy", 0))
    return life.oracle.kept(backup_id) or (life.before.status.get(backup_id) == "DONE" and minimum >= len(done)) or (
        backup_id in life.damaged_info and minimum > 0)


def expect_deleted(life, result, backup_id):
    """Of an undisturbed deletion: it is gone to the last file, unless it was refused."""
    if refused(life, backup_id) and life.remains(backup_id):
        return
    life.expect(result, 0, "backup %s can be deleted" % backup_id)
    if life.remains(backup_id):
        raise Violation("delete ends with 0, and something remains of %s" % backup_id)


@step(3, target=targets)
def delete(life, target):
    word, meant = chosen(life, target)
    if meant is None:
        return
    if life.unfinished and isinstance(target, str):
        return  # what it means then is for the next step to ask
    life.may_go, life.may_purge = {meant}, True
    result = life.barman("delete", "main", word)
    if not life.damaged_index:
        expect_deleted(life, result, meant)
    else:
        life.interrupted(meant)


@step(4, target=targets, at=st.integers(1, 60))
def delete_killed_and_repeated(life, target, at):
    """The same line again finishes the same deletion, and no other."""
    word, meant = chosen(life, target)
    if meant is None or life.unfinished:
        return
    life.may_go, life.may_purge = {meant}, True
    others = set(life.before.status) - {meant}
    result = life.barman("delete", "main", word, fault=Fault(kill_at=at))
    if not result.killed:
        return
    life.interrupted(meant)
    life.watch()
    life.may_go, life.may_purge = {meant}, True
    if not life.remains(meant) and not life.marked(meant):
        return  # it was done; the line would mean another one now
    result = life.barman("delete", "main", word)
    gone = others - set(life.oracle.entries())
    if gone:
        raise Violation("'%s' was interrupted while it deleted %s; repeated, it deletes %s" % (result.line, meant, ", ".join(sorted(gone))))
    if life.healthy():
        expect_deleted(life, result, meant)


@step(2, target=targets, at=st.integers(1, 60))
def delete_killed(life, target, at):
    """An interrupted deletion that nobody repeats: cron's."""
    word, meant = chosen(life, target)
    if meant is None or life.unfinished:
        return
    life.may_go, life.may_purge = {meant}, True
    result = life.barman("delete", "main", word, fault=Fault(kill_at=at))
    if result.killed:
        life.interrupted(meant)


@step(3)
def cron(life):
    done = [i for i, status in life.before.status.items() if status == "DONE" and i not in life.begun]
    unfinished = life.unfinished
    if "retention_policy" in life.options:
        life.may_go = {i for i in done if not life.oracle.kept(i)}
    if unfinished:
        life.may_go.add(unfinished)
    life.may_purge = bool(life.may_go)
    result = life.barman("cron")
    if life.healthy():
        life.expect(result, 0)
        expect_retention(life, done)
        if unfinished and life.remains(unfinished) and not life.oracle.kept(unfinished):
            raise Violation("cron has left the interrupted deletion of %s unfinished" % unfinished)


def expect_retention(life, done):
    policy = life.options.get("retention_policy", "")
    left = [i for i in done if life.oracle.status(i) == "DONE"]
    minimum = int(life.options.get("minimum_redundancy", 0))
    if policy.startswith("REDUNDANCY"):
        minimum = max(minimum, int(policy.split()[1]))
    if len(left) < min(minimum, len(done)):
        raise Violation("retention has left %d backups of %d, and %d must stay" % (len(left), len(done), minimum))
    if policy.startswith("RECOVERY WINDOW"):
        begin = life.site.seconds - int(policy.split()[3]) * 86400
        known = [life.oracle.backups[i] for i in done if i in life.oracle.backups]
        for one in known:
            if one.end_time > begin + 60 and one.id not in left:
                raise Violation("retention has removed %s, which is within the window" % one.id)
        before = [one.id for one in known if one.end_time < begin - 60]
        if before and not set(before) & set(left):
            raise Violation("retention has removed all backups from before the window: its begin cannot be reached")


@step(2, number=which, target=st.sampled_from(["full", "standalone"]))
def keep(life, number, target):
    backup_id = pick(life.sound(), number)
    if backup_id:
        result = life.barman("keep", "--target", target, "main", backup_id)
        if life.healthy():
            life.expect(result, 0)


@step(1, number=which)
def keep_release(life, number):
    backup_id = pick(sorted(i for i in life.before.status if life.oracle.kept(i)), number)
    if backup_id:
        result = life.barman("keep", "--release", "main", backup_id)
        if life.healthy() and backup_id in life.sound():
            life.expect(result, 0)
