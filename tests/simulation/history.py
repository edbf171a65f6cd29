"""Runs a history: options of the configuration, then steps, with the oracle after each."""

import tempfile

from hypothesis import strategies as st

import steps
import steps_asking  # noqa: F401 (registers its steps)
import steps_backup  # noqa: F401
import steps_others  # noqa: F401
import steps_repeat  # noqa: F401
import steps_restore  # noqa: F401
import steps_turns
import steps_wal  # noqa: F401
import steps_world  # noqa: F401
from host import Violation
from life import Life

# What a history is about. Few kinds of steps at a time meet each other more often than all of them.
_always = "write_wal deliver archive_wal backup_made"
SUBJECTS = {subject: tuple((_always + " " + names).split()) for subject, names in {
    "archiving": "promote deliver_torn deliver_twice deliver_other deliver_garbage deliver_over_ssh archive_wal_killed get_wal rebuild_xlogdb cron",
    "backups": "backup backup_fails backup_killed cron list_backups status show_backup",
    "deletion": "promote backup backup_killed delete delete_killed delete_killed_and_repeated cron keep keep_release rebuild_xlogdb clock_jumps list_backups",
    "damage": "backup index_damaged deliver_torn info_damaged info_mended wal_rots delete cron keep get_wal restore wal_restore check list_backups status rebuild_xlogdb",
    "clock": "clock_jumps zone_changes backup delete cron list_backups",
    "disk": "disk_fills disk_empties backup delete cron check",
    "timelines": "promote deliver_other backup delete cron restore",
    "restore": "wal_rots restore restore_remote restore_to_time wal_restore",
    "others": "export passive_cron passive_cron_killed passive_catches_up delete keep promote",
    "repetition": "deliver_torn deliver_twice deliver_other keep promote killed_and_repeated",
}.items()}
SUBJECTS["everything"] = tuple(name for name in steps.ALL if not name.startswith("reference_"))
if steps_turns.REFERENCE:
    SUBJECTS["turns"] = tuple((_always + " backup delete keep rebuild_xlogdb reference_archive_wal reference_delete reference_asks").split())

options = st.fixed_dictionaries({}, optional={
    "compression": st.sampled_from(["gzip", "bzip2"]),
    "retention_policy": st.sampled_from(["REDUNDANCY 1", "REDUNDANCY 2", "RECOVERY WINDOW OF 1 DAYS", "RECOVERY WINDOW OF 7 DAYS"]),
    "minimum_redundancy": st.sampled_from(["0", "1"]),
    "reuse_backup": st.just("link"),
})


class Place:
    """Where lives are lived, and with which programs."""

    def __init__(self, base, programs, libraries):
        self.base, self.programs, self.libraries = base, programs, libraries
        self.histories = self.steps = self.runs = 0

    def run(self, chosen, history, prepare=None):
        """Violation at the first step after which something does not hold; its step is told in it."""
        self.histories += 1
        life = Life(tempfile.mkdtemp(prefix="life.", dir=self.base), self.programs, self.libraries, chosen)
        if prepare:
            prepare(life)
        try:
            for name, arguments in history:
                self.steps += 1
                steps.take(life, name, arguments)
                life.watch()
        finally:
            self.runs += life.site.runs
            life.close()
