"""Read models filled from the ledger: in one pass, in batches of any size, of one store only."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import msgspec
import pytest
from psycopg import AsyncConnection

from event_store.database import connect
from event_store.replay import Place
from projections.catalogue import READ_MODELS
from projections.folding import rows
from projections.rebuilding import filling
from projections.rebuilding.filling import Filling, Stretch, refill_store
from projections.tables.builds import create_build, current_tables
from projections.tables.model_table import Digest, ModelTable
from projections.tables.read_model import PROJECTOR_ROLE
from tests.builders.days import taken
from tests.builders.histories import long_day
from tests.builders.logs import TOPIC

DAYS = [long_day("acme/ginza-3"), long_day("acme/oslo-1", seed=4)]


@pytest.fixture(scope="module")
def days(postgres: str, migrated_template: str) -> Iterator[str]:
    """A database that has taken two stores' long days."""
    with taken(postgres, migrated_template, DAYS, batch=100) as database:
        yield database


@pytest.fixture
async def connection(days: str) -> AsyncIterator[AsyncConnection[Any]]:
    async with await connect(days, PROJECTOR_ROLE) as connection:
        yield connection


async def digests(connection: AsyncConnection[Any], tables: list[ModelTable]) -> dict[str, Digest]:
    async with connection.transaction():
        return {table.projection.name: await table.digest(connection) for table in tables}


@pytest.mark.parametrize(("batch", "remembered"), [(10_000, 200_000), (7, 200_000), (7, 3)])
async def test_a_filling_in_batches_of_any_size_that_forgets_or_not_comes_to_the_live_rows(
    connection: AsyncConnection[Any], monkeypatch: pytest.MonkeyPatch, batch: int, remembered: int
) -> None:
    monkeypatch.setattr(filling, "BATCH", batch)
    monkeypatch.setattr(rows, "MOST_FRESH_ROWS", remembered)
    tables = [await create_build(connection, each, 99) for each in READ_MODELS]

    for log in DAYS:
        taken = await Filling(tables).fill(connection, Stretch(place=Place(TOPIC, log.partition), start=0, end=log.end))
        assert taken == log.end

    live = await current_tables(connection, READ_MODELS)
    assert await digests(connection, tables) == await digests(connection, live)


async def test_a_filling_of_some_reads_their_facts_only(connection: AsyncConnection[Any]) -> None:
    lines = next(each for each in READ_MODELS if each.name == "lines")
    log = DAYS[0]
    everything = Stretch(place=Place(TOPIC, log.partition), start=0, end=log.end)

    taken = await Filling([await create_build(connection, lines, 98)]).fill(connection, everything)

    assert 0 < taken < log.end / 2


async def test_one_store_is_folded_again_in_the_transaction_of_whoever_asks(connection: AsyncConnection[Any]) -> None:
    tables = await current_tables(connection, READ_MODELS)
    log = DAYS[1]
    whole = Stretch(place=Place(TOPIC, log.partition), start=0, end=log.end, store=("acme", "oslo-1"))
    before = await digests(connection, tables)

    async with connection.transaction(force_rollback=True):
        await refill_store(connection, tables, msgspec.structs.replace(whole, end=10))
        assert await digests(connection, tables) != before
    assert await digests(connection, tables) == before

    async with connection.transaction():
        for table in tables:
            await connection.execute(f"DELETE FROM {table.name.as_string()} WHERE store = 'oslo-1'")  # noqa: S608
        await refill_store(connection, tables, whole)
    assert await digests(connection, tables) == before
