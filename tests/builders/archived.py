"""A history whose only month has left the ledger, and waiting for what becomes of it."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from event_store.archive.archiving import Archiving
from event_store.archive.register import find_archive
from event_store.database import connect_blocking
from event_store.sealing import Sealer
from projections.tables.read_model import PROJECTOR_ROLE
from tests.builders.facts import crossed
from tests.builders.logs import TOPIC, Log
from tests.builders.months import KEY
from tests.builders.tallies import Takings


async def archived(takings: Takings, folder: Path) -> Log:
    """Take two crossings whose month then leaves the ledger; return the log."""
    log = Log().add(crossed("gate"), crossed("gate"))
    await takings.take(log)
    with connect_blocking(takings.database, PROJECTOR_ROLE) as connection:
        Sealer(connection, TOPIC, [KEY]).seal(1_000)
        with Archiving(connection, find_archive(connection, str(folder)), lambda _: None) as archiving:
            assert archiving.archive("2026-03") == 2
    return log


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not holds():  # noqa: ASYNC110  # the projector tries again now and then
            await asyncio.sleep(0.02)
