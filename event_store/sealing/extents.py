"""How much of each partition a moment covers, and the roots of the trees over exactly that."""

from datetime import datetime
from typing import Any

import msgspec
from psycopg import Connection

from event_store.archive.reading import Question
from event_store.envelope import Position
from event_store.merkle import TILE_WIDTH, TileId, record_leaf, root_at
from event_store.replay import Place, all_entries, read_entries_blocking
from event_store.sealing import tables
from event_store.sealing.errors import AfterRecord, BeforeRecord, NotTakenYet, UnknownPosition
from event_store.spans import MOST, Stretch, find_ends, find_offsets, find_partitions

AT_ONCE = 10_000

_NOW = "SELECT now()"
_BEHIND = """
SELECT partition, log_end - next_offset, last_recorded_at FROM record.checkpoints
WHERE name = 'live' AND topic = %s AND log_end > next_offset ORDER BY partition
"""
_TILE_OF = """
SELECT index, first_offset FROM record.tiles
WHERE tree = %s AND level = 0 AND first_offset < %s ORDER BY first_offset DESC LIMIT 1
"""


class Extent(msgspec.Struct, frozen=True, kw_only=True):
    """The first records of a partition."""

    topic: str
    partition: int
    next_offset: int
    """The first offset that is not among them."""
    size: int
    root: bytes
    """Of the RFC 6962 tree over them."""


def find_extents(connection: Connection[Any], topic: str, at: datetime | Position) -> list[Extent]:
    """Return what was recorded before a time, or up to a position and, elsewhere, before that was recorded.

    A partition's extent ends with its last record of before the time. The connection's transaction must see one state
    of the database and begin with `HOLD`. Raises `AfterRecord`, `BeforeRecord`, `NotTakenYet` and `UnknownPosition`.
    """
    time = _recorded_at(connection, topic, at) if isinstance(at, Position) else at
    _demand_taken(connection, topic, time, at)
    ends = {
        partition: highest + 1
        for partition in find_partitions(connection, topic)
        if (highest := find_ends(connection, Stretch(topic=topic, partition=partition, end=time))[1]) is not None
    }
    if isinstance(at, Position):
        ends[at.partition] = at.offset + 1
    if not ends:
        raise BeforeRecord(time, _first(connection, topic))
    return [_extent(connection, Place(topic, partition), end) for partition, end in sorted(ends.items())]


def _first(connection: Connection[Any], topic: str) -> datetime | None:
    """Return when the record begins."""
    begins = []
    for partition in find_partitions(connection, topic):
        asked = Question(topic=topic, partition=partition, start=0, end=MOST, limit=1)
        begins += [entry.recorded_at for entry in read_entries_blocking(connection, asked)]
    return min(begins, default=None)


def _recorded_at(connection: Connection[Any], topic: str, at: Position) -> datetime:
    asked = Question(topic=at.topic, partition=at.partition, start=at.offset, end=at.offset + 1, limit=1)
    entries = read_entries_blocking(connection, asked) if at.topic == topic else []
    if not entries:
        raise UnknownPosition(f"{at.topic}/{at.partition}/{at.offset}")
    return entries[0].recorded_at


def _demand_taken(connection: Connection[Any], topic: str, time: datetime, at: datetime | Position) -> None:
    """Refuse a moment that has not passed, or that the ledger may not have all records of."""
    (now,) = connection.execute(_NOW).fetchone() or (time,)
    if time > now:
        raise AfterRecord(time)
    for partition, behind, last in connection.execute(_BEHIND, (topic,)).fetchall():
        is_asked = not isinstance(at, Position) or at.partition != partition
        if is_asked and (last is None or last < time):
            raise NotTakenYet(f"{topic}/{partition}", behind, last)


def _extent(connection: Connection[Any], place: Place, end: int) -> Extent:
    name = f"{place.topic}/{place.partition}"
    sealed, following = tables.tree_sizes(connection).get(name, (0, 0))
    if end <= following:
        size = _sealed_before(connection, place, name, end)
        root = root_at(lambda tile: _tile(connection, name, tile), size, sealed)
    else:
        tree = tables.read_tree(connection, name, sealed)
        asked = Question(topic=place.topic, partition=place.partition, start=following, end=end, limit=AT_ONCE)
        entries = all_entries(connection, asked)
        tree.extend(record_leaf(each.offset, each.timestamp, each.value or b"") for each in entries)
        size, root = tree.size, tree.root()
    return Extent(topic=place.topic, partition=place.partition, next_offset=end, size=size, root=root)


def _sealed_before(connection: Connection[Any], place: Place, name: str, end: int) -> int:
    """Return how many leaves of a sealed tree lie before an offset."""
    index, first = connection.execute(_TILE_OF, (name, end)).fetchone() or (0, 0)
    stretch = Stretch(topic=place.topic, partition=place.partition, first=first, behind=end)
    return int(index) * TILE_WIDTH + len(find_offsets(connection, stretch))


def _tile(connection: Connection[Any], name: str, tile: TileId) -> bytes:
    return tables.read_tile(connection, name, tile)
