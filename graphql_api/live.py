"""Following a store's facts as they are projected: without gap, without repetition, at the reader's own pace."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Collection, Iterator
from contextlib import aclosing, asynccontextmanager, contextmanager
from functools import partial
from time import monotonic

from sqlalchemy.ext.asyncio import AsyncConnection

from event_store.envelope import Position
from event_store.log_ends import LogEnds
from event_store.partitions import partition_of
from graphql_api.announcements import Announcements, Place
from graphql_api.errors import TooManySubscriptions, UnusableArgument, token
from graphql_api.feeds import Feed, LiveFact
from graphql_api.patience import until_it_works
from graphql_api.snapshots import Database
from graphql_api.tokens import EVERY_ORGANISATION, Claims
from projections.facts import Facts, find_facts
from projections.positions import Reached, find_reached, taken_of
from projections.read_models.stores import Store, find_store
from projections.scope import StoreKey

PAGE = 100
"""Facts that one subscriber who is behind has in memory at most."""

MOST_SUBSCRIBERS = 500
FRESH_FOR_S = 5.0
"""So long a store's layout is taken for the one in force when its facts are told."""

READER = Claims(name="live", organisations=frozenset({EVERY_ORGANISATION}), permissions=frozenset())
"""Reads each partition once for all; who follows is asked for their permission before, and gets their store's only."""


class LiveFacts:
    """Tells each subscriber the facts of their store from where they are on.

    All who have caught up are served from one feed for each partition. Who is behind reads the ledger until they are
    not. The database has connections of its own, so nobody who follows takes one from those who ask.
    """

    def __init__(
        self, database: Database, announcements: Announcements, log_ends: LogEnds, topic: str, partitions: int
    ) -> None:
        self._database = database
        self._announcements = announcements
        self._log_ends = log_ends
        self._topic = topic
        self._partitions = partitions
        self._feeds: dict[Place, Feed] = {}
        self._ending: set[asyncio.Task[None]] = set()
        self._turn = asyncio.Lock()
        self._reading = asyncio.Semaphore(database.connections)
        self._stores: dict[StoreKey, tuple[float, Store]] = {}
        self._looking = asyncio.Lock()
        self.subscribers = 0

    async def close(self) -> None:
        """Stop every feed; returns once all have ended."""
        for place in list(self._feeds):
            self._end(place)
        if self._ending:
            await asyncio.wait(self._ending)

    async def follow(
        self, store: StoreKey, claims: Claims, *, after: Position | None = None, types: Collection[str] = ()
    ) -> AsyncGenerator[LiveFact]:
        """Yield a store's facts after a position, or from now on; all of them, or only those of some classes' names.

        Raises `UnusableArgument` for a position that is another store's or that nothing has yet.
        """
        place = self._place_of(store)
        with self.counted():
            start = None if after is None else await self._start(place, after)
            async with (
                self.feed_of(store) as feed,
                aclosing(self._facts(feed, store, claims, place, feed.next if start is None else start)) as facts,
            ):
                async for fact in facts:
                    if not types or _class_of(fact) in types:
                        yield fact

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Count one more subscriber for as long as they follow; refuses too many."""
        if self.subscribers >= MOST_SUBSCRIBERS:
            raise TooManySubscriptions(MOST_SUBSCRIBERS)
        self.subscribers += 1
        try:
            yield
        finally:
            self.subscribers -= 1

    async def store(self, store: StoreKey) -> Store | None:
        """Return a store as its layout of about now describes it; it is looked at once for all who follow it."""
        if (known := self._known(store)) is not None:
            return known
        async with self._looking:
            if (known := self._known(store)) is not None:
                return known
            found = await until_it_works(partial(self._look, store))
            if found is not None:
                self._stores[store] = (monotonic(), found)
            return found

    @asynccontextmanager
    async def reading(self, claims: Claims) -> AsyncIterator[AsyncConnection]:
        """Begin a transaction on one of the connections for those who follow; wait for it as long as it takes."""
        async with self._reading, self._database.reading(claims) as connection:
            yield connection

    def _known(self, store: StoreKey) -> Store | None:
        at, found = self._stores.get(store, (float("-inf"), None))
        return found if monotonic() - at <= FRESH_FOR_S else None

    async def _look(self, store: StoreKey) -> Store | None:
        async with self.reading(READER) as connection:
            return await find_store(connection, store)

    async def _facts(
        self, feed: Feed, store: StoreKey, claims: Claims, place: Place, start: int
    ) -> AsyncGenerator[LiveFact]:
        while True:
            changed, end = feed.changed, feed.next
            if start < feed.first:
                found = await until_it_works(partial(self._read_store, store, claims, place, start))
                facts, end = [LiveFact(each) for each in found.facts], found.next_offset
            else:
                facts = [each for each in feed.since(start) if each.store == store]
            for fact in facts:
                yield fact
            if end <= start:
                await changed.wait()
            start = max(start, end)

    def _place_of(self, store: StoreKey) -> Place:
        return self._topic, partition_of(f"{store.organisation}/{store.store}", self._partitions)

    @asynccontextmanager
    async def feed_of(self, store: StoreKey) -> AsyncIterator[Feed]:
        """Follow the partition of a store, from now on or together with others."""
        place = self._place_of(store)
        async with self._turn:
            feed = self._feeds.get(place)
            if feed is None:
                reached = await until_it_works(partial(self._reached, place))
                start = reached.next_offset if reached else 0
                feed = self._feeds[place] = Feed(place, start, self._read, self._announcements)
            feed.followers += 1
        try:
            yield feed
        finally:
            feed.followers -= 1
            if not feed.followers and self._feeds.get(place) is feed:
                self._end(place)

    def _end(self, place: Place) -> None:
        """Let a feed end by itself: giving up its question to PostgreSQL a second time would cost the connection."""
        ending = asyncio.create_task(self._feeds.pop(place).close())
        self._ending.add(ending)
        ending.add_done_callback(self._ending.discard)

    async def _start(self, place: Place, after: Position) -> int:
        topic, partition = place
        if (after.topic, after.partition) != place:
            raise UnusableArgument(f"the position is of another store; this one's begin with {topic}/{partition}/")
        reached = await until_it_works(partial(self._reached, place))
        if reached is None or after.offset >= reached.next_offset:
            ends = await self._log_ends.find(taken_of([reached] if reached else []))
            end = reached.log_end if reached else 0
            if after.offset >= (end if ends is None else max(end, ends.offsets.get(partition, 0))):
                raise UnusableArgument(
                    f"{token(after)} is beyond the end of the record; leave `after` out to follow from now on"
                )
        return after.offset + 1

    async def _reached(self, place: Place) -> Reached | None:
        async with self.reading(READER) as connection:
            found = await find_reached(connection, *place)
        return found[0] if found else None

    async def _read(self, place: Place, start: int) -> Facts:
        async with self.reading(READER) as connection:
            return await find_facts(connection, None, place, start, PAGE)

    async def _read_store(self, store: StoreKey, claims: Claims, place: Place, start: int) -> Facts:
        async with self.reading(claims) as connection:
            return await find_facts(connection, store, place, start, PAGE)


def _class_of(fact: LiveFact) -> str:
    """Return the name in `shopfloor.<Name>.v<major>`."""
    return fact.fact.type.split(".")[1]
