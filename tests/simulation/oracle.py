"""What is true of a Barman home, by PostgreSQL's rules of recovery alone.

It knows what PostgreSQL has handed over (and was told to be safe), which backups were completed, and reads the files of the
home by itself. Of Barman it knows only where files are and what their names mean.
"""

import os
import re

import wal

COMPLETE = ("DONE", "WAITING_FOR_WALS")


class Backup:
    """A backup that was completed: where it begins and ends, and its files."""

    def __init__(self, backup_id, timeline, begin, end, end_time, tree):
        self.id, self.timeline, self.begin, self.end, self.end_time, self.tree = backup_id, timeline, begin, end, end_time, tree

    def needs(self, cluster, timeline, number, standalone):
        """Whether a recovery from here to anywhere may ask for this segment; of a standalone one, to its end alone."""
        if number < self.begin or (standalone and number > self.end):
            return False
        return timeline == self.timeline or any(parent == self.timeline for parent, _ in cluster.parents.get(timeline, []))


class State:
    """The home at one moment."""

    def __init__(self):
        self.archive = {}  # name -> digest of the unpacked content; None where the file is damaged
        self.waiting = {}  # name -> digest, in incoming/
        self.errors = set()  # digests
        self.status = {}  # id -> status by its backup.info; "?" where it cannot be read
        self.whole = {}  # id -> its files are as they were
        self.reach = {}  # id -> {timeline: last segment that a recovery gets to}


