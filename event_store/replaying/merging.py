"""The partitions of the record as one stream: each in its own order, between them by recorded time."""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from heapq import heapify, heappop, heappush
from typing import Any

import msgspec
from psycopg import AsyncConnection

from event_store.replay import Entry, Place, read_entries
from event_store.replaying.wanted import Wanted

PAGE = 500
"""Entries of each partition that are in memory at most."""


class Leg(msgspec.Struct, frozen=True):
    """The offsets of a partition that are played, from `start` up to, not including, `end`."""

    start: int
    end: int


Head = tuple[datetime, int, int, Entry]


async def merged(connection: AsyncConnection[Any], legs: Mapping[Place, Leg], wanted: Wanted) -> AsyncIterator[Entry]:
    """Yield the wanted records of every leg; of those that are next in their partition the one recorded first."""
    streams = {place: _stream(connection, place, leg, wanted) for place, leg in legs.items()}
    heads = [head for stream in streams.values() if (head := await _head(stream)) is not None]
    heapify(heads)
    while heads:
        *_, entry = heappop(heads)
        yield entry
        if (head := await _head(streams[Place(entry.topic, entry.partition)])) is not None:
            heappush(heads, head)


async def _head(stream: AsyncIterator[Entry]) -> Head | None:
    entry = await anext(stream, None)
    return None if entry is None else (entry.recorded_at, entry.partition, entry.offset, entry)


async def _stream(connection: AsyncConnection[Any], place: Place, leg: Leg, wanted: Wanted) -> AsyncIterator[Entry]:
    start = leg.start
    while start < leg.end:
        entries = await read_entries(
            connection, place, start=start, end=leg.end, limit=PAGE, types=wanted.types, store=wanted.store
        )
        for entry in entries:
            if wanted.has(entry):
                yield entry
        if len(entries) < PAGE:
            return
        start = entries[-1].offset + 1
