"""Read models filled from the ledger: in one pass, in batches of any size, of one store only."""

from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from typing import Any

import msgspec
import psycopg
import pytest
from psycopg import AsyncConnection
from structlog.testing import capture_logs

from event_store.database import connect
from event_store.replay import Place
from event_store.rereading import read_again
from event_store.serialization import encode
from projections.catalogue import READ_MODELS
from projections.folding import rows
from projections.rebuilding import filling
from projections.rebuilding.filling import Filling, Stretch, refill_store
from projections.tables.builds import create_build, current_tables
from projections.tables.model_table import Digest, ModelTable
from projections.tables.read_model import PROJECTOR_ROLE
from tests.builders.days import taken
from tests.builders.facts import came
from tests.builders.histories import long_day
from tests.builders.logs import TOPIC, Log
from tests.builders.records import envelope
from tests.builders.tallies import Takings

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


NO_DATES = ["0001-01-01T00:00:00.000Z", "0001-01-01T00:00:00.000+14:00", "9999-12-31T23:59:59.000-14:00"]


@pytest.mark.parametrize("moment", NO_DATES)
async def test_a_fact_that_an_older_version_took_at_no_date_is_named_and_left_out(emptied: str, moment: str) -> None:
    log, takings = Log().add(came("ann"), came("bob"), came("eve")), Takings(emptied)
    await takings.take(log)
    await takings.close()
    date_anew(emptied, 1, moment)
    whole = Stretch(place=Place(TOPIC, log.partition), start=0, end=log.end)
    visits = next(each for each in READ_MODELS if each.name == "visits")

    async with await connect(emptied, PROJECTOR_ROLE) as connection, connection.transaction(force_rollback=True):
        table = await create_build(connection, visits, 97)
        with capture_logs() as said:
            assert await Filling([table]).fill(connection, whole) == 3
        found = await connection.execute(f"SELECT visit_id FROM {table.name.as_string()} ORDER BY 1")  # noqa: S608
        seen = [name for (name,) in await found.fetchall()]

    assert seen == ["ann", "eve"]
    (told,) = said
    assert told["position"] == f"{TOPIC}/{log.partition}/1"
    assert "is not in the years 2 to 9998 of UTC" in told["problem"]


def date_anew(database: str, offset: int, moment: str) -> None:
    """Let the ledger hold what only an older version has taken."""
    dated = """regexp_replace(convert_from(value, 'UTF8'), '"time":"[^"]+"', '"time":"' || %s || '"')"""
    statement = f"UPDATE record.ledger SET value = convert_to({dated}, 'UTF8') WHERE \"offset\" = %s"  # noqa: S608
    with psycopg.connect(database) as connection:
        assert connection.execute(statement, (moment, offset)).rowcount == 1


def test_times_that_are_dates_are_read_again_however_they_look() -> None:
    for moment in ("0003-01-01T00:00:00Z", "9997-01-01T00:00:00Z", "0009-06-01T00:00:00+14:00"):
        first = envelope(came("ann", datetime.fromisoformat(moment)), 1)
        assert read_again("shopfloor.ShopperEntered.v1", encode(first)).event.time == first.event.time
