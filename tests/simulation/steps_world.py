"""What happens to a host: its clock and zone jump, its disk fills up, its files are damaged."""

import os

from hypothesis import strategies as st

from host import Disk
from steps import pick, step, which

ZONES = ["UTC", "Asia/Tokyo", "America/New_York", "Europe/Berlin", "Pacific/Auckland", "Asia/Kolkata"]
HOUR = 3600


@step(2, seconds=st.sampled_from([10, HOUR, 24 * HOUR, 8 * 24 * HOUR, -HOUR, -13 * HOUR, -24 * HOUR, -40 * 24 * HOUR]))
def clock_jumps(life, seconds):
    life.site.seconds += seconds


@step(2, zone=st.sampled_from(ZONES))
def zone_changes(life, zone):
    life.site.zone = zone


@step(2, room=st.sampled_from([0, 4096, 100_000]), inodes=st.sampled_from([0, 2, 1000]))
def disk_fills(life, room, inodes):
    life.site.disk = Disk(room, inodes)


@step(1)
def disk_empties(life):
    life.site.disk = None


INFO_DAMAGE = {
    "emptied": lambda data: b"",
    "cut": lambda data: data[:len(data) // 2].rpartition(b"\n")[0] + b"\ncopy_st",
    "newer": lambda data: data + b"future_field=1\n",
    "zeros": lambda data: b"\0" * len(data),
    "status": lambda data: data.replace(b"status=DONE", b"status=ARCHIVED"),
}


@step(3, number=which, how=st.sampled_from(sorted(INFO_DAMAGE) + ["unreadable"]))
def info_damaged(life, number, how):
    """A backup.info is emptied, cut off, of a newer version, or may not be read. The copy for old tools goes the same way."""
    done = sorted(i for i, status in life.before.status.items() if status == "DONE" and i in life.oracle.backups and i not in life.damaged_info)
    backup_id = pick(done, number)
    if not backup_id or (how == "unreadable" and os.geteuid() == 0):
        return
    path = life.oracle.info_path(backup_id)
    with open(path, "rb") as file:
        data = file.read()
    life.damaged_info[backup_id] = how
    life.intact_info[backup_id] = data
    if how == "unreadable":
        os.chmod(path, 0)
    else:
        with open(path, "wb") as out:
            out.write(INFO_DAMAGE[how](data))
    life.rebase()


@step(1, number=which)
def info_mended(life, number):
    backup_id = pick(sorted(life.damaged_info), number)
    if backup_id:
        path = life.oracle.info_path(backup_id)
        if os.path.exists(path):
            os.chmod(path, 0o644)
            with open(path, "wb") as out:
                out.write(life.intact_info[backup_id])
        del life.damaged_info[backup_id]
    life.rebase()


WAL_DAMAGE = {
    "cut": lambda data, other: data[:len(data) * 2 // 3],
    "empty": lambda data, other: b"",
    "trailing": lambda data, other: data + b"\0" * 512,
    "other": lambda data, other: other or data[:-1],
}


@step(2, number=which, how=st.sampled_from(sorted(WAL_DAMAGE)))
def wal_rots(life, number, how):
    """An archived segment is cut off, emptied, too long, or another one's."""
    names = sorted(name for name in life.before.archive if name in life.oracle.accepted and len(name) == 24)
    name = pick(names, number)
    if not name:
        return
    other = None
    if len(names) > 1:
        with open(life.oracle.archived_path(names[(names.index(name) + 1) % len(names)]), "rb") as file:
            other = file.read()
    path = life.oracle.archived_path(name)
    with open(path, "rb") as file:
        data = file.read()
    os.unlink(path)
    with open(path, "wb") as out:
        out.write(WAL_DAMAGE[how](data, other))
    life.oracle.rotten.add(name)
    life.rebase()


INDEX_DAMAGE = {
    "cut": lambda data: data[:len(data) * 2 // 3],
    "line": lambda data: data + b"no line of an index\n",
    "zeros": lambda data: b"\0" * len(data),
    "emptied": lambda data: b"",
}


@step(1, how=st.sampled_from(sorted(INDEX_DAMAGE)))
def index_damaged(life, how):
    """xlog.db: everything in it can be made again by rebuild-xlogdb."""
    path = life.site.path("wals", "main-xlog.db")
    if os.path.exists(path):
        with open(path, "rb") as file:
            data = file.read()
        with open(path, "wb") as out:
            out.write(INDEX_DAMAGE[how](data))
        life.damaged_index = True
    life.rebase()
