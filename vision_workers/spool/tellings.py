"""What of each recording has been told: once for each take, however often a worker is started."""

import hashlib
import sqlite3
from collections.abc import Collection, Sequence
from datetime import datetime
from pathlib import Path

import msgspec

from event_store.serialization import timestamp
from vision_workers.pipeline.numbering import Numbering
from vision_workers.runs import Run
from vision_workers.spool.database import Database
from vision_workers.spool.growth import Growth, Length

BEGIN = (
    "INSERT INTO recordings (store, camera, digest, take, start, run) VALUES (?, ?, ?, ?, ?, ?) "
    "ON CONFLICT DO UPDATE SET run = excluded.run"
)
END = (
    "UPDATE recordings SET run = NULL, whole = ?, "
    "until = coalesce((SELECT last_frame FROM cameras WHERE source = ?), until) WHERE run = ? AND camera = ?"
)


GROW = (
    "INSERT INTO recordings (store, camera, digest, take, start, until) "
    "SELECT store, camera, ?, take, start, until FROM recordings WHERE (store, camera, digest, take) = (?, ?, ?, ?) "
    "ON CONFLICT DO NOTHING"
)


class Tale(msgspec.Struct, frozen=True, kw_only=True):
    """One camera's recording, by its content, in one take."""

    store_key: str
    camera_id: str
    digest: str
    take: int


class Telling(msgspec.Struct, frozen=True, kw_only=True):
    """How far a recording has been told."""

    start: datetime
    """The time of its first frame."""
    until: datetime | None = None
    """The last frame that runs which have ended told; None when they told nothing."""
    whole: bool = False
    """It was told to its end."""


class Tellings:
    """The recordings that a spool remembers."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def digest(self, path: Path) -> str:
        """Return the SHA-256 of a file; a file of the same size and time of change is not read again."""
        facts = path.stat()
        known = (str(path.resolve()), facts.st_size, facts.st_mtime_ns)
        query = "SELECT digest FROM files WHERE (path, size, changed_ns) = (?, ?, ?)"
        with self._database.transaction() as file:
            row = file.execute(query, known).fetchone()
        if row is not None:
            return str(row[0])
        with path.open("rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
        with self._database.transaction() as file:
            file.execute("REPLACE INTO files VALUES (?, ?, ?, ?)", (*known, digest))
        return digest

    def find(self, tale: Tale) -> Telling | None:
        """Return how far a recording has been told, None when it never was."""
        query = "SELECT start, until, whole FROM recordings WHERE (store, camera, digest, take) = (?, ?, ?, ?)"
        with self._database.transaction() as file:
            row = file.execute(query, msgspec.structs.astuple(tale)).fetchone()
        if row is None:
            return None
        start, until, whole = row
        return Telling(
            start=datetime.fromisoformat(start),
            until=datetime.fromisoformat(until) if until else None,
            whole=bool(whole),
        )

    def earlier(self, tale: Tale) -> list[Length]:
        """Return how long the recordings of the same camera were that have been told, as far as that is known."""
        query = (
            "SELECT lengths.recording, pieces, lengths.digest FROM recordings "
            "JOIN lengths ON lengths.recording = recordings.digest WHERE (store, camera, take) = (?, ?, ?)"
        )
        with self._database.transaction() as file:
            rows = file.execute(query, (tale.store_key, tale.camera_id, tale.take)).fetchall()
        return [Length(*row) for row in rows]

    def before_growth(self, tale: Tale, growth: Growth) -> Telling | None:
        """Return how far a recording was told before it grew, None when it did not."""
        if growth.grown_from is None:
            return None
        before = self.find(msgspec.structs.replace(tale, digest=growth.grown_from))
        return before and msgspec.structs.replace(before, whole=False)

    def note(self, tale: Tale, growth: Growth) -> None:
        """Remember how long a recording is; one that grew goes on where the shorter one was told to."""
        key = (tale.store_key, tale.camera_id, growth.grown_from, tale.take)
        with self._database.transaction() as file:
            file.execute("REPLACE INTO lengths VALUES (?, ?, ?)", msgspec.structs.astuple(growth.length))
            file.execute(GROW, (tale.digest, *key))

    def last_take(self, tale: Tale) -> int:
        """Return the last take in which a recording was told."""
        query = "SELECT max(take) FROM recordings WHERE (store, camera, digest) = (?, ?, ?)"
        with self._database.transaction() as file:
            (take,) = file.execute(query, (tale.store_key, tale.camera_id, tale.digest)).fetchone()
        return int(take or tale.take)


def begin_telling(file: sqlite3.Connection, run: Run, tales: Sequence[Tale], start: datetime) -> None:
    """Note that a run tells these recordings; one that was begun before keeps its start."""
    rows = [(*msgspec.structs.astuple(tale), timestamp(start), run.key) for tale in tales]
    file.executemany(BEGIN, rows)


def end_telling(file: sqlite3.Connection, run: Run, whole: Collection[str]) -> None:
    """Note how far a run has come, before its cameras' last frames are forgotten; `whole` went to their ends."""
    query = "SELECT store, camera FROM recordings WHERE run = ?"
    for store, camera in file.execute(query, (run.key,)).fetchall():
        source = Numbering(store, "").source(f"camera/{camera}", run)
        file.execute(END, (camera in whole, source, run.key, camera))
