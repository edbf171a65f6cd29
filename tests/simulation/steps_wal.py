"""WAL on its way: written, handed over well and badly, archived, asked for again."""

import os

from hypothesis import strategies as st

import wal
from host import Fault, Violation
from steps import pick, step, which

kill = st.integers(1, 40)


@step(3, count=st.integers(1, 3))
def write_wal(life, count):
    for _ in range(count):
        life.cluster.write()
        life.cluster.switch()


@step(1)
def promote(life):
    life.cluster.promote()


@step(3, number=which)
def deliver(life, number):
    """archive_command succeeds for a segment, not always the oldest."""
    name = pick(life.cluster.ready, number)
    if name and life.archive_command(name, life.cluster.file(name)):
        life.cluster.ready.remove(name)
    life.rebase()


@step(3, number=which, part=st.integers(0, 9))
def deliver_torn(life, number, part):
    """archive_command is cp, and dies half-way: PostgreSQL will try again."""
    name = pick(life.cluster.ready, number)
    if name and not life.site.disk and name not in life.before.waiting:
        data = life.cluster.file(name)
        life.put_into_incoming(name, data[:len(data) * part // 10])
    life.rebase()


@step(2, number=which)
def deliver_twice(life, number):
    """archive_command succeeds, and PostgreSQL does not get to know it."""
    name = pick(life.cluster.ready, number)
    if name:
        life.archive_command(name, life.cluster.file(name))
    life.rebase()


@step(1, number=which)
def deliver_other(life, number):
    """A second primary on the same timeline hands over a segment of a name that was handed over before."""
    names = sorted(name for name in life.oracle.accepted if wal.parse(name) and name not in life.before.waiting)
    name = pick(names, number)
    if name:
        life.archive_command(name, life.cluster.file(name, content=1_000_000 + number))
    life.rebase()


@step(1, number=which, what=st.sampled_from(["text", "name", "directory", "empty"]))
def deliver_garbage(life, number, what):
    """Something that is no WAL gets into incoming/."""
    path = life.site.path("incoming", "garbage%d" % number)
    if os.path.lexists(path):
        return  # two of one name: the first stays
    if what == "directory":
        os.mkdir(path)
    else:
        with open(path, "wb") as out:
            out.write({"text": b"hello\n", "name": b"\0" * 100, "empty": b""}[what])
    life.rebase()


@step(4)
def archive_wal(life):
    result = life.barman("archive-wal", "main")
    if not life.healthy():
        return
    life.expect(result, 0)
    state = life.oracle.state()
    for name, digests in life.oracle.accepted.items():
        if state.waiting.get(name) in digests:
            raise Violation("archive-wal has ended well and left %s in incoming/" % name)


@step(2, at=kill)
def archive_wal_killed(life, at):
    life.barman("archive-wal", "main", fault=Fault(kill_at=at))


@step(2, number=which)
def get_wal(life, number):
    """What get-wal delivers is what was handed over, or an error."""
    names = sorted(life.oracle.accepted)
    name = pick(names, number)
    if not name:
        return
    result = life.barman("get-wal", "main", name)
    delivered = wal.unpacked(result.out) if name.endswith(".partial") else result.out  # Barman sends those as they are
    if result.status == 0 and (delivered is None or wal.digest(delivered) not in life.oracle.accepted[name]):
        raise Violation("get-wal delivers %d bytes as %s that PostgreSQL never wrote, and ends with 0" % (len(result.out), name))
    if result.status != 0 and life.oracle.has(life.before.archive, name):
        raise Violation("get-wal has no %s, which is in the archive: %s" % (name, result.text[-300:]))


@step(1)
def rebuild_xlogdb(life):
    result = life.barman("rebuild-xlogdb", "main")
    if not life.site.disk:
        life.expect(result, 0)
        life.damaged_index = False
