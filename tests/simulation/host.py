"""A host with Barman on it: its directories, its configuration, its clock, its disk, and how a program is run on it."""

import ctypes
import datetime
import os
import pwd
import signal
import struct
import subprocess
import time
import zoneinfo

SERVER = "main"
STEP_LIMIT = float(os.environ.get("SIMULATION_STEP_SECONDS", "20"))
_PR_SET_CHILD_SUBREAPER = 36
_STATE_SIZE = 4096  # more than faults::State needs


class Violation(Exception):
    """Something that must not happen, in words."""


class Result:
    def __init__(self, line, status, out, err):
        self.line, self.status, self.out, self.err = line, status, out, err
        self.killed = status == -signal.SIGKILL

    @property
    def text(self):
        return self.out.decode("utf-8", "replace") + self.err.decode("utf-8", "replace")


class Disk:
    """What is left of a disk that is almost full."""

    def __init__(self, room, inodes):
        self.room, self.inodes = room, inodes

    def environment(self):
        return {"FAULT_FULL": "1", "FAULT_ROOM": str(self.room), "FAULT_FILES": str(self.inodes)}


class Fault:
    """What tests/torture/faults.cpp is asked to do to a run: kill the program at its call number `kill_at`; let the disk of
    `root` be almost full."""

    def __init__(self, kill_at=0, disk=None, root=None, program="barman"):
        self.kill_at, self.disk, self.root, self.program = kill_at, disk, root, program

    def environment(self):
        variables = {"FAULT_HOW": "kill", "FAULT_AT": str(self.kill_at), "FAULT_PROGRAM": self.program if self.kill_at else ""}
        return {**variables, **(self.disk.environment() if self.disk else {})}


