"""What can go wrong with the spool.

VisionError
└── SpoolError
    ├── SpoolUnusable     the file or its folder cannot be read or written
    ├── DiskFull          the disk has no room for more facts
    ├── SpoolDamaged      the file is no spool, or is corrupt
    ├── SpoolTooNew       it was written by a newer version
    └── SpoolInUse        another worker of that name is running
"""

import sqlite3
from pathlib import Path

from vision_workers.errors import VisionError


class SpoolError(VisionError):
    """Something with the spool."""


class SpoolUnusable(SpoolError):
    """The file or its folder cannot be read or written."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"spool {path} cannot be used ({why}); make its folder writable, or set SHOPFLOOR_DATA")


class DiskFull(SpoolError):
    """The disk has no room for more facts."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"spool {path} cannot grow, the disk is full; make room and the worker goes on")


class SpoolDamaged(SpoolError):
    """The file is no spool, or is corrupt."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(
            f"spool {path} is damaged ({why}); move it away and start again: facts in it that were not sent are lost"
        )


class SpoolTooNew(SpoolError):
    """It was written by a newer version."""

    def __init__(self, path: Path, version: int) -> None:
        super().__init__(f"spool {path} has version {version}, which is newer than this program; upgrade Shopfloor")


class SpoolInUse(SpoolError):
    """Another worker of that name is running."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"spool {path} is in use by another worker; stop that one, or set SHOPFLOOR_WORKER to a new name"
        )


def spool_error(path: Path, problem: sqlite3.Error) -> SpoolError:
    """Return the error that tells a user about SQLite's."""
    name = getattr(problem, "sqlite_errorname", "")
    if name == "SQLITE_FULL":
        return DiskFull(path)
    if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
        return SpoolDamaged(path, str(problem))
    return SpoolUnusable(path, str(problem))
