"""What the bridge did not let pass: kept on its disk, a JSON object a line, with the reason."""

import base64
import os
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from event_store.serialization import timestamp
from vision_workers.edge.entries import Entry
from vision_workers.edge.errors import EdgeError


class QuarantineUnwritable(EdgeError):
    """What does not pass cannot be kept, so it stays in Redis."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(
            f"{path} cannot be written ({why}): what does not pass stays in Redis, and what is behind it waits; "
            "make room, or set SHOPFLOOR_DATA to a folder that can be written"
        )


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """One entry with the reason why it did not pass."""

    at: str
    reason: str
    entry: str
    fields: dict[str, str]
    """As they lay in Redis; the record in Base64, since it may be anything."""


class Quarantine:
    """A file that only grows; each line is on the disk before its entry leaves Redis."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def keep(self, refused: Iterable[tuple[Entry, str]]) -> None:
        """Write entries with their reasons; raises `QuarantineUnwritable`."""
        now = timestamp(datetime.now(UTC))
        lines = b"".join(msgspec.json.encode(_line(entry, reason, now)) + b"\n" for entry, reason in refused)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with os.fdopen(os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "wb") as file:
                file.write(lines)
                file.flush()
                os.fsync(file.fileno())
        except OSError as problem:
            raise QuarantineUnwritable(self.path, problem.strerror or str(problem)) from problem


def quarantine_path(data: Path) -> Path:
    """Return where the quarantine of a data folder is."""
    return data / "quarantine" / "bridge.jsonl"


def quarantined(path: Path) -> int:
    """Return how many entries are in quarantine."""
    try:
        with path.open("rb") as file:
            return sum(1 for _ in file)
    except OSError:
        return 0


def _line(entry: Entry, reason: str, at: str) -> Refused:
    plain = {
        name.decode(errors="replace"): base64.b64encode(value).decode()
        if name == b"record"
        else value.decode(errors="replace")
        for name, value in entry.fields.items()
    }
    return Refused(at=at, reason=reason, entry=entry.id, fields=plain)