def become_subreaper():
    """What the programs leave running becomes ours when they end, so that a run is over when no child is left."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


class Site:
    def __init__(self, directory, programs, libraries, name="barman"):
        self.directory, self.programs, self.libraries = directory, programs, libraries
        self.home = os.path.join(directory, name)
        self.temporary = os.path.join(directory, "tmp")
        self.bin = os.path.join(directory, "bin")
        for path in (self.home, self.temporary, self.bin):
            os.makedirs(path, exist_ok=True)
        self.configuration = os.path.join(directory, name + ".conf")
        self.seconds = 1_790_000_000  # 2026-09-21T14:13:20Z
        self.zone = "UTC"
        self.disk = None  # None: room enough; else how many bytes and files are left
        self.runs = 0
        os.makedirs(os.path.join(self.server, "incoming"))

    @property
    def server(self):
        return os.path.join(self.home, SERVER)

    def path(self, *parts):
        return os.path.join(self.server, *parts)

    # ---- Configuration ----------------------------------------------------------------------------------------------

    def install(self):
        """What a host has in its PATH: the program, and stand-ins for ssh."""
        here = os.path.dirname(os.path.abspath(__file__))
        for name in ("ssh", "elsewhere"):
            os.symlink(os.path.join(here, "elsewhere"), os.path.join(self.bin, name))
        os.symlink(os.path.join(self.programs, "barman"), os.path.join(self.bin, "barman"))

    def configure(self, options):
        lines = ["[barman]", "barman_home = " + self.home, "barman_user = " + pwd.getpwuid(os.getuid()).pw_name, "log_file = " + os.path.join(self.directory, "barman.log"),
                 "immediate_checkpoint = true", "", "[%s]" % SERVER, "description = simulated",
                 "conninfo = host=%s port=5432 user=barman dbname=postgres" % self.directory,
                 "backup_options = concurrent_backup", "keepalive_interval = 0", "hang_timeout = 5"]
        if "primary_ssh_command" not in options:
            lines += ["archiver = on", "backup_method = local-rsync"]
        lines += ["%s = %s" % item for item in sorted(options.items())]
        with open(self.configuration, "w", encoding="ascii") as out:
            out.write("\n".join(lines) + "\n")

    # ---- Clock ------------------------------------------------------------------------------------------------------

    def now(self):
        return datetime.datetime.fromtimestamp(self.seconds, datetime.timezone.utc)

    def local(self):
        return self.now().astimezone(zoneinfo.ZoneInfo(self.zone))

    def postgres_now(self):
        return self.now().strftime("%Y-%m-%d %H:%M:%S.%f+00")

    # ---- Programs ---------------------------------------------------------------------------------------------------

    def run(self, *arguments, program="barman", fault=None, stdin=b"", bin_directory=None, environment=None):
        """Runs a program to its end and to the end of all that it started. Violation if it crashes or hangs."""
        self.runs += 1
        self.seconds += 1
        line = " ".join((program,) + arguments)
        variables = {"PATH": self.bin + ":/usr/bin:/bin", "HOME": self.directory, "LC_ALL": "C.UTF-8",
                     "TZ": self.zone, "TMPDIR": self.temporary, "BARMAN_CONFIG_FILE": self.configuration,
                     "SIMULATED_CLOCK": str(self.seconds * 1_000_000_000)}
        preload = [os.path.join(self.libraries, "libbarman_clock.so")]
        if self.disk:
            fault = fault or Fault()
            fault.disk = fault.disk or self.disk
        state = os.path.join(self.directory, "fault-state")
        if fault:
            preload.append(os.path.join(self.libraries, "libbarman_faults.so"))
            with open(state, "wb") as out:
                out.write(b"\0" * _STATE_SIZE)
            variables.update(fault.environment(), FAULT_ROOT=fault.root or self.home, FAULT_STATE=state)
        variables["LD_PRELOAD"] = " ".join(preload)
        variables.update(environment or {})
        executable = os.path.join(bin_directory or self.programs, program)
        child = subprocess.Popen((executable,) + arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                 env=variables, cwd=self.directory, start_new_session=True)
        deadline = time.monotonic() + STEP_LIMIT
        try:
            out, err = child.communicate(stdin, timeout=STEP_LIMIT)
        except subprocess.TimeoutExpired:
            _kill_descendants()
            child.wait()
            raise Violation("hangs: '%s' has not ended after %g seconds" % (line, STEP_LIMIT)) from None
        self._await_descendants(line, deadline)
        if fault and fault.disk and fault.disk is self.disk:
            with open(state, "rb") as left:
                self.disk = Disk(*struct.unpack("<qq", left.read(16)))
        result = Result(line, child.returncode, out, err)
        self._refuse_crash(result, fault)
        return result

    @staticmethod
    def _await_descendants(line, deadline):
        while True:
            try:
                pid, _ = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                if time.monotonic() > deadline:
                    _kill_descendants()
                    raise Violation("hangs: what '%s' has started has not ended after %g seconds" % (line, STEP_LIMIT))
                time.sleep(0.001)

    @staticmethod
    def _refuse_crash(result, fault):
        if result.killed and fault and fault.kill_at:
            return
        text = result.text
        crash = result.status < 0 or result.status not in (0, 1, 2, 3)
        for words in ("Traceback", "bad_alloc", "terminate called", "AddressSanitizer", "runtime error:", "faults: ", "basic_string", "std::"):
            crash = crash or words in text
        if crash:
            raise Violation("crashes: '%s' ends with status %d: %s" % (result.line, result.status, text[-600:]))


def _kill_descendants():
    """Kills our children, and what becomes ours by that, until none is left."""
    own = os.getpid()
    for _ in range(1000):
        children = []
        for name in os.listdir("/proc"):
            if name.isdigit():
                try:
                    with open("/proc/%s/stat" % name, encoding="ascii", errors="replace") as stat:
                        if int(stat.read().rsplit(")", 1)[1].split()[1]) == own:
                            children.append(int(name))
                except OSError:
                    continue
        if not children:
            return
        for pid in children:
            os.kill(pid, signal.SIGKILL)
            try:
                os.waitpid(pid, 0)
            except ChildProcessError:
                continue
