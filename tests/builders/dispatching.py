"""A shop whose facts are dispatched to subscribers, in this process."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from psycopg import AsyncConnection

from event_store.database import connect
from event_store.erasure.masters import Masters
from event_store.topics import EVENTS
from event_store.webhooks import Reach
from projections.webhooks.dispatcher import Job, dispatch
from projections.webhooks.metrics import Metrics
from projections.webhooks.subscriptions import ROLE, Wanted, create
from tests.builders.projected import Shop
from tests.builders.subscribers import Subscriber

PATIENCE_S = 30.0


class Dispatching:
    """A database with a shop, its subscriptions and dispatchers."""

    def __init__(self, database: str, shop: Shop, folder: Path) -> None:
        self.database, self.shop = database, shop
        self.masters = Masters(folder / "webhooks")
        self.job = Job(database=database, topic=EVENTS, masters=self.masters, reach=Reach(loopback=True))

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[AsyncConnection[Any]]:
        async with await connect(self.database, ROLE) as connection:
            yield connection

    async def subscribe(
        self,
        subscriber: Subscriber,
        address: str,
        types: Sequence[str] | None = None,
        stores: Sequence[str] | None = None,
    ) -> str:
        wanted = Wanted(organisation="acme", stores=stores, types=types, address=address)
        async with self.connection() as connection:
            name, subscriber.secret = await create(connection, self.masters, EVENTS, wanted, self.job.reach)
        return name

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run a dispatcher beside the block."""
        stop = asyncio.Event()
        task = asyncio.create_task(dispatch(self.job, Metrics(), stop))
        try:
            yield
        finally:
            stop.set()
            await task

    async def value(self, text: str, *values: object) -> Any:
        async with self.connection() as connection:
            row = await (await connection.execute(text, values)).fetchone()
        return row and row[0]

    async def change(self, text: str, *values: object) -> None:
        async with self.connection() as connection:
            await connection.execute(text, values)


async def until(holds: Callable[[], object]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(PATIENCE_S):
        while not holds():  # noqa: ASYNC110  # what is waited for is a thread's
            await asyncio.sleep(0.01)
