"""The data folder: made, writable, and held by one process at a time."""

import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from filelock import FileLock, Timeout

from infra.errors import FolderInUse, FolderUnwritable

LOCK = "services.lock"
OWNER = "services.owner"
SAME_START_S = 1.0
OTHERS, READING = 0o077, 0o066
"""What others may do, and what of it is taken away from a folder: under root PostgreSQL's account has to pass it."""


@contextmanager
def private_files() -> Iterator[None]:
    """Let everything that is made in this context, and by processes that it starts, be its user's alone."""
    before = os.umask(OTHERS)
    try:
        yield
    finally:
        os.umask(before)


def prepare(folder: Path) -> None:
    """Make the folder, for its user alone, or close it to others; raises `FolderUnwritable`."""
    probe = folder / f".probe-{os.getpid()}"
    try:
        with private_files():
            folder.mkdir(parents=True, exist_ok=True)
            probe.write_bytes(b"")
        probe.unlink()
        if folder.stat().st_mode & READING and folder.stat().st_uid == os.geteuid():
            folder.chmod(stat.S_IMODE(folder.stat().st_mode) & ~READING)
    except OSError as problem:
        raise FolderUnwritable(folder, problem.strerror or str(problem)) from problem


class FolderLock:
    """Holds a data folder for this process; the system lets go of it when the process dies, however it dies."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = FileLock(folder / LOCK, mode=0o600)

    def acquire(self) -> None:
        """Take the folder; raises `FolderUnwritable` or `FolderInUse`."""
        prepare(self._folder)
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            raise FolderInUse(self._folder, read_owner(self._folder)) from None
        with private_files():
            (self._folder / OWNER).write_text(f"{os.getpid()} {psutil.Process().create_time()}")

    @property
    def is_held(self) -> bool:
        """Whether this object holds the folder."""
        return bool(self._lock.is_locked)

    def release(self) -> None:
        """Let go of the folder."""
        self._lock.release()


def read_owner(folder: Path) -> int | None:
    """Return the process that took the folder, if it is known and still runs."""
    try:
        pid, started = (folder / OWNER).read_text().split()
        is_the_same = abs(psutil.Process(int(pid)).create_time() - float(started)) < SAME_START_S
    except (OSError, ValueError, psutil.Error):
        return None
    return int(pid) if is_the_same else None


def free_bytes(folder: Path) -> int:
    """Return the room on the disk of a folder, which need not be there yet."""
    place = next(each for each in (folder.resolve(), *folder.resolve().parents) if each.is_dir())
    return shutil.disk_usage(place).free
