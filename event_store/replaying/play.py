"""A replay from its beginning, or from where an earlier run of it was cut off, to its end."""

import secrets
from collections.abc import AsyncIterator, Callable
from time import monotonic
from typing import Any, Protocol

import msgspec
from psycopg import AsyncConnection, Connection

from event_store.replay import Entry
from event_store.replaying.merging import Leg, merged
from event_store.replaying.pace import Pace
from event_store.replaying.state import Standing, StateFile
from event_store.replaying.target import Target
from event_store.replaying.wanted import Wanted
from event_store.spans import Stretch, find_ends, find_partitions

AT_ONCE = 500
"""Records that are played between two notes of where the replay stands, at most."""
NOTED_EVERY_S = 1.0
PROMPT_S = 0.05
"""Who waits longer than this for the next record has seen the ones before it."""


class Outlet(Protocol):
    """Where records go; what was put is safe after `flush`, which returns how far a topic is known by now."""

    async def put(self, entry: Entry) -> None:
        """Take a record."""

    async def flush(self) -> dict[int, int]:
        """Make safe what was put."""


Watch = Callable[[Entry, int, Standing], None]
"""Told after each step the last record, how many were played in all, and where the replay stands."""


def begin(connection: Connection[Any], topic: str, wanted: Wanted) -> Standing:
    """Return a replay of all that the ledger has now of what is wanted."""
    legs = {}
    for partition in find_partitions(connection, topic):
        stretch = Stretch(topic=topic, partition=partition, start=wanted.start, end=wanted.end)
        first, last = find_ends(connection, stretch)
        if first is not None and last is not None:
            legs[partition] = Leg(first, last + 1)
    return Standing(run=secrets.token_hex(8), topic=topic, legs=legs)


async def resume_in_topic(target: Target, standing: Standing, partitions: int) -> Standing:
    """Return where a replay into a topic really stands, which the topic itself tells."""
    since = {number: standing.scanned.get(number, 0) for number in range(partitions)}
    played, scanned, count = await target.find_played(since)
    legs = {number: Leg(max(leg.start, played.get(number, 0)), leg.end) for number, leg in standing.legs.items()}
    return msgspec.structs.replace(standing, legs=legs, scanned=scanned, played=standing.played + count)


class Play:
    """Plays a replay on: records out, and now and then a note of where it stands."""

    def __init__(self, standing: Standing, state: StateFile, outlet: Outlet, watch: Watch, pace: Pace | None) -> None:
        self._standing = standing
        self._state = state
        self._outlet = outlet
        self._watch = watch
        self._pace = pace
        self._pending: list[Entry] = []

    async def run(self, connection: AsyncConnection[Any], wanted: Wanted) -> Standing:
        """Play to the end; return where it stands then."""
        self._state.write(self._standing)
        noted = monotonic()
        records: AsyncIterator[Entry] = merged(connection, self._standing.places(), wanted)
        async for entry in records:
            if self._pace is not None:
                if self._pace.left(entry.recorded_at) > PROMPT_S:
                    await self._note()
                await self._pace.wait_for(entry.recorded_at)
            await self._outlet.put(entry)
            self._pending.append(entry)
            if len(self._pending) >= AT_ONCE or monotonic() - noted > NOTED_EVERY_S:
                await self._note()
                noted = monotonic()
        await self._note()
        return self._standing

    async def _note(self) -> None:
        following = await self._outlet.flush()
        if not self._pending:
            return
        before = self._standing
        legs = dict(before.legs)
        for entry in self._pending:
            legs[entry.partition] = Leg(entry.offset + 1, legs[entry.partition].end)
        self._standing = msgspec.structs.replace(
            before,
            legs=legs,
            played=before.played + len(self._pending),
            scanned=before.scanned | following,
        )
        self._state.write(self._standing)
        self._watch(self._pending[-1], self._standing.played, self._standing)
        self._pending.clear()
