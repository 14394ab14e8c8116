"""Asking PostgreSQL again where it does not answer: whoever follows the record waits, and is not sent away."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog
from sqlalchemy.exc import TimeoutError as PoolTimeout

from event_store.database import is_outage
from graphql_api.errors import Unavailable

T = TypeVar("T")
log = structlog.get_logger(__name__)

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.1, 5.0
PASSING = (Unavailable, PoolTimeout, TimeoutError)


async def until_it_works(ask: Callable[[], Awaitable[T]]) -> T:
    """Ask until PostgreSQL answers, after a longer pause each time."""
    pause_s = FIRST_PAUSE_S
    while True:
        try:
            return await ask()
        except Exception as problem:
            if not (isinstance(problem, PASSING) or is_outage(problem)):
                raise
            log.warning("facts cannot be read", problem=" ".join(str(problem).split())[:200])
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
