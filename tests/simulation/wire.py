"""A stand-in for a PostgreSQL server's socket: enough of the frontend/backend protocol for libpq, and the answers to the
questions that a backup program asks. The state behind it is a Cluster."""

import os
import re
import select
import socket
import struct
import threading

import cluster as clusters
import wal

VERSION = "15.4"


def _message(kind, body=b""):
    return kind + struct.pack(">I", len(body) + 4) + body


def _text(value):
    return str(value).encode() + b"\0"


def _rows(columns, rows):
    description = struct.pack(">H", len(columns))
    for name in columns:
        description += _text(name) + struct.pack(">IHIhih", 0, 0, 25, -1, -1, 0)
    out = _message(b"T", description)
    for row in rows:
        data = struct.pack(">H", len(row))
        for value in row:
            if value is None:
                data += struct.pack(">i", -1)
            else:
                value = str(value).encode()
                data += struct.pack(">i", len(value)) + value
        out += _message(b"D", data)
    return out + _message(b"C", _text("SELECT %d" % len(rows)))


class Standin:
    """Listens on a unix socket in `directory` and answers for a Cluster. `clock` gives the time as PostgreSQL prints it."""

    def __init__(self, cluster, directory, clock):
        self.cluster, self.clock = cluster, clock
        self.on_wait = None  # called while the end of a backup waits for the archiver
        self.goes_away = False  # drops the connection that ends a backup
        self.unknown = []  # statements that nobody here can answer: a fault of this stand-in
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(os.path.join(directory, ".s.PGSQL.5432"))
        self._listener.listen(16)
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def close(self):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve_quietly, args=(connection,), daemon=True).start()

    def _serve_quietly(self, connection):
        with connection:
            try:
                Session(self, connection).serve()
            except (OSError, EOFError):
                pass  # the client is gone: killed, or done


class Session:
    def __init__(self, standin, connection):
        self.standin, self.cluster, self.connection = standin, standin.cluster, connection
        self.running = None
        self.statement, self.parameters = "", []

    def _read(self, size):
        data = b""
        while len(data) < size:
            more = self.connection.recv(size - len(data))
            if not more:
                raise EOFError
            data += more
        return data

    def serve(self):
        self._read(struct.unpack(">I", self._read(4))[0] - 4)
        hello = _message(b"R", struct.pack(">I", 0))
        for name, value in (("server_version", VERSION), ("client_encoding", "UTF8"), ("DateStyle", "ISO, MDY"),
                            ("TimeZone", "UTC"), ("integer_datetimes", "on"), ("standard_conforming_strings", "on")):
            hello += _message(b"S", _text(name) + _text(value))
        hello += _message(b"K", struct.pack(">II", 1, 1)) + _message(b"Z", b"I")
        self.connection.sendall(hello)
        while True:
            kind = self._read(1)
            body = self._read(struct.unpack(">I", self._read(4))[0] - 4)
            if kind == b"X":
                return
            self._take(kind, body)

    def _take(self, kind, body):
        if kind == b"Q":
            out = b"".join(self._answer(part, []) for part in body[:-1].decode().split("; "))
            self.connection.sendall(out + _message(b"Z", b"I"))
        elif kind == b"P":
            self.statement = body.split(b"\0")[1].decode()
        elif kind == b"B":
            self.parameters = self._bound(body)
        elif kind == b"S":
            out = _message(b"1") + _message(b"2") + self._answer(self.statement, self.parameters)
            self.connection.sendall(out + _message(b"Z", b"I"))

    @staticmethod
    def _bound(body):
        _, _, rest = body.split(b"\0", 2)
        formats = struct.unpack_from(">H", rest)[0]
        at = 2 + 2 * formats
        count = struct.unpack_from(">H", rest, at)[0]
        at, values = at + 2, []
        for _ in range(count):
            size = struct.unpack_from(">i", rest, at)[0]
            values.append(rest[at + 4:at + 4 + size].decode())
            at += 4 + size
        return values

    def _answer(self, sql, parameters):
        for pattern, answer in ANSWERS:
            if re.search(pattern, sql):
                rows = answer(self, parameters)
                return _message(b"C", b"SET\0") if rows is None else _rows(["c%d" % i for i in range(len(rows[0]))] if rows else ["c"], rows)
        if sql.strip() == "":
            return _message(b"I")
        self.standin.unknown.append(sql)
        return _message(b"E", b"SERROR\0C0A000\0M" + _text("the stand-in does not know: " + sql) + b"\0")

    # ---- Answers with consequences --------------------------------------------------------------------------------------

    def position(self):
        lsn = self.cluster.lsn
        number = wal.segment_at(lsn)
        return [wal.lsn_text(lsn), wal.name_of(self.cluster.timeline, number), lsn % wal.SEGMENT_SIZE, self.standin.clock()]

    def start_backup(self, label):
        self.running = self.cluster.start_backup(label)
        return [wal.lsn_text(self.running.start), self.running.timeline, self.standin.clock()]

    def stop_backup(self, waits):
        """As PostgreSQL does it: if it is to wait, the answer comes when the segments that the backup needs are archived."""
        cluster, running = self.cluster, self.running
        if self.standin.goes_away:
            raise EOFError
        cluster.write()
        stop = cluster.lsn
        cluster.switch()
        while not self.is_archived() and waits:
            readable, _, _ = select.select([self.connection], [], [], 0.05)
            if readable:
                raise EOFError  # cancelled, or the client is gone
        running.stop = stop
        label = "START WAL LOCATION: %s (file %s)\nCHECKPOINT LOCATION: %s\nBACKUP METHOD: streamed\nBACKUP FROM: primary\nSTART TIME: %s UTC\nLABEL: %s\nSTART TIMELINE: %d\n" % (
            wal.lsn_text(running.start), wal.name_of(running.timeline, wal.segment_at(running.start)),
            wal.lsn_text(running.start + 0x38), self.standin.clock()[:19], running.label, running.timeline)
        return [wal.lsn_text(stop), label, cluster.timeline, self.standin.clock()]

    def is_archived(self):
        """The archiver tries again; in vain, if nobody makes room for it."""
        if self.cluster.archive_ready():
            return True
        if self.standin.on_wait and self.running:
            self.standin.on_wait(self.running)
        return False

    def archived_last(self):
        self.is_archived()
        archived = self.cluster.archived
        time = "2026-01-01 00:00:00.%06d+00" % len(archived)  # another one for each
        return [archived[-1], time, "2026-01-01 00:00:00+00"] if archived else [None, None, "2026-01-01 00:00:00+00"]

    def switch_wal(self):
        self.cluster.write()
        self.cluster.switch()
        self.cluster.archive_ready()
        return [wal.lsn_text(self.cluster.lsn)]

    def setting(self, name):
        known = {"data_directory": self.cluster.data, "wal_level": "replica", "hot_standby": "on", "max_wal_senders": "10",
                 "data_checksums": "on", "max_replication_slots": "10", "wal_compression": "off", "wal_keep_size": "0",
                 "synchronous_standby_names": "", "max_wal_size": "1GB"}
        return [known.get(name, self.cluster.settings.get(name))]

    def configuration_files(self):
        return [[name, os.path.join(self.cluster.data, file)] for name, file in
                (("config_file", "postgresql.conf"), ("hba_file", "pg_hba.conf"), ("ident_file", "pg_ident.conf"))]


