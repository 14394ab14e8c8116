"""Forgetting reaches every build that there is, whatever it is there for, in the transaction that forgets."""

from collections.abc import AsyncIterator
from typing import Any

import psycopg
import pytest
from psycopg import AsyncConnection

from event_store.database import connect
from event_store.replay import read_entries
from projections.catalogue import READ_MODELS
from projections.errors import NothingBefore
from projections.rebuilding import catching_up, filling
from projections.rebuilding.rebuild import Order, Told, go_back, rebuild
from projections.tables.builds import current_tables
from projections.tables.read_model import PROJECTOR_ROLE
from tests.builders.amending import corrected, fact_at
from tests.builders.facts import came
from tests.builders.forgetting import everything, forgotten, rebuilt, stay
from tests.builders.logs import Log
from tests.builders.records import MINUTE, NOON
from tests.builders.tallies import Takings, ask

pytestmark = pytest.mark.postgres

MODELS = [each for each in READ_MODELS if each.name in {"visits", "zones"}]


class Interrupted(Told):
    """Somebody presses Ctrl-C when so many records are done."""

    def __init__(self, after: int) -> None:
        self._left = after

    def advanced(self, records: int) -> None:
        self._left -= records
        if self._left <= 0:
            raise KeyboardInterrupt


@pytest.fixture
async def takings(projected_database: str) -> AsyncIterator[Takings]:
    takings = Takings(projected_database, READ_MODELS)
    yield takings
    await takings.close()


@pytest.fixture
async def connection(projected_database: str) -> AsyncIterator[AsyncConnection[Any]]:
    async with await connect(projected_database, PROJECTOR_ROLE) as connection:
        yield connection


@pytest.fixture
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filling, "BATCH", 2)
    monkeypatch.setattr(catching_up, "STEP", 2)


def count(takings: Takings, schema: str) -> int:
    (found,) = ask(takings.database, f"SELECT count(*)::int FROM {schema}.visits")  # noqa: S608
    return int(found)


async def demand_same_when_finished(takings: Takings, connection: AsyncConnection[Any]) -> None:
    """What was left goes on to the live rows, and names nobody of those either."""
    before = await current_tables(connection, MODELS)
    await rebuild(connection, MODELS)
    after = await current_tables(connection, MODELS)
    async with connection.transaction():
        digests = [[await table.digest(connection) for table in tables] for tables in (before, after)]
    assert [before[0].schema, after[0].schema] == ["visits_v3", "visits_v3_b2"]
    assert digests[0] == digests[1]
    assert "visit-1" not in everything(takings.database)


@pytest.mark.usefixtures("small_steps")
async def test_a_build_that_is_not_finished_forgets_too(takings: Takings, connection: AsyncConnection[Any]) -> None:
    log = Log().add(*stay("visit-1"), *stay("visit-2"))
    await takings.take(log)
    with pytest.raises(KeyboardInterrupt):
        await rebuild(connection, MODELS, told=Interrupted(after=4))
    assert count(takings, "visits_v3_b2") == 1

    await takings.take(log.add(forgotten("visit-1")))

    assert count(takings, "visits_v3_b2") == 1
    assert "visit-1" not in everything(takings.database)
    await demand_same_when_finished(takings, connection)


async def test_a_build_that_nobody_switched_to_forgets_too(takings: Takings, connection: AsyncConnection[Any]) -> None:
    log = Log().add(*stay("visit-1"), *stay("visit-2"))
    await takings.take(log)
    await rebuild(connection, MODELS, Order(switch=False))
    assert count(takings, "visits_v3_b2") == 2

    await takings.take(log.add(forgotten("visit-1")))

    assert "visit-1" not in everything(takings.database)
    await demand_same_when_finished(takings, connection)


@pytest.mark.usefixtures("small_steps")
@pytest.mark.parametrize("amended", [False, True])
async def test_a_build_never_names_who_was_forgotten_before_it_was_begun(
    takings: Takings, connection: AsyncConnection[Any], *, amended: bool
) -> None:
    log = Log().add(*stay("visit-1"), *stay("visit-2"))
    if amended:
        log.add(corrected(fact_at(log, 0), came("visit-1", NOON - MINUTE)))
    await takings.take(log.add(*stay("visit-3"), forgotten("visit-1")))
    named = []
    for after in range(2, log.end, 2):
        with pytest.raises(KeyboardInterrupt):
            await rebuild(connection, MODELS, Order(anew=True), Interrupted(after))
        named.append("visit-1" in everything(takings.database))

    assert named == [False] * len(named)
    await demand_same_when_finished(takings, connection)


