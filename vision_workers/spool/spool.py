"""Facts wait on disk until they are acknowledged; what came before is dropped when a recording is repeated."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Self

from event_store.envelope import Envelope
from event_store.events.layouts import LayoutPublished
from event_store.serialization import encode, timestamp
from vision_workers.pipeline import Step
from vision_workers.samples import encode_sample
from vision_workers.spool.database import Database
from vision_workers.spool.unsent import Unsent, UnsentFacts
from vision_workers.spool.waiting import Channel, Waiting
from vision_workers.stays import closed, opened

ROW_BYTES = 250
"""What SQLite keeps beside the bytes of a record: key, source, pages; generously."""
FULL_AT, ROOM_AT, SAMPLES_UNTIL = 0.9, 0.7, 0.5
"""Shares of the limit: full (the rest is for facts that end visits), room again, and the end of room for samples."""
REMEMBER_S = 1.0
"""How often the times of the cameras' last frames are written when nobody has anything to say."""
SHRINK_AFTER_BYTES = 1_000_000
"""What has gone out before an empty file is made small again; that takes the disk, so it is not done each time."""

INSERT = "INSERT INTO waiting (channel, key, source, sequence, record) VALUES (?, ?, ?, ?, ?)"
STORED = (
    "INSERT INTO sources (source, stored) VALUES (?, ?) ON CONFLICT (source) DO UPDATE SET stored = excluded.stored"
)
UNSENT = "SELECT key, source, min(sequence), max(sequence) FROM waiting WHERE channel = 'events' GROUP BY key, source"
LAST_FRAME = (
    "INSERT INTO cameras VALUES (?, ?) "
    "ON CONFLICT (source) DO UPDATE SET last_frame = max(last_frame, excluded.last_frame)"  # a repeat begins before it
)

Row = tuple[Channel, str, str, int, bytes]


