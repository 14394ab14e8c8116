"""Waiting for Kafka and PostgreSQL to be there: so long at the start, without end later; for the archive always."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from time import monotonic
from typing import Any, TypeVar

import structlog

from event_store.errors import BrokerRefuses, Unreachable
from projections.taking.link import AWAY, LONGEST_WAIT_S

log = structlog.get_logger(__name__)

RETRY_S = 0.5

T = TypeVar("T")


class Patience:
    """Waits before work that needs Kafka or PostgreSQL is tried again."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._deadline = monotonic() + seconds

    def is_endless(self) -> None:
        """Wait without end from now on: what began well goes on."""
        self._deadline = float("inf")

    async def after(self, problem: Unreachable) -> None:
        """Wait a little; raises the problem where waiting cannot help or has lasted long enough."""
        if isinstance(problem, BrokerRefuses) or monotonic() > self._deadline:
            raise problem
        log.warning("waiting", problem=str(problem))
        await asyncio.sleep(RETRY_S)

    async def until_done(self, work: Callable[[], Awaitable[T]]) -> T:
        """Do work, from its beginning again as long as it meets nobody, or cannot read what is archived."""
        wait_s = RETRY_S
        while True:
            try:
                return await work()
            except Unreachable as problem:
                await self.after(problem)
            except AWAY as problem:
                log.warning("waiting for the archive", problem=str(problem))
                await asyncio.sleep(wait_s)
                wait_s = min(2 * wait_s, LONGEST_WAIT_S)
                self._deadline = max(self._deadline, monotonic() + self._seconds)


async def unless(stop: asyncio.Event, work: Coroutine[Any, Any, T]) -> T | None:
    """Return what work gives; None where `stop` was set before, and it was cut off."""
    working, ending = asyncio.create_task(work), asyncio.create_task(stop.wait())
    try:
        await asyncio.wait([working, ending], return_when=asyncio.FIRST_COMPLETED)
        return working.result() if working.done() else None
    finally:
        for task in (working, ending):
            task.cancel()
        await asyncio.gather(working, ending, return_exceptions=True)
