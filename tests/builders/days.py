"""A database that has taken some stores' long days, for tests that only read it."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from projections.catalogue import READ_MODELS
from tests.builders.amended_days import amended_day
from tests.builders.histories import long_day
from tests.builders.logs import RECORDED_MS, Log
from tests.builders.own_services import own_database
from tests.builders.tallies import Takings


def recorded_time(offset: int) -> datetime:
    """Return when the record at an offset of any partition was recorded."""
    return datetime.fromtimestamp(RECORDED_MS / 1000, UTC) + offset * timedelta(milliseconds=40)


def three_days() -> list[Log]:
    """Return the logs of three stores' days, of different length; of the last much is amended."""
    return [long_day("acme/ginza-3"), long_day("acme/oslo-1", seed=4), amended_day(seed=8, store="other/shop")]


@contextmanager
def taken(postgres: str, template: str, logs: Sequence[Log], batch: int = 61) -> Iterator[str]:
    """Yield a database whose ledger and read models hold logs."""

    async def take(database: str) -> None:
        for log in logs:
            takings = Takings(database, READ_MODELS)
            await takings.take(log, batch)
            await takings.close()

    with own_database(postgres, template) as database:
        asyncio.run(take(database))
        yield database
