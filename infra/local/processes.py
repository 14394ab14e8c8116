"""Child processes that leave no orphans.

A child dies with its parent (Linux), leads a session of its own so that Ctrl-C reaches the parent alone, and is written
down with its start time and command, so that a later start finds what a killed parent left behind, on any system.
"""

import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import msgspec
import psutil

from infra.local import launcher

MARK = "SHOPFLOOR_CHILD"
START_TIME_TOLERANCE_S = 2.0


class ChildRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What is written down about a child, so that it can be found again."""

    pid: int
    started: float
    """Seconds since the epoch, by the system's process table."""
    program: str
    """The first word of its command line."""
    mark: str
    """The random value of `SHOPFLOOR_CHILD` in its environment, which its own children inherit."""


class Child:
    """One child process, from its start until it is stopped."""

    def __init__(self, process: "subprocess.Popen[bytes]", record_file: Path) -> None:
        self._process = process
        self._record_file = record_file

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def is_alive(self) -> bool:
        """Return whether it still runs."""
        return self._process.poll() is None

    @property
    def exit_status(self) -> int | None:
        """How it ended; None while it runs."""
        return self._process.poll()

    def kill(self) -> None:
        """End it as kill -9 does, and wait until it is gone."""
        self._process.kill()
        self._process.wait()

    def ask(self, what: signal.Signals) -> None:
        """Send it a signal and do not wait."""
        if self.is_alive():
            self._process.send_signal(what)

    def stop(self, ask: signal.Signals, patience_s: float) -> None:
        """Ask it to end, then its whole session if it does not; its record goes with it."""
        self.ask(ask)
        if self.is_alive():
            try:
                self._process.wait(patience_s)
            except subprocess.TimeoutExpired:
                self.kill()
        record = read_record(self._record_file)
        if record is not None:
            stop_orphans(record, patience_s)
        self._record_file.unlink(missing_ok=True)


@cache
def _spawner() -> ThreadPoolExecutor:
    """A thread that lives as long as the program: children die with the thread that made them."""
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="spawner")


def start_child(
    command: Sequence[str],
    *,
    record_file: Path,
    log: Path,
    environment: Mapping[str, str] | None = None,
    user: str | None = None,
    on_parent_death: signal.Signals | None = signal.SIGKILL,
) -> Child:
    """Start a program whose output goes to the log file; `user` needs root.

    Without `on_parent_death`, as on systems other than Linux, it outlives a killed parent until the next `recover`.
    """
    mark = secrets.token_hex(16)
    launch = [
        sys.executable,
        "-I",
        "-S",
        launcher.__file__,
        str(os.getpid()),
        str(int(on_parent_death or 0)),
        user or "-",
    ]
    record_file.parent.mkdir(parents=True, exist_ok=True)
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        process = (
            _spawner()
            .submit(
                subprocess.Popen,
                [*launch, "--", *command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env={**os.environ, **(environment or {}), MARK: mark},
            )
            .result()
        )
    started = psutil.Process(process.pid).create_time() if process.poll() is None else time.time()
    record = ChildRecord(pid=process.pid, started=started, program=command[0], mark=mark)
    record_file.write_bytes(msgspec.json.encode(record))
    return Child(process, record_file)


def read_record(file: Path) -> ChildRecord | None:
    """Return what is written down about a child; None when nothing readable is."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=ChildRecord)
    except (OSError, msgspec.DecodeError):
        return None


def recover(records: Path) -> int:
    """Stop every process that a killed parent left behind in this folder of records; return how many there were."""
    stopped = 0
    for file in sorted(records.glob("*.json")):
        record = read_record(file)
        if record is not None:
            stopped += stop_orphans(record)
        file.unlink(missing_ok=True)
    return stopped


def stop_orphans(record: ChildRecord, patience_s: float = 15.0) -> int:
    """End the recorded process and what descends from it; return how many processes were alive."""
    orphans = list(_find_orphans(record))
    for orphan in orphans:
        _ask(orphan, signal.SIGINT if orphan.pid == record.pid else signal.SIGTERM)
    _, stubborn = psutil.wait_procs(orphans, timeout=patience_s)
    for orphan in stubborn:
        _ask(orphan, signal.SIGKILL)
    psutil.wait_procs(stubborn, timeout=patience_s)
    return len(orphans)


def _find_orphans(record: ChildRecord) -> Iterator[psutil.Process]:
    for process in psutil.process_iter():
        try:
            if _is_recorded(process, record) or process.environ().get(MARK) == record.mark:
                yield process
        except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
            continue


def _is_recorded(process: psutil.Process, record: ChildRecord) -> bool:
    return (
        process.pid == record.pid
        and abs(process.create_time() - record.started) < START_TIME_TOLERANCE_S
        and record.program in process.cmdline()
    )


def _ask(process: psutil.Process, what: signal.Signals) -> None:
    try:
        process.send_signal(what)
    except psutil.NoSuchProcess:
        return
