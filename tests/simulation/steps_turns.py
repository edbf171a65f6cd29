"""Both programs take turns on one home, where Barman itself is installed (BARMAN_REFERENCE_BIN). It is asked only for what it
does without harm, so that the oracle can watch it, too."""

import os

from hypothesis import strategies as st

import steps_backup
from steps import step

REFERENCE = os.environ.get("BARMAN_REFERENCE_BIN", "")


def reference(life, *arguments):
    return life.site.run(*arguments, bin_directory=REFERENCE)


@step(1)
def reference_archive_wal(life):
    life.expect(reference(life, "archive-wal", "main"), 0)


@step(1, target=steps_backup.words)
def reference_delete(life, target):
    word, meant = steps_backup.chosen(life, target)
    if meant:
        life.may_go, life.may_purge = {meant}, True
        steps_backup.expect_deleted(life, reference(life, "delete", "main", word), meant)


@step(1, verb=st.sampled_from(["list-backups", "rebuild-xlogdb", "status"]))
def reference_asks(life, verb):
    life.expect(reference(life, verb, "main"), 0)
