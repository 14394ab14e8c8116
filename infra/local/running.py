"""Where the services of a data folder answer while a process runs them, for the other commands of the same user."""

import os
from pathlib import Path

import msgspec
import psutil

FILE = "services.json"
START_TIME_TOLERANCE_S = 2.0


class Running(msgspec.Struct, frozen=True, kw_only=True):
    """Addresses of services that run now, and the process that runs them."""

    pid: int
    started: float
    kafka: str
    database: str
    """With its password, so the file is for its owner alone."""


def announce(folder: Path, kafka: str, database: str) -> None:
    """Write down that this process runs the services of the folder."""
    me = psutil.Process()
    running = Running(pid=me.pid, started=me.create_time(), kafka=kafka, database=database)
    withdraw(folder)
    descriptor = os.open(folder / FILE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(msgspec.json.encode(running))


def withdraw(folder: Path) -> None:
    """Take back what `announce` wrote."""
    (folder / FILE).unlink(missing_ok=True)


def find_running(folder: Path) -> Running | None:
    """Return the folder's services if a live process runs them."""
    try:
        running = msgspec.json.decode((folder / FILE).read_bytes(), type=Running)
        started = psutil.Process(running.pid).create_time()
    except (OSError, msgspec.DecodeError, psutil.Error):
        return None
    return running if abs(started - running.started) < START_TIME_TOLERANCE_S else None
