"""Stores as they are now, for those who follow them: each again when something of it was recorded."""

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from time import monotonic

from graphql_api.feeds import Feed
from graphql_api.live import LiveFacts
from graphql_api.shared_answers import Answers
from projections.read_models.stores import Store
from projections.scope import StoreKey

AT_MOST_EVERY_S = 1.0
AT_LEAST_EVERY_S = 60.0
"""Days end and people are missed without a fact that says so."""


class Moment:
    """A store at one moment, with the answers that all who follow it share."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.answers = Answers()
        self._at = monotonic()

    @property
    def is_now(self) -> bool:
        """Whether who begins to follow may be told of it."""
        return monotonic() - self._at < AT_MOST_EVERY_S


class Follower:
    """Who follows some stores; of each only the last moment waits, however slowly they read."""

    def __init__(self) -> None:
        self._waiting: dict[StoreKey, Moment] = {}
        self._news = asyncio.Event()

    def take(self, moment: Moment) -> None:
        """Let a moment wait."""
        self._waiting[moment.store.key] = moment
        self._news.set()

    async def next(self) -> Moment:
        """Return what waits, the store that has waited longest first."""
        while not self._waiting:
            self._news.clear()
            await self._news.wait()
        return self._waiting.pop(next(iter(self._waiting)))


class _Watch:
    """One store that is followed."""

    def __init__(self, key: StoreKey, live: LiveFacts, feed: Feed) -> None:
        self._key = key
        self._live = live
        self._feed = feed
        self._moment: Moment | None = None
        self.followers: set[Follower] = set()
        self._task = asyncio.create_task(self._run(feed.next))

    async def add(self, follower: Follower) -> None:
        """Tell a follower of the store as it is, and from then on whenever it changes."""
        self.followers.add(follower)
        if self._moment is None or not self._moment.is_now:
            self._moment = await self._make()
        if self._moment is not None:
            follower.take(self._moment)

    async def close(self) -> None:
        """Stop looking."""
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task

    async def _run(self, start: int) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(AT_LEAST_EVERY_S):
                    start = await self._change(start)
            if (moment := await self._make()) is not None:
                self._moment = moment
                for each in self.followers:
                    each.take(moment)
            await asyncio.sleep(AT_MOST_EVERY_S)

    async def _change(self, start: int) -> int:
        """Wait for a fact of the store behind an offset; return the offset behind all facts of now."""
        while True:
            changed, end = self._feed.changed, self._feed.next
            is_behind = start < self._feed.first
            if is_behind or any(each.store == self._key for each in self._feed.since(start)):
                return end
            start = end
            await changed.wait()

    async def _make(self) -> Moment | None:
        store = await self._live.store(self._key)
        return None if store is None else Moment(store)


class Changes:
    """Who follows which stores of one server; each store is looked after once."""

    def __init__(self, live: LiveFacts) -> None:
        self._live = live
        self._watches: dict[StoreKey, _Watch] = {}
        self._turn = asyncio.Lock()

    @asynccontextmanager
    async def follow(self, stores: Collection[StoreKey]) -> AsyncIterator[Follower]:
        """Follow some stores, which the caller may see."""
        follower = Follower()
        async with AsyncExitStack() as until_end:
            until_end.enter_context(self._live.counted())
            for each in dict.fromkeys(stores):
                await until_end.enter_async_context(self._watched(each, follower))
            yield follower

    @asynccontextmanager
    async def _watched(self, key: StoreKey, follower: Follower) -> AsyncIterator[None]:
        async with self._live.feed_of(key) as feed:
            watch = self._watches.get(key)
            if watch is None:
                watch = self._watches[key] = _Watch(key, self._live, feed)
            try:
                await watch.add(follower)
                yield
            finally:
                watch.followers.discard(follower)
                if not watch.followers and self._watches.get(key) is watch:
                    del self._watches[key]
                    await watch.close()