class Oracle:
    def __init__(self, site, cluster):
        self.site, self.cluster = site, cluster
        self.accepted = {}  # name -> digests of what archive_command was told to be safe, oldest first
        self.backups = {}  # id -> Backup
        self.rotten = set()  # names whose archived file was damaged from outside
        self._digests = {}

    # ---- What the disk says -----------------------------------------------------------------------------------------

    def state(self):
        state = State()
        self._read_archive(state)
        for name, path in self._files(self.site.path("incoming")):
            state.waiting[name] = self.digest(path)
        state.errors = {self.digest(path) for _, path in self._files(self.site.path("errors"))}
        for backup_id in self.entries():
            state.status[backup_id] = self.status(backup_id)
        for backup_id, backup in self.backups.items():
            state.whole[backup_id] = self.tree(backup_id) == backup.tree
            state.reach[backup_id] = self.reach(backup, state.archive)
        return state

    @staticmethod
    def _files(directory):
        try:
            entries = sorted(os.scandir(directory), key=lambda entry: entry.name)
        except FileNotFoundError:
            return []
        return [(entry.name, entry.path) for entry in entries if entry.is_file(follow_symlinks=False) and not entry.name.startswith(".")]

    def _read_archive(self, state):
        top = self.site.path("wals")
        for name, path in self._files(top):
            if wal.history_timeline(name) is not None:
                state.archive[name] = self.digest(path)
        if not os.path.isdir(top):
            return
        for entry in os.scandir(top):
            if entry.is_dir(follow_symlinks=False):
                for name, path in self._files(entry.path):
                    if name[:16] == entry.name and wal.parse(name):
                        state.archive[name] = self.digest(path)

    def digest(self, path):
        """Of the unpacked content; remembered for as long as the file does not change."""
        info = os.stat(path)
        key = (info.st_ino, info.st_size, info.st_mtime_ns, info.st_ctime_ns)
        known = self._digests.get(path)
        if known and known[0] == key:
            return known[1]
        try:
            with open(path, "rb") as file:
                content = wal.unpacked(file.read())
        except PermissionError:
            content = None
        result = None if content is None else wal.digest(content)
        self._digests[path] = (key, result)
        return result

    def archived_path(self, name):
        if wal.history_timeline(name) is not None:
            return self.site.path("wals", name)
        return self.site.path("wals", name[:16], name)

    def tree(self, backup_id):
        """Path -> digest of what a restore would need of a backup's files."""
        top = self.site.path("base", backup_id, "data")
        found = {}
        for directory, _, names in os.walk(top):
            for name in names:
                path = os.path.join(directory, name)
                found[os.path.relpath(path, top)] = self.digest(path)
        return found

    def entries(self):
        """Ids that have a backup.info."""
        found = {match.group(1) for name, _ in self._files(self.site.path("meta")) for match in [re.match(r"(.+?)-backup\.info$", name)] if match}
        base = self.site.path("base")
        if os.path.isdir(base):
            found |= {name for name in os.listdir(base) if os.path.isfile(os.path.join(base, name, "backup.info"))}
        return found

    def info_path(self, backup_id):
        return self.site.path("meta", backup_id + "-backup.info")

    def fields(self, backup_id):
        for path in (self.info_path(backup_id), self.site.path("base", backup_id, "backup.info")):
            try:
                with open(path, encoding="utf-8", errors="replace") as file:
                    return dict(line.rstrip("\n").split("=", 1) for line in file if "=" in line)
            except FileNotFoundError:
                continue
            except PermissionError:
                return {}
        return {}

    def status(self, backup_id):
        return self.fields(backup_id).get("status", "?")

    # ---- What follows -----------------------------------------------------------------------------------------------

    def has(self, archive, name):
        return name in archive and archive[name] is not None and archive[name] in self.accepted.get(name, ())

    def reach(self, backup, archive):
        """How far a recovery from this backup gets on each timeline: the last segment without a gap from its first."""
        return {timeline: self._last_reached(backup, archive, timeline, parents)
                for timeline, parents in self.cluster.parents.items() if self._leads_to(backup, archive, timeline, parents)}

    def _leads_to(self, backup, archive, timeline, parents):
        if timeline == backup.timeline:
            return True
        return self.has(archive, wal.history_name(timeline)) and any(
            parent == backup.timeline and backup.end < wal.segment_at(switch) for parent, switch in parents)

    def _last_reached(self, backup, archive, target, parents):
        """Of the timelines that a segment is on, PostgreSQL takes the newest."""
        begins, timeline_begin = [], 0
        for parent, switch in parents:
            begins.append((timeline_begin, parent))
            timeline_begin = wal.segment_at(switch)
        begins.append((timeline_begin, target))
        number = backup.begin
        while True:
            timeline = max((begin, timeline) for begin, timeline in begins if begin <= number)[1]
            if not self.has(archive, wal.name_of(timeline, number)):
                return number - 1
            number += 1

    def is_standalone(self, backup_id):
        """Kept for itself: by that its owner has given up what comes behind its end."""
        try:
            with open(self.site.path("meta", backup_id + "-keep"), encoding="ascii") as keep:
                return keep.read() == "standalone"
        except FileNotFoundError:
            return False

    def kept(self, backup_id):
        return any(os.path.isfile(path) for path in (self.site.path("meta", backup_id + "-keep"),
                                                     self.site.path("base", backup_id, "annotations", "keep")))

    # ---- What must hold ---------------------------------------------------------------------------------------------

    def faults(self, before, after, may_go=(), may_purge=False):
        """What a step has done wrong, in words; may_go: ids whose deletion was asked for; may_purge: whether it may remove
        WAL that no backup needs."""
        staying = {i: b for i, b in self.backups.items() if i not in may_go}
        out = []
        for backup_id, backup in staying.items():
            out += self._faults_of(backup, before, after)
        out += self._faults_of_deletions(before, after, may_go)
        for name in sorted(set(self.accepted) - self.rotten):
            digests = self.accepted[name]
            out += self._faults_of_file(name, digests, after, staying, may_purge)
        return out

    def _faults_of(self, backup, before, after):
        out = []
        if before.whole[backup.id] and not after.whole[backup.id]:
            out.append("backup %s has lost files" % backup.id)
        if before.status.get(backup.id) in COMPLETE and after.status.get(backup.id) not in COMPLETE:
            out.append("backup %s was %s and is %s" % (backup.id, before.status[backup.id], after.status.get(backup.id, "gone")))
        if backup.id in before.status and backup.id not in after.status:
            out.append("backup.info of %s is gone" % backup.id)
        standalone = self.is_standalone(backup.id)
        for timeline, last in before.reach[backup.id].items():
            if standalone:
                last = min(last, backup.end)
            now = after.reach[backup.id].get(timeline, -1)
            if last >= backup.begin and now < last:
                out.append("backup %s could be restored to the end of %s, and now to %s" % (
                    backup.id, wal.name_of(timeline, last), wal.name_of(timeline, now) if now >= backup.begin else "nothing"))
        return out

    def _faults_of_deletions(self, before, after, may_go):
        """What is being deleted is either as it was, or no longer shown as usable."""
        out = []
        for backup in (self.backups[i] for i in may_go if i in self.backups):
            def usable(state):
                return state.whole[backup.id] and state.reach[backup.id].get(backup.timeline, -1) >= backup.end
            if after.status.get(backup.id) == "DONE" and usable(before) and not usable(after):
                out.append("backup %s is shown as DONE and cannot be restored" % backup.id)
        return out

    def _faults_of_file(self, name, digests, after, staying, may_purge):
        there = {after.archive.get(name), after.waiting.get(name)} | after.errors
        missing = [digest for digest in digests if digest not in there]
        if missing:
            at = wal.parse(name)
            if may_purge and at and not any(
                    backup.needs(self.cluster, *at, self.is_standalone(backup.id)) for backup in staying.values()):
                del self.accepted[name]
                return []
            return ["%s was handed over, and is nowhere" % name]
        first = {after.archive.get(name), after.waiting.get(name)}
        if not first & set(digests):
            return ["%s was handed over whole, and is only in errors/" % name]
        return []
