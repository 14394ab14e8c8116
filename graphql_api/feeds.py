"""One reader for each partition of the record: whatever is projected is read once, for all who follow it."""

import asyncio
from bisect import bisect_left
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import cached_property
from typing import Any, TypeVar

import structlog

from event_store.envelope import Position, RecordedEvent
from event_store.serialization import decode
from graphql_api.announcements import Announcements, Place
from graphql_api.patience import until_it_works
from projections.facts import Fact, Facts
from projections.scope import StoreKey

log = structlog.get_logger(__name__)

KEPT = 1_000
"""Facts of a partition that are in memory at least; who is further behind reads the ledger until they are not."""

TOGETHER_S = 1.0
T = TypeVar("T")


class LiveFact:
    """A fact that is told to many: it is read from its bytes once."""

    def __init__(self, fact: Fact) -> None:
        self.fact = fact
        self.store = StoreKey(fact.organisation, fact.store)
        self.offset = fact.offset
        self._shaped: Any = None

    @cached_property
    def recorded(self) -> RecordedEvent:
        """The fact with its envelope and its place."""
        fact = self.fact
        position = Position(topic=fact.topic, partition=fact.partition, offset=fact.offset)
        return RecordedEvent(position=position, recorded_at=fact.recorded_at, envelope=decode(fact.value))

    def told(self, shape: Callable[[RecordedEvent], T]) -> T:
        """Return what all are given who are told it within a second, shaped for the first of them."""
        if self._shaped is None:
            self._shaped = shape(self.recorded)
            asyncio.get_running_loop().call_later(TOGETHER_S, self._forget)
        shaped: T = self._shaped
        return shaped

    def _forget(self) -> None:
        self._shaped = None


Read = Callable[[Place, int], Awaitable[Facts]]
"""Returns the applied facts of a partition from an offset on."""


class Feed:
    """The newest facts of one partition, for as long as somebody follows it."""

    def __init__(self, place: Place, start: int, read: Read, announcements: Announcements) -> None:
        self._place = place
        self._read = read
        self._announcements = announcements
        self._facts: list[LiveFact] = []
        self.first = start
        """From this offset on every applied fact is in memory, up to `next`."""
        self.next = start
        self.changed = asyncio.Event()
        """Set, and another put in its place, when there are more facts."""
        self.followers = 0
        self._task = asyncio.create_task(self._run())

    def since(self, offset: int) -> Sequence[LiveFact]:
        """Return the facts in memory from an offset on."""
        return self._facts[bisect_left(self._facts, offset, key=lambda each: each.offset) :]

    async def close(self) -> None:
        """Stop reading."""
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task

    async def _run(self) -> None:
        while True:
            moved = self._announcements.moved(*self._place)
            found = await until_it_works(lambda: self._read(self._place, self.next))
            if found.next_offset == self.next:
                await moved.wait()
            else:
                self._take(found)

    def _take(self, found: Facts) -> None:
        self._facts += map(LiveFact, found.facts)
        if len(self._facts) > 2 * KEPT:
            del self._facts[:-KEPT]
            self.first = self._facts[0].offset
        self.next = found.next_offset
        changed, self.changed = self.changed, asyncio.Event()
        changed.set()
