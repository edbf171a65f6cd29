"""Other hosts with Barman: a passive node that copies from this one, and one that imports its exports."""

import os
import shutil

from hypothesis import strategies as st

import host
import oracle
import wal
from host import Fault, Violation
from steps import pick, step, which


# ---- A passive node -------------------------------------------------------------------------------------------------


class Passive:
    def __init__(self, life):
        self.site = host.Site(life.site.directory, life.site.programs, life.site.libraries, "passive")
        options = {"primary_ssh_command": os.path.join(life.site.bin, "elsewhere") + " primary"}
        if "compression" in life.options:
            options["compression"] = life.options["compression"]
        self.site.configure(options)
        self.oracle = oracle.Oracle(self.site, life.cluster)
        self.before = self.oracle.state()

    def run(self, life, *arguments, fault=None):
        self.site.seconds, self.site.zone = life.site.seconds, life.site.zone
        result = self.site.run(*arguments, fault=fault, environment={"SIMULATED_PRIMARY": life.site.configuration})
        life.site.seconds = self.site.seconds
        self.watch(life)
        return result

    def watch(self, life):
        """What it shows is whole, and stays."""
        after = self.oracle.state()
        for name in self.index():
            if after.archive.get(name) not in life.handed_over.get(name, ()):
                raise Violation("the passive node lists %s, and has not what PostgreSQL wrote" % name)
            self.oracle.accepted.setdefault(name, [after.archive[name]])
        for backup_id, status in after.status.items():
            if status == "DONE" and backup_id not in self.oracle.backups:
                truth = life.trees.get(backup_id) or life.taken(backup_id)
                if self.oracle.tree(backup_id) != truth.tree:
                    raise Violation("the passive node says that %s is DONE, and has not all its files" % backup_id)
                self.oracle.backups[backup_id] = truth
                self.before.whole[backup_id], self.before.reach[backup_id] = True, {}
                after.whole[backup_id], after.reach[backup_id] = True, self.oracle.reach(truth, after.archive)
        faults = self.oracle.faults(self.before, after)
        self.before = after
        if faults:
            raise Violation("on the passive node: " + "; ".join(faults[:3]))

    def index(self):
        try:
            with open(self.site.path("wals", "main-xlog.db"), encoding="ascii") as lines:
                names = [line.split("\t")[0] for line in lines if line.endswith("\n")]  # the last may be cut off for now
        except FileNotFoundError:
            return []
        if len(set(names)) != len(names):
            raise Violation("the passive node lists a file twice: %s" % sorted(names))
        return names


def passive(life):
    life.passive = life.passive or Passive(life)
    return life.passive


@step(2)
def passive_cron(life):
    passive(life).run(life, "cron")


@step(2, at=st.integers(1, 60))
def passive_cron_killed(life, at):
    passive(life).run(life, "cron", fault=Fault(kill_at=at))


@step(1)
def passive_catches_up(life):
    """Its cron alone brings it every backup that the primary has, one each time."""
    if not life.healthy() or life.damaged_info or life.oracle.rotten:
        return
    done = life.sound()
    for _ in range(len(done) + 2):
        passive(life).run(life, "cron")
    for backup_id in done:
        if passive(life).oracle.status(backup_id) != "DONE":
            raise Violation("the passive node does not get %s, however often its cron runs: %s" % (
                backup_id, passive(life).run(life, "sync-backup", "main", backup_id).text[-300:]))
        truth = life.trees[backup_id]
        for number in range(truth.begin, truth.end + 1):
            if not passive(life).oracle.has(passive(life).before.archive, wal.name_of(truth.timeline, number)):
                raise Violation("the passive node has %s, and not its %s" % (backup_id, wal.name_of(truth.timeline, number)))


# ---- Export and import ----------------------------------------------------------------------------------------------


@step(2, number=which, compression=st.sampled_from([None, "gzip"]))
def export(life, number, compression):
    """A backup goes into a tarball, and from that into an empty home, where it can be restored to its end."""
    backup_id = pick(life.sound(), number)
    if not backup_id or not life.healthy() or life.oracle.rotten:
        return
    directory = os.path.join(life.site.directory, "export")
    other = host.Site(life.site.directory, life.site.programs, life.site.libraries, "other")
    os.makedirs(directory)
    other.configure(life.options)
    other.seconds = life.site.seconds
    shutil.copy(life.site.path("identity.json"), other.path("identity.json"))
    life.expect(life.barman("export-backup", *(["--compression", compression] if compression else []), "main", backup_id, directory), 0)
    tarball = os.path.join(directory, os.listdir(directory)[0])
    life.expect(other.run("import-backup", "main", tarball), 0)
    expect_imported(life, oracle.Oracle(other, life.cluster), life.trees[backup_id])
    shutil.rmtree(directory)
    shutil.rmtree(other.home)


def expect_imported(life, there, truth):
    there.accepted = life.handed_over
    if there.status(truth.id) != "DONE" or there.tree(truth.id) != truth.tree:
        raise Violation("import-backup ends with 0, and %s is not what was exported" % truth.id)
    if there.reach(truth, there.state().archive).get(truth.timeline, -1) < truth.end:
        raise Violation("import-backup ends with 0, and %s has not the WAL that it needs" % truth.id)
    if not there.kept(truth.id):
        raise Violation("import-backup ends with 0, and %s is not kept" % truth.id)
