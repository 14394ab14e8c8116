"""The data folder: made, writable, and held by one process at a time."""

import os
from pathlib import Path

from filelock import FileLock, Timeout

from infra.errors import FolderInUse, FolderUnwritable

LOCK = "services.lock"
OWNER = "services.owner"


def prepare(folder: Path) -> None:
    """Make the folder, for its user alone; raises `FolderUnwritable`."""
    probe = folder / f".probe-{os.getpid()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as problem:
        raise FolderUnwritable(folder, problem.strerror or str(problem)) from problem


class FolderLock:
    """Holds a data folder for this process; the system lets go of it when the process dies, however it dies."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = FileLock(folder / LOCK)

    def acquire(self) -> None:
        """Take the folder; raises `FolderUnwritable` or `FolderInUse`."""
        prepare(self._folder)
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            raise FolderInUse(self._folder, read_owner(self._folder)) from None
        (self._folder / OWNER).write_text(str(os.getpid()))

    @property
    def is_held(self) -> bool:
        """Whether this object holds the folder."""
        return bool(self._lock.is_locked)

    def release(self) -> None:
        """Let go of the folder."""
        self._lock.release()


def read_owner(folder: Path) -> int | None:
    """Return the process that last took the folder, if it is known."""
    try:
        return int((folder / OWNER).read_text())
    except (OSError, ValueError):
        return None