ANSWERS = (
    (r"usesuper FROM pg_user", lambda s, p: [["t"]]),  # with or without the privileges of others
    (r"^SELECT version\(\)", lambda s, p: [["PostgreSQL %s on x86_64" % VERSION]]),
    (r"^SELECT 1", lambda s, p: [[1]]),
    (r"set_config\('search_path'", lambda s, p: [[""]]),
    (r"^(SET|RESET|CHECKPOINT|BEGIN|COMMIT|ROLLBACK)\b", lambda s, p: None),
    (r"FROM pg_backup_start|FROM pg_start_backup", lambda s, p: [s.start_backup(p[0])]),
    (r"FROM pg_backup_stop|FROM pg_stop_backup", lambda s, p: [s.stop_backup(p[:1] != ["false"])]),
    (r"pg_create_restore_point", lambda s, p: [["0/0"]]),
    (r"SELECT pg_switch_wal", lambda s, p: [s.switch_wal()]),
    (r"pg_walfile_name_offset\(pg_current_wal_insert_lsn", lambda s, p: [s.position()[1:3]]),
    (r"pg_current_wal_lsn", lambda s, p: [s.position()]),
    (r"system_identifier FROM pg_control_system", lambda s, p: [[clusters.SYSTEM_ID]]),
    (r"has_function_privilege\('pg_ls_archive_statusdir", lambda s, p: [["f"]]),
    (r"archive_mode'\) <> 'off' AND NOT pg_is_in_recovery", lambda s, p: [["t"]]),
    (r"^SELECT last_archived_wal, last_archived_time, stats_reset", lambda s, p: [s.archived_last()]),
    (r"^SELECT CASE WHEN pg_is_in_recovery", lambda s, p: [[s.cluster.timeline]]),
    (r"^SELECT pg_is_in_recovery", lambda s, p: [["f"]]),
    (r"current_setting\(\$1", lambda s, p: [s.setting(p[0])]),
    (r"'checkpoint_timeout'", lambda s, p: [[300]]),
    (r"'wal_segment_size'", lambda s, p: [[wal.SEGMENT_SIZE]]),
    (r"sum\(pg_tablespace_size", lambda s, p: [[65536]]),
    (r"FROM pg_tablespace", lambda s, p: []),
    (r"name IN \('config_file'", lambda s, p: s.configuration_files()),
    (r"DISTINCT sourcefile", lambda s, p: [[os.path.join(s.cluster.data, "postgresql.auto.conf")]]),
    (r"FROM pg_stat_archiver", lambda s, p: [[7, None, None, 0, None, None, "2026-01-01 00:00:00+00", "on", "0.1"]]),
    (r"FROM pg_replication_slots", lambda s, p: []),
    (r"FROM pg_stat_replication", lambda s, p: []),
    (r"^SELECT now\(\)", lambda s, p: [[s.standin.clock()]]),
    (r"^SELECT current_user", lambda s, p: [["barman"]]),
)
