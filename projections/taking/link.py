"""A connection to PostgreSQL that waits while there is none, or while what it needs from the archive is away."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import structlog
from psycopg import AsyncConnection

from event_store.archive.errors import ArchivedPartMissing, HistoryMoved, UnusableArchive
from event_store.database import connect, is_outage
from projections.tables.read_model import PROJECTOR_ROLE

log = structlog.get_logger(__name__)

LONGEST_WAIT_S = 5.0
MOST_PREPARED = 200
"""A batch's statement names the tables that it changes, so there are some dozens of them."""

PLANS = "-c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off"
"""A statement is planned once, perhaps while its tables are empty: rows are always looked for by their keys."""

T = TypeVar("T")
Work = Callable[[AsyncConnection[Any]], Awaitable[T]]

AWAY = (UnusableArchive, ArchivedPartMissing, HistoryMoved)
"""Archived records cannot be read now, which an amendment of old facts needs: the same, and another one to wait for."""


async def _nothing(_: AsyncConnection[Any]) -> None:
    return


class Link:
    """One connection in the projector's role, opened again, with longer and longer waits, whenever it is lost."""

    def __init__(self, url: str, opened: Work[None] = _nothing) -> None:
        self._url = url
        self._opened = opened
        self._connection: AsyncConnection[Any] | None = None

    async def run(self, work: Work[T]) -> T:
        """Do work, from its beginning again after each loss; `opened` is done first on each new connection."""
        wait_s = 0.1
        while True:
            try:
                if self._connection is None:
                    self._connection = await connect(self._url, PROJECTOR_ROLE, PLANS)
                    self._connection.prepare_threshold = 1  # planning a batch's statement costs as much as running it
                    self._connection.prepared_max = MOST_PREPARED
                    await self._opened(self._connection)
                return await work(self._connection)
            except AWAY as problem:
                await self._wait("waiting for the archive", problem, wait_s)
            except Exception as problem:
                if not is_outage(problem):
                    raise
                await self._wait("waiting for PostgreSQL", problem, wait_s)
            wait_s = min(2 * wait_s, LONGEST_WAIT_S)

    async def _wait(self, what: str, problem: Exception, wait_s: float) -> None:
        log.warning(what, problem=" ".join(str(problem).split()))
        await self.close()
        await asyncio.sleep(wait_s)

    async def close(self) -> None:
        """Give the connection back."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()