class Spool:
    """One worker's outbox. One thread puts and another drains."""

    def __init__(self, path: Path, limit_bytes: int, noted_in: Path | None = None) -> None:
        """Open or make the file, and note elsewhere which facts wait in it; raises a `SpoolError`."""
        self.database, self.limit_bytes = Database(path), limit_bytes
        with self.database.transaction() as file:
            count, size = file.execute("SELECT count(*), coalesce(sum(length(record)), 0) FROM waiting").fetchone()
            self._stored: dict[str, int] = dict(file.execute("SELECT source, stored FROM sources").fetchall())
            waiting = [
                Unsent(key=key, source=source, first=first, last=last)
                for key, source, first, last in file.execute(UNSENT)
            ]
        self.unsent = UnsentFacts(noted_in, self._stored, waiting)
        """What would be lost with the file, and what was lost with an earlier one."""
        self.waiting_records: int = count
        self.waiting_bytes: int = size + ROW_BYTES * count
        self.on_put: Callable[[], None] = lambda: None
        """Called after records were put."""
        self._frames: dict[str, datetime] = {}
        """Of each source, the last frame whose time is not written yet."""
        self._remembered_at = time.monotonic()
        self._counting = threading.Lock()
        self._freed_bytes = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; what waits goes out after the next start."""
        self.database.close()

    def put(self, step: Step) -> None:
        """Keep a step's facts, samples and operations that are not here yet: all of them or none.

        Raises a `SpoolError`; after `DiskFull` the same step may be put again.
        """
        facts = [each for each in step.facts if self.is_new(each)]
        rows = [*_rows("events", facts), *_rows("ops", step.operations), *self._sample_rows(step)]
        if step.time is not None:
            self._frames[step.source] = step.time
        if not rows and time.monotonic() - self._remembered_at < REMEMBER_S:
            return
        stored = {source: sequence for _, _, source, sequence, _ in rows}
        with self.unsent.changing:
            self._write(step.key, facts, rows, stored)
            self.unsent.put(facts)
        self._stored |= stored
        self._frames.clear()
        self._remembered_at = time.monotonic()
        self._count(len(rows), sum(len(record) for *_, record in rows))
        if rows:
            self.on_put()

    def _write(self, key: str, facts: Sequence[Envelope], rows: Sequence[Row], stored: Mapping[str, int]) -> None:
        with self.database.transaction() as file:
            file.executemany(INSERT, rows)
            file.executemany(STORED, stored.items())
            for envelope in facts:
                if isinstance(envelope.event, LayoutPublished):
                    file.execute("REPLACE INTO layouts VALUES (?, ?)", (key, envelope.event.layout_digest))
                if (name := closed(envelope.event)) is not None:
                    file.execute("DELETE FROM stays WHERE name = ?", (name,))
                if (name := opened(envelope.event)) is not None:
                    file.execute("REPLACE INTO stays VALUES (?, ?, ?)", (name, envelope.source, encode(envelope)))
            file.executemany(LAST_FRAME, [(source, timestamp(at)) for source, at in self._frames.items()])

    def is_new(self, envelope: Envelope) -> bool:
        """Tell whether a fact has not been put before, by its source and sequence."""
        return envelope.sequence > self.stored(envelope.source)

    def published_layout(self, store_key: str) -> str | None:
        """Return the digest of the layout that a store published last."""
        with self.database.transaction() as file:
            row = file.execute("SELECT digest FROM layouts WHERE store = ?", (store_key,)).fetchone()
        return row[0] if row else None

    def stored(self, source: str) -> int:
        """Return the last sequence that a source has put."""
        return self._stored.get(source, 0)

    @property
    def share(self) -> float:
        """How much of the limit is in use, 0 to 1."""
        return self.waiting_bytes / self.limit_bytes

    def batch(self, most: int) -> list[Waiting]:
        """Return the records that have waited longest, in the order in which they were put."""
        with self.database.transaction() as file:
            rows = file.execute(
                "SELECT place, channel, key, source, sequence, record FROM waiting ORDER BY place LIMIT ?", (most,)
            ).fetchall()
        return [
            Waiting(place=place, channel=channel, key=key, source=source, sequence=sequence, record=record)
            for place, channel, key, source, sequence, record in rows
        ]

    def acknowledge(self, batch: Sequence[Waiting]) -> None:
        """Drop the oldest batch, which the broker has acknowledged, and remember how far each source has come."""
        positions = {waiting.source: waiting.sequence for waiting in batch}
        with self.unsent.changing:
            with self.database.transaction() as file:
                file.execute("DELETE FROM waiting WHERE place <= ?", (batch[-1].place,))
                file.executemany(
                    "UPDATE sources SET acknowledged = ? WHERE source = ?",
                    [(sequence, source) for source, sequence in positions.items()],
                )
            self._count(-len(batch), -sum(len(waiting.record) for waiting in batch))
            self.unsent.acknowledge(positions)
        self._freed_bytes += sum(len(waiting.record) for waiting in batch)
        if self.waiting_records == 0 and self._freed_bytes > SHRINK_AFTER_BYTES:
            self._freed_bytes = 0
            self.database.shrink()

    def acknowledged(self, source: str) -> int:
        """Return the last sequence of a source that the broker has acknowledged."""
        with self.database.transaction() as file:
            row = file.execute("SELECT acknowledged FROM sources WHERE source = ?", (source,)).fetchone()
        return row[0] if row else 0

    def _sample_rows(self, step: Step) -> Iterator[Row]:
        """Yield the samples that are new by their frame time; a filling spool keeps facts only."""
        source = f"{step.source}/samples"
        if self.share > SAMPLES_UNTIL:
            return
        for sample in step.samples:
            sequence = round(sample.time.timestamp() * 1000) + 1
            if sequence > self.stored(source):
                yield "samples", step.key, source, sequence, encode_sample(sample)

    def _count(self, records: int, record_bytes: int) -> None:
        with self._counting:
            self.waiting_records += records
            self.waiting_bytes += record_bytes + ROW_BYTES * records


def _rows(channel: Channel, envelopes: Sequence[Envelope]) -> Iterator[Row]:
    for envelope in envelopes:
        yield channel, envelope.key, envelope.source, envelope.sequence, encode(envelope)