@pytest.mark.usefixtures("small_steps")
@pytest.mark.parametrize("at", [1, 2, 3])
async def test_who_is_forgotten_while_a_build_is_filled_does_not_come_back(
    takings: Takings, connection: AsyncConnection[Any], monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    log, reads = Log().add(*stay("visit-1"), *stay("visit-2")), 0
    await takings.take(log)

    async def meanwhile(*args: Any, **more: Any) -> Any:
        nonlocal reads
        reads += 1
        if reads == at:
            await takings.take(log.add(forgotten("visit-1")))
        elif reads > at:
            assert "visit-1" not in everything(takings.database)
        return await read_entries(*args, **more)

    monkeypatch.setattr(filling, "read_entries", meanwhile)

    await demand_same_when_finished(takings, connection)


async def test_the_build_before_the_current_one_forgets_too(takings: Takings) -> None:
    log = Log().add(*stay("visit-1"))
    await takings.take(log)
    await rebuilt(takings.database)
    assert "visit-1" in everything(takings.database)

    await takings.take(log.add(forgotten("visit-1")))

    assert [count(takings, schema) for schema in ("visits_v3", "visits_v3_b2")] == [1, 1]
    assert "visit-1" not in everything(takings.database)


async def test_a_build_that_forgot_ahead_is_caught_up_to_the_same_rows(
    takings: Takings, connection: AsyncConnection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    coming, entering, leaving_zone, leaving = stay("visit-1")
    log = Log().add(coming, entering)
    await takings.take(log)
    await rebuilt(takings.database)
    await takings.take(log.add(leaving_zone, leaving, *stay("visit-2"), forgotten("visit-1")))
    monkeypatch.setattr(catching_up, "STEP", 2)

    left = await current_tables(connection, READ_MODELS)
    await go_back(connection, READ_MODELS)
    now = await current_tables(connection, READ_MODELS)

    async with connection.transaction():
        digests = [[await table.digest(connection) for table in tables] for tables in (left, now)]
    assert digests[0] == digests[1]
    assert "visit-1" not in everything(takings.database)


async def test_a_build_of_another_version_forgets_in_the_columns_that_it_says_name_somebody(
    takings: Takings, connection: AsyncConnection[Any]
) -> None:
    log = Log().add(*stay("visit-1"))
    await takings.take(log)
    await rebuild(connection, MODELS)
    await connection.execute("ALTER SCHEMA visits_v3 RENAME TO visits_v9")
    await connection.execute("ALTER TABLE visits_v9.visits RENAME visit_id TO guest")
    await connection.execute("""COMMENT ON TABLE visits_v9.visits IS '{"names":{"guest":"visit"}}'""")

    await takings.take(log.add(forgotten("visit-1")))

    assert ask(takings.database, "SELECT guest FROM visits_v9.visits") == ask(
        takings.database, "SELECT visit_id FROM visits_v3_b2.visits"
    )
    assert "visit-1" not in everything(takings.database)


async def test_a_build_of_which_nobody_knows_whom_it_names_is_dropped_and_one_that_has_the_columns_is_not(
    takings: Takings, connection: AsyncConnection[Any]
) -> None:
    log = Log().add(*stay("visit-1"))
    await takings.take(log)
    await rebuild(connection, MODELS)
    for schema in ("visits_v3", "zones_v3"):
        await connection.execute(f"COMMENT ON TABLE {schema}.{schema.partition('_')[0]} IS NULL")
    await connection.execute("ALTER TABLE visits_v3.visits RENAME visit_id TO guest")

    await takings.take(log.add(forgotten("visit-1")))

    with pytest.raises(psycopg.errors.UndefinedTable):
        ask(takings.database, "SELECT FROM visits_v3.visits")
    with pytest.raises(NothingBefore):
        await go_back(connection, MODELS[:1])
    assert ask(takings.database, "SELECT count(*)::int FROM zones_v3.zones") == [1]
    assert "visit-1" not in everything(takings.database)
