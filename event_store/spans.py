"""Where stretches of history begin and end, over the ledger's months and those in the archive."""

from datetime import datetime
from typing import Any

import msgspec
from psycopg import Connection

from event_store.archive.errors import HistoryMoved
from event_store.archive.places import Archive, open_archive
from event_store.archive.reading import HOLD, STANDING, milliseconds, parse_manifest, records_of
from event_store.archive.segments import Segment

MOST = 2**63 - 1

_IN_LEDGER = """
SELECT min("offset"), max("offset") FROM record.ledger
WHERE topic = %(topic)s AND partition = %(partition)s AND "offset" >= %(first)s AND "offset" < %(behind)s
  AND recorded_at >= %(start)s::timestamptz AND recorded_at < %(end)s::timestamptz
"""
_IN_ARCHIVE = """
SELECT manifest FROM record.segments
WHERE in_force AND topic = %(topic)s AND partition = %(partition)s
  AND last_offset >= %(first)s AND first_offset < %(behind)s
  AND last_recorded >= %(start)s::timestamptz AND first_recorded < %(end)s::timestamptz
ORDER BY first_offset
"""
_OFFSETS = """
SELECT "offset" FROM record.ledger
WHERE topic = %(topic)s AND partition = %(partition)s AND "offset" >= %(first)s AND "offset" < %(behind)s
ORDER BY "offset"
"""
_PLACES = """
SELECT topic, partition FROM record.checkpoints WHERE name = 'live' AND topic = %s ORDER BY partition
"""


class Stretch(msgspec.Struct, frozen=True, kw_only=True):
    """Records of a partition by their offsets and by their recorded times; both are half-open, and open if absent."""

    topic: str
    partition: int
    first: int = 0
    behind: int = MOST
    start: datetime | None = None
    end: datetime | None = None

    def values(self) -> dict[str, object]:
        """Return the bounds as parameters."""
        return {
            "topic": self.topic,
            "partition": self.partition,
            "first": self.first,
            "behind": self.behind,
            "start": "-infinity" if self.start is None else self.start.isoformat(),
            "end": "infinity" if self.end is None else self.end.isoformat(),
        }

    def has(self, offset: int, timestamp: int) -> bool:
        """Tell whether a record lies in it."""
        return (
            self.first <= offset < self.behind
            and (self.start is None or timestamp >= milliseconds(self.start))
            and (self.end is None or timestamp < milliseconds(self.end))
        )

    def has_all(self, segment: Segment) -> bool:
        """Tell whether every record of a segment lies in it."""
        return self.has(segment.first_offset, segment.first_recorded) and self.has(
            segment.last_offset, segment.last_recorded
        )


def find_partitions(connection: Connection[Any], topic: str) -> list[int]:
    """Return the partitions of which the ledger has taken records, in order."""
    return [partition for _, partition in connection.execute(_PLACES, (topic,)).fetchall()]


def find_ends(connection: Connection[Any], stretch: Stretch) -> tuple[int | None, int | None]:
    """Return the lowest and the highest offset of a stretch, null where nothing lies in it."""
    with connection.transaction():
        archive = _archive(connection)
        row = connection.execute(_IN_LEDGER, stretch.values()).fetchone()
        lowest, highest = row or (None, None)
        found = {offset for offset in (lowest, highest) if offset is not None}
        if archive is not None:
            rows = connection.execute(_IN_ARCHIVE, stretch.values()).fetchall()
            for segment in sorted(
                (parse_manifest(bytes(each)) for (each,) in rows), key=lambda s: not stretch.has_all(s)
            ):
                if not found or segment.first_offset < min(found) or segment.last_offset > max(found):
                    found |= _ends(archive, segment, stretch)
    return (min(found), max(found)) if found else (None, None)


def find_offsets(connection: Connection[Any], stretch: Stretch) -> list[int]:
    """Return every offset between two, in order."""
    with connection.transaction():
        archive = _archive(connection)
        offsets = [offset for (offset,) in connection.execute(_OFFSETS, stretch.values()).fetchall()]
        if archive is not None:
            for (manifest,) in connection.execute(_IN_ARCHIVE, stretch.values()).fetchall():
                records = records_of(archive, parse_manifest(bytes(manifest)), stretch.first, stretch.behind)
                offsets += [each.offset for each in records if stretch.has(each.offset, each.timestamp)]
    return sorted(offsets)


def _archive(connection: Connection[Any]) -> Archive | None:
    connection.execute(HOLD)
    standing = connection.execute(STANDING).fetchone()
    if standing is None:
        return None
    if standing[1]:
        raise HistoryMoved
    return open_archive(standing[0])


def _ends(archive: Archive, segment: Segment, stretch: Stretch) -> set[int]:
    if stretch.has_all(segment):
        return {segment.first_offset, segment.last_offset}
    records = records_of(archive, segment, stretch.first, stretch.behind)
    within = [each.offset for each in records if stretch.has(each.offset, each.timestamp)]
    return {within[0], within[-1]} if within else set()
