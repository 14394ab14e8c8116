"""How far behind the log's end a projector is, looked up beside its batches: what is not known is told as such."""

import asyncio
from collections.abc import Mapping
from typing import Any

import psycopg

from event_store.database import connect
from event_store.errors import ShopfloorError
from event_store.log_ends import LogEnds
from projections.tables.read_model import PROJECTOR_ROLE
from projections.taking.metrics import Metrics
from projections.taking.projector import Projector

EVERY_S = 5.0
PATIENCE_S = 5.0
OPEN_LETTERS = "SELECT count(*) FROM record.dead_letters WHERE resolved IS NULL AND reason <> 'parked'"


async def watch_lag(projector: Projector, ends: LogEnds, database: str, metrics: Metrics) -> None:
    """Tell the metrics every few seconds, until cancelled."""
    try:
        while True:
            await look(projector, ends, database, metrics)
            await asyncio.sleep(EVERY_S)
    finally:
        await ends.close()


async def look(projector: Projector, ends: LogEnds, database: str, metrics: Metrics) -> None:
    """Tell the metrics once: how far behind it is by then, for it goes on while Kafka is asked."""
    found = await ends.find_at_rest(lambda: _taken(projector))
    metrics.behind(_taken(projector), None if found is None else found.offsets)
    metrics.letters_open(await _open_letters(database))


def _taken(projector: Projector) -> Mapping[int, int]:
    offsets = {number: projector.next_offset(number) for number in projector.owned()}
    return {number: offset for number, offset in offsets.items() if offset is not None}


async def _open_letters(database: str) -> int | None:
    """Return how many dead letters nobody decided about; None where PostgreSQL does not say."""
    try:
        async with asyncio.timeout(PATIENCE_S), await connect(database, PROJECTOR_ROLE) as connection:
            row: Any = await (await connection.execute(OPEN_LETTERS)).fetchone()
    except (psycopg.Error, ShopfloorError, TimeoutError):
        return None
    return int(row[0])
