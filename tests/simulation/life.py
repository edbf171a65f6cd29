"""One simulated life: a PostgreSQL server, a Barman host, and the oracle that watches every step."""

import os
import re
import shutil

import host
import oracle
import wal
import wire
from cluster import Cluster
from host import Violation


class Life:
    def __init__(self, directory, programs, libraries, options):
        self.site = host.Site(directory, programs, libraries)
        self.cluster = Cluster(os.path.join(directory, "pgdata"))
        self.cluster.archive = self.archive_command
        self.oracle = oracle.Oracle(self.site, self.cluster)
        self.options = dict(options)
        self.site.install()
        self.site.configure(self.options)
        self.passive = None  # made by the first step that wants it
        self.handed_over = {}  # name -> digests of all that was ever accepted
        self.trees = {}  # id -> files of every backup that there ever was
        self.postgres = wire.Standin(self.cluster, directory, self.site.postgres_now)
        self.postgres.on_wait = self.make_room
        self.may_go, self.may_purge = set(), False
        self.watched_runs = 0
        self.damaged_info = {}  # id -> how its backup.info was damaged
        self.intact_info = {}  # id -> what it held
        self.damaged_index = False
        self.begun = set()  # ids of backups whose deletion was interrupted
        self.before = self.oracle.state()

    def close(self):
        self.postgres.close()
        shutil.rmtree(self.site.directory)

    # ---- Archiving --------------------------------------------------------------------------------------------------

    def archive_command(self, name, data):
        """cp to a temporary name, fsync, mv: what a careful archive_command does."""
        if self.site.disk:
            if self.site.disk.room < len(data) or self.site.disk.inodes < 1:
                return False
            self.site.disk.room -= len(data)
            self.site.disk.inodes -= 1
        waiting = self.oracle.state().waiting.get(name) if name in self.oracle.accepted else None
        if waiting in self.oracle.accepted.get(name, ()) and waiting != wal.digest(data):
            self.oracle.accepted[name].remove(waiting)  # mv replaces what another primary had put there: its fault alone
        self.put_into_incoming(name, data)
        self.accept(name, data)
        return True

    def make_room(self, running):
        """An operator sees a backup wait for the archive on a full disk. After a whole copy that is as it should be, and
        there will be room; a failed copy has nothing to wait for, and nobody helps."""
        copied = self.oracle.tree(running.label.split()[-1])
        if all(copied.get(path) == digest for path, digest in running.tree.items()):
            self.site.disk = None

    def put_into_incoming(self, name, data):
        path = self.site.path("incoming", name)
        temporary = self.site.path("incoming", "." + name)
        with open(temporary, "wb") as out:
            out.write(data)
        os.utime(temporary, (self.site.seconds, self.site.seconds))
        os.rename(temporary, path)

    def accept(self, name, data):
        for known in (self.oracle.accepted, self.handed_over):
            digests = known.setdefault(name, [])
            if wal.digest(data) not in digests:
                digests.append(wal.digest(data))

    # ---- Watching ---------------------------------------------------------------------------------------------------

    def healthy(self):
        """Nothing stands in the way of a command."""
        return not self.site.disk and not self.damaged_index

    def watch(self):
        """Compares the home with what it was before the step, if a program has run since."""
        if self.site.runs == self.watched_runs:
            return
        self.watched_runs = self.site.runs
        after = self.oracle.state()
        self.learn(after)
        self.may_go |= self.begun  # their deletion was asked for; whatever finishes it may
        faults = self.oracle.faults(self.before, after, self.may_go, self.may_purge)
        if self.postgres.unknown:
            faults.append("the stand-in for PostgreSQL does not know: %s" % self.postgres.unknown)
        for backup_id in list(self.oracle.backups):
            if backup_id not in after.status and backup_id in self.may_go:
                self.forget(backup_id)
        self.may_go, self.may_purge = set(), False
        self.before = after
        if faults:
            raise Violation("; ".join(faults[:4]))

    def rebase(self):
        """What the step has done to the home itself is nobody's fault."""
        self.before = self.oracle.state()

    def forget(self, backup_id):
        self.oracle.backups.pop(backup_id, None)
        self.damaged_info.pop(backup_id, None)

    def learn(self, after):
        """A backup that says DONE for the first time must be one, by what PostgreSQL knows of it."""
        for backup_id, status in after.status.items():
            if status != "DONE" or backup_id in self.oracle.backups:
                continue
            backup = self.taken(backup_id)
            reach = self.oracle.reach(backup, after.archive)
            if reach.get(backup.timeline, -1) < backup.end:
                raise Violation("backup %s says DONE, and its WAL is not archived to its end" % backup_id)
            self.know(backup)
            self.before.whole[backup_id], self.before.reach[backup_id] = True, {}
            after.whole[backup_id], after.reach[backup_id] = True, reach

    def taken(self, backup_id):
        """A backup as PostgreSQL knows it, with the files that it has here; they must be those of the cluster."""
        running = self.cluster.backups.get("Barman backup %s %s" % (host.SERVER, backup_id))
        if running is None or running.stop is None:
            raise Violation("backup %s says DONE, and PostgreSQL has not ended it" % backup_id)
        backup = oracle.Backup(backup_id, running.timeline, wal.segment_at(running.start), wal.segment_at(running.stop - 1),
                               self.site.seconds, self.oracle.tree(backup_id))
        for path, wanted in running.tree.items():
            if backup.tree.get(path) != wanted:
                raise Violation("backup %s says DONE, and its %s is not that of the cluster" % (backup_id, path))
        return backup

    def know(self, backup):
        self.oracle.backups[backup.id] = self.trees[backup.id] = backup

    # ---- Backups ----------------------------------------------------------------------------------------------------

    def complete(self):
        """Ids that a word can mean, in the order in which they were taken."""
        complete = {i for i, status in self.before.status.items() if status in oracle.COMPLETE and i not in self.damaged_info}
        return [i for i in (label.split()[-1] for label in self.cluster.backups) if i in complete]

    def sound(self):
        """Ids of backups that every verb has to take for whole: known, not damaged, not being deleted."""
        return sorted(i for i, status in self.before.status.items() if status == "DONE" and self.before.whole.get(i)
                      and i not in self.damaged_info and i != self.unfinished)

    def meant_by(self, word):
        complete = self.complete()
        if word in ("oldest", "first"):
            return complete[0] if complete else None
        if word in ("latest", "last", "latest-full", "last-full"):
            return complete[-1] if complete else None
        return word

    @property
    def unfinished(self):
        """A backup of which an interrupted deletion has left something: files, or no more than its mark."""
        return next((i for i in sorted(self.begun) if self.remains(i) or self.marked(i)), None)

    def marked(self, backup_id):
        return os.path.exists(self.site.path("meta", backup_id + "-delete_this"))

    def interrupted(self, backup_id):
        """Takes note that a deletion has ended before its end, if it has begun at all."""
        if self.marked(backup_id) or (self.remains(backup_id) and self.oracle.status(backup_id) != self.before.status.get(backup_id)):
            self.begun.add(backup_id)

    def remains(self, backup_id):
        return backup_id in self.oracle.entries() or os.path.isdir(self.site.path("base", backup_id))

    # ---- Words of programs ------------------------------------------------------------------------------------------

    def barman(self, *arguments, **options):
        return self.site.run(*arguments, **options)

    def expect(self, result, status, what=None):
        if result.status != status:
            raise Violation("%s: '%s' ends with status %d: %s" % (
                what or "status %d was due" % status, result.line, result.status, result.text[-500:].strip()))


def listed(result):
    """Ids that list-backups names."""
    return re.findall(r"^%s (\d{8}T\d{6})" % host.SERVER, result.out.decode(), re.M)
