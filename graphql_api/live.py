"""Following a store's facts as they are projected: without gap, without repetition, at the reader's own pace."""

import asyncio
from collections.abc import AsyncIterator, Collection
from time import monotonic

from event_store.envelope import Position
from event_store.partitions import partition_of
from graphql_api.announcements import Announcements
from graphql_api.errors import TooManySubscriptions, UnusableArgument
from graphql_api.snapshots import Database
from graphql_api.tokens import Claims
from projections.facts import Fact, Facts, find_facts
from projections.positions import find_reached
from projections.scope import StoreKey

PAGE = 100
"""Facts that one subscriber has in memory at most: who reads slowly is read for slowly, and misses nothing."""

MOST_SUBSCRIBERS = 500
CLOSING_S = 2.0


class LiveFacts:
    """Reads the ledger on for each subscriber from where they are, whenever the projector announces more."""

    def __init__(self, database: Database, announcements: Announcements, topic: str, partitions: int) -> None:
        self._database = database
        self._announcements = announcements
        self._topic = topic
        self._partitions = partitions
        self._closing = False
        self.subscribers = 0

    async def close(self) -> None:
        """Complete every subscription, so that clients resume elsewhere; returns once they have ended."""
        self._closing = True
        deadline = monotonic() + CLOSING_S
        while self.subscribers and monotonic() < deadline:
            self._announcements.wake_all()
            await asyncio.sleep(0.01)

    async def follow(
        self, store: StoreKey, claims: Claims, *, after: Position | None = None, types: Collection[str] = ()
    ) -> AsyncIterator[Fact]:
        """Yield a store's facts after a position, or from now on, until the server closes; all types, or only some."""
        place = (self._topic, partition_of(f"{store.organisation}/{store.store}", self._partitions))
        if after is not None and (after.topic, after.partition) != place:
            raise UnusableArgument(f"the position is of another store; this one's begin with {place[0]}/{place[1]}/")
        if self.subscribers >= MOST_SUBSCRIBERS:
            raise TooManySubscriptions(MOST_SUBSCRIBERS)
        self.subscribers += 1
        try:
            start = await self._now(place, claims) if after is None else after.offset + 1
            while not self._closing:
                moved = self._announcements.moved(*place)
                found = await self._read(store, claims, place, start)
                for fact in found.facts:
                    if not types or fact.type in types:
                        yield fact
                if found.next_offset == start:
                    await moved.wait()
                start = found.next_offset
        finally:
            self.subscribers -= 1

    async def _now(self, place: tuple[str, int], claims: Claims) -> int:
        async with self._database.reading(claims) as connection:
            reached = await find_reached(connection, *place)
        return reached[0].next_offset if reached else 0

    async def _read(self, store: StoreKey, claims: Claims, place: tuple[str, int], start: int) -> Facts:
        async with self._database.reading(claims) as connection:
            return await find_facts(connection, store, place, start, PAGE)
