"""How often each process of an installation has died, in a file for those who ask from outside: doctor and the API."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from infra.supervision.supervised import Supervised

STALE = timedelta(seconds=10)
LATELY = timedelta(minutes=10)
AGAIN_AND_AGAIN = 3
"""So many deaths lately are no accident."""


class Restarts(msgspec.Struct, frozen=True, kw_only=True):
    """One process."""

    name: str
    state: str
    deaths: int
    """Since the installation was started."""
    deaths_at: Sequence[datetime]
    """The last of them, the newest at the end."""
    last_error: str

    def lately(self, now: datetime) -> int:
        """Return how often it has died lately."""
        return sum(now - at < LATELY for at in self.deaths_at)

    def trouble(self, now: datetime) -> str | None:
        """Return what is to be told of it; None where all is well."""
        why = f": {self.last_error}" if self.last_error else ""
        if self.state == "refused":
            return f"{self.name} cannot run{why}"
        if (count := self.lately(now)) >= AGAIN_AND_AGAIN:
            return f"{self.name} was started again {count} times in {LATELY.seconds // 60} minutes{why}"
        return None


def troubles_of(processes: Iterable[Restarts]) -> list[str]:
    """Return what is wrong with processes, in words for an operator."""
    now = datetime.now(UTC)
    return [trouble for each in processes if (trouble := each.trouble(now)) is not None]


class _File(msgspec.Struct, frozen=True, kw_only=True):
    at: datetime
    processes: tuple[Restarts, ...]


def restarts_path(folder: Path) -> Path:
    """Return where the file is, in a data folder."""
    return folder / "status" / "processes.json"


def write_restarts(folder: Path, processes: Iterable[Supervised]) -> None:
    """Write the file; a reader sees the old one or the new one, never a part."""
    told = _File(
        at=datetime.now(UTC),
        processes=tuple(
            Restarts(
                name=each.role.name,
                state=each.state,
                deaths=each.deaths,
                deaths_at=tuple(each.deaths_at),
                last_error=each.last_error,
            )
            for each in processes
        ),
    )
    path = restarts_path(folder)
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".unfinished")
    unfinished.write_bytes(msgspec.json.encode(told))
    unfinished.replace(path)


def read_restarts(folder: Path) -> Sequence[Restarts]:
    """Return the processes that are supervised there now; none where nobody supervises."""
    try:
        told = msgspec.json.decode(restarts_path(folder).read_bytes(), type=_File)
    except (OSError, msgspec.DecodeError):
        return ()
    return told.processes if datetime.now(UTC) - told.at < STALE else ()
