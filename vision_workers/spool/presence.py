"""Whether a file that is open still is the one of its name: it may be removed or replaced."""

from pathlib import Path

BESIDE = ("", "-wal", "-shm")
"""What SQLite keeps a database in."""
REPLACED, WRITTEN_AGAIN = ".replaced", ".written-again"

Identity = tuple[int, int]


class Presence:
    """The files of one open database, by what the system knows them as."""

    def __init__(self, path: Path) -> None:
        self._paths = [path.with_name(path.name + each) for each in BESIDE]
        self._known: dict[Path, Identity] = {}
        self.is_lost()

    def is_lost(self) -> bool:
        """Tell whether one of them is gone or another one; those that are new are taken as they are."""
        for path in self._paths:
            identity = identity_of(path)
            known = self._known.get(path, identity)
            if known != identity:
                return True
            if known is not None:
                self._known[path] = known
        return False


def make_room(path: Path) -> None:
    """Move what now has the name of a database aside; remove what SQLite keeps beside it where that has no owner."""
    has_owner = path.exists()
    for each in BESIDE:
        beside = path.with_name(path.name + each)
        if has_owner and beside.exists():
            beside.replace(path.with_name(path.name + REPLACED + each))
        else:
            beside.unlink(missing_ok=True)


def written_again(path: Path) -> Path:
    """Return where a database lies that was written again, until it has its name."""
    return path.with_name(path.name + WRITTEN_AGAIN)


def identity_of(path: Path) -> Identity | None:
    """Return what the system knows a file as, None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
