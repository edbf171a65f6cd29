"""Restores, here and on another host, and recovery that asks for WAL: what arrives is what PostgreSQL wrote."""

import datetime
import os
import re
import shutil
import zoneinfo

from hypothesis import strategies as st

import wal
from host import Disk, Fault, Violation
from steps import pick, step, which

# In zones where an hour comes twice, and in one where none does.
TIMES = [("Europe/Berlin", "2026-10-25 02:30:00"), ("Europe/Berlin", "2026-10-25 03:30:00"), ("America/New_York", "2026-11-01 01:30:00"),
         ("Australia/Lord_Howe", "2027-04-04 01:45:00"), ("Pacific/Auckland", "2027-04-04 02:30:00"), ("Europe/Berlin", "2027-07-01 02:30:00"),
         ("Asia/Tokyo", "2026-10-25 02:30:00"), ("Europe/London", "2026-10-25 01:59:59"), ("America/St_Johns", "2026-11-01 01:15:00")]
SPELLINGS = {
    "plain": lambda at: (at.strftime("%Y-%m-%d %H:%M:%S"), at),
    "iso": lambda at: (at.strftime("%Y-%m-%dT%H:%M:%S"), at),
    "offset": lambda at: (at.replace(fold=1).isoformat(" "), at.replace(fold=1)),
    "first": lambda at: (at.strftime("%Y-%m-%d %H:%M:%S ") + at.tzname(), at),
    "second": lambda at: (at.strftime("%Y-%m-%d %H:%M:%S ") + at.replace(fold=1).tzname(), at.replace(fold=1)),
}


def restorable(life, number):
    return pick(life.sound(), number)


def restored(life, backup_id, *options, environment=None, fault=None):
    """(result, destination) of a restore; what it has written is right, or it ends with an error and a reason."""
    destination = os.path.join(life.site.directory, "restore", "data")
    shutil.rmtree(os.path.dirname(destination), ignore_errors=True)
    os.makedirs(os.path.dirname(destination))
    result = life.barman("restore", *options, "main", backup_id, destination, environment=environment, fault=fault)
    return result, destination


def expect_restored(life, result, backup_id, destination, place="pg_wal"):
    truth, archive = life.oracle.backups[backup_id], life.before.archive
    if result.status == 0:
        expect_files(destination, truth.tree)
        if not life.damaged_index:
            expect_wal(life, truth, os.path.join(destination, place))
        return
    index = life.oracle.rotten | {name for name in archive if not life.oracle.has(archive, name)}
    if life.healthy() and not index and backup_id not in life.damaged_info:
        raise Violation("%s cannot be restored, and nothing is wrong with it: %s" % (backup_id, result.text[-400:]))


def expect_files(destination, tree):
    for path, digest in tree.items():
        if path in ("postgresql.conf", "postgresql.auto.conf"):
            continue  # edited by restore
        try:
            with open(os.path.join(destination, path), "rb") as file:
                same = wal.digest(file.read()) == digest
        except FileNotFoundError:
            same = False
        if not same:
            raise Violation("restore ends with 0 and has not delivered %s" % path)


def expect_wal(life, truth, directory):
    """No file that PostgreSQL did not write; and all that lead to the end of the newest timeline."""
    delivered = {name for name in os.listdir(directory) if wal.parse(name) or wal.history_timeline(name)} if os.path.isdir(directory) else set()
    for name in delivered:
        with open(os.path.join(directory, name), "rb") as file:
            if wal.digest(file.read()) not in life.oracle.accepted.get(name, ()):
                raise Violation("restore ends with 0 and has delivered a %s that PostgreSQL never wrote" % name)
    for number in range(truth.begin, life.before.reach[truth.id].get(truth.timeline, -1) + 1):
        name = wal.name_of(truth.timeline, number)
        if name not in delivered and number <= truth.end:
            raise Violation("restore ends with 0 without %s, which the backup needs" % name)


@step(3, number=which)
def restore(life, number):
    backup_id = restorable(life, number)
    if backup_id:
        result, destination = restored(life, backup_id)
        expect_restored(life, result, backup_id, destination)


@step(2, number=which, room=st.sampled_from([1 << 16, 1 << 30]))
def restore_remote(life, number, room):
    """To another host. With little room in /tmp, too: plain WAL needs none."""
    backup_id = restorable(life, number)
    if not backup_id:
        return
    command = os.path.join(life.site.bin, "elsewhere") + " other"
    little = room < 1 << 20 and not life.site.disk
    if little and "compression" in life.options:
        return
    fault = Fault(root=life.site.temporary, disk=Disk(room, 1000)) if little else None
    result, destination = restored(life, backup_id, "--remote-ssh-command", command, fault=fault)
    expect_restored(life, result, backup_id, destination)


@step(3, number=which, at=st.sampled_from(TIMES), spelling=st.sampled_from(sorted(SPELLINGS)))
def restore_to_time(life, number, at, spelling):
    """A time means what the zone says; of two, the first. A time that the zone never has may be refused, not guessed."""
    backup_id = restorable(life, number)
    if not backup_id:
        return
    zone, local = at
    was, life.site.zone = life.site.zone, zone
    text, instant = SPELLINGS[spelling](datetime.datetime.fromisoformat(local).replace(tzinfo=zoneinfo.ZoneInfo(zone)))
    result, destination = restored(life, backup_id, "--target-time", text)
    life.site.zone = was
    if result.status != 0:
        return
    with open(os.path.join(destination, "postgresql.auto.conf"), encoding="utf-8") as file:
        target = re.search(r"^recovery_target_time = '(.*)'", file.read(), re.M).group(1)
    if datetime.datetime.fromisoformat(target).timestamp() != instant.timestamp():
        raise Violation("--target-time '%s' in %s becomes %s instead of %s" % (text, zone, target, instant.isoformat(" ")))


@step(2, number=which, noise=st.sampled_from(["none", "banner", "cut", "zeros", "text", "long"]))
def wal_restore(life, number, noise):
    """restore_command of a server elsewhere: its ssh may add to what comes, or lose the end of it."""
    # PostgreSQL asks for no partial segment, and says itself what is wrong with a history file.
    name = pick(sorted(name for name in life.oracle.accepted if len(name) == 24 or noise == "none" and "partial" not in name), number)
    if not name:
        return
    destination = os.path.join(life.site.directory, "RECOVERYXLOG")
    result = life.site.run("-U", "barman", "here", "main", name, destination, program="barman-wal-restore", environment={"SIMULATED_NOISE": noise})
    if result.status == 0:
        with open(destination, "rb") as file:
            data = file.read()
        if wal.digest(data) not in life.oracle.accepted[name]:
            raise Violation("barman-wal-restore takes %d bytes for %s that PostgreSQL never wrote, and ends with 0" % (len(data), name))
    elif noise == "none" and life.oracle.has(life.before.archive, name) and not life.site.disk:
        raise Violation("barman-wal-restore does not get %s, which is in the archive: %s" % (name, result.text[-300:]))


@step(2, number=which)
def deliver_over_ssh(life, number):
    """archive_command is barman-wal-archive."""
    name = pick(life.cluster.ready, number)
    if not name:
        return
    path = os.path.join(life.site.directory, name)
    data = life.cluster.file(name)
    with open(path, "wb") as out:
        out.write(data)
    result = life.site.run("-U", "barman", "here", "main", path, program="barman-wal-archive")
    os.unlink(path)
    if result.status == 0:
        life.cluster.ready.remove(name)
        life.accept(name, data)
