"""Writes a completed backup into a home without any program: fast, and as a program of an earlier day would have left it."""

import bz2
import gzip
import json
import lzma
import os
import shutil

import host
import oracle
import wal

_packers = {"gzip": lambda data: gzip.compress(data, 1), "bzip2": lambda data: bz2.compress(data, 1), "xz": lambda data: lzma.compress(data, preset=0)}


def index_is_torn(life):
    """Whether somebody was killed while writing a line of the index."""
    try:
        with open(life.site.path("wals", host.SERVER + "-xlog.db"), "rb") as index:
            return index.read()[-1:] not in (b"", b"\n")
    except FileNotFoundError:
        return False


def make_backup(life):
    site, cluster = life.site, life.cluster
    site.seconds += 1
    backup_id = site.local().strftime("%Y%m%dT%H%M%S")
    if life.remains(backup_id):
        return
    cluster.change_rows(100)
    begin_time = site.postgres_now()
    running = cluster.start_backup("Barman backup %s %s" % (host.SERVER, backup_id))
    running.stop = cluster.lsn
    cluster.switch()
    _archive_what_is_ready(life)
    data = site.path("base", backup_id, "data")
    for path in running.tree:
        os.makedirs(os.path.dirname(os.path.join(data, path)), exist_ok=True)
        shutil.copy2(os.path.join(cluster.data, path), os.path.join(data, path))
    label = "START WAL LOCATION: %s (file %s)\nSTART TIMELINE: %d\n" % (
        wal.lsn_text(running.start), wal.name_of(running.timeline, wal.segment_at(running.start)), running.timeline)
    with open(os.path.join(data, "backup_label"), "w", encoding="ascii") as out:
        out.write(label)
    _write_info(life, backup_id, running, label, begin_time)
    state = life.oracle.state()
    backup = oracle.Backup(backup_id, running.timeline, wal.segment_at(running.start), wal.segment_at(running.stop), site.seconds,
                           life.oracle.tree(backup_id))
    assert life.oracle.reach(backup, state.archive).get(running.timeline, -1) >= backup.end
    life.know(backup)
    life.rebase()


def _archive_what_is_ready(life):
    """What lies in incoming/ stays there; what PostgreSQL still has goes into the archive, with its lines."""
    compression = life.options.get("compression")
    for name in life.cluster.ready:
        data = life.cluster.file(name)
        path = life.oracle.archived_path(name)
        life.accept(name, data)
        if os.path.exists(path):
            continue
        os.makedirs(os.path.dirname(path), exist_ok=True)
        packed = _packers[compression](data) if compression else data
        with open(path, "wb") as out:
            out.write(packed)
        os.utime(path, (life.site.seconds, life.site.seconds))
        with open(life.site.path("wals", host.SERVER + "-xlog.db"), "a", encoding="ascii") as index:
            index.write("%s\t%d\t%d.0\t%s\tNone\n" % (name, len(packed), life.site.seconds, compression))
    life.cluster.ready.clear()


def _write_info(life, backup_id, running, label, begin_time):
    site, data = life.site, life.cluster.data
    size = 400
    segment = lambda lsn: wal.name_of(running.timeline, wal.segment_at(lsn))
    fields = {
        "backup_label": repr(label), "begin_offset": running.start % wal.SEGMENT_SIZE, "begin_time": begin_time.replace(".000000", "") + ":00",
        "begin_wal": segment(running.start), "begin_xlog": wal.lsn_text(running.start), "children_backup_ids": None,
        "cluster_size": 65536, "compression": None, "config_file": os.path.join(data, "postgresql.conf"),
        "copy_stats": {"total_time": 0.1, "number_of_workers": 1, "analysis_time": 0.0, "copy_time": 0.1}, "data_checksums": "on", "deduplicated_size": size,
        "encryption": None, "end_offset": running.stop % wal.SEGMENT_SIZE, "end_time": site.postgres_now().replace(".000000", "") + ":00",
        "end_wal": segment(running.stop), "end_xlog": wal.lsn_text(running.stop), "error": None,
        "hba_file": os.path.join(data, "pg_hba.conf"), "ident_file": os.path.join(data, "pg_ident.conf"), "included_files": None,
        "mode": "rsync-concurrent", "parent_backup_id": None, "pgdata": data, "server_name": host.SERVER, "size": size, "status": "DONE",
        "summarize_wal": None, "systemid": life.cluster.system_id, "tablespaces": None, "timeline": running.timeline, "version": 150004,
        "xlog_segment_size": wal.SEGMENT_SIZE,
    }
    os.makedirs(site.path("meta"), exist_ok=True)
    # A backup leaves its lock files behind: what a deletion begins with on a disk without a free inode.
    for lock in ("backup", "archive-wal", "xlogdb", backup_id):
        with open(os.path.join(site.home, ".%s-%s.lock" % (host.SERVER, lock)), "a", encoding="ascii"):
            pass
    if not os.path.exists(site.path("identity.json")):
        with open(site.path("identity.json"), "w", encoding="ascii") as out:
            json.dump({"systemid": str(life.cluster.system_id), "version": "15"}, out, indent=4, sort_keys=True)
    with open(life.oracle.info_path(backup_id), "w", encoding="ascii") as out:
        out.write("".join("%s=%s\n" % item for item in fields.items()))
