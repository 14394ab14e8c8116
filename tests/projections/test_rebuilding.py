import asyncio
from collections.abc import Iterator
from typing import Any, ClassVar

import psycopg
import pytest

from event_store.database import connect
from event_store.events.lines import LineCrossed
from projections.catalogue import READ_MODELS
from projections.errors import FillingFailed, OutdatedProgram
from projections.folding.projection import Projection
from projections.rebuilding.rebuild import rebuild
from projections.tables.model_table import Digest, ModelTable
from projections.tables.read_model import PROJECTOR_ROLE, schema_name
from projections.taking.continuity import Seek
from projections.taking.partition import Applied
from tests.builders.facts import crossed
from tests.builders.histories import long_day
from tests.builders.logs import Log
from tests.builders.own_services import own_database
from tests.builders.tallies import SMALL, Takings, Tallies, TallyRow, ask, crossings, tallies

DAYS = [long_day("acme/ginza-3"), long_day("acme/oslo-1", seed=4), long_day("other/shop", shoppers=10, seed=5)]


@pytest.fixture(scope="module")
def days(postgres: str, migrated_template: str) -> Iterator[str]:
    """A database that has taken three stores' long days."""

    async def take(database: str) -> None:
        for log in DAYS:
            takings = Takings(database, READ_MODELS)
            await takings.take(log, batch=61)
            await takings.close()

    with own_database(postgres, migrated_template) as database:
        asyncio.run(take(database))
        yield database


async def build_again(database: str, projection: Projection[Any]) -> tuple[Digest, Digest]:
    """Rebuild; return the digests of the build that was current and of the new one."""
    connection = await connect(database, PROJECTOR_ROLE)
    async with connection:
        (build,) = await rebuild(connection, [projection])
        before = schema_name(projection.name, build.version, build.build - 1)
        after = schema_name(projection.name, build.version, build.build)
        async with connection.transaction():
            return (
                await ModelTable(projection, before).digest(connection),
                await ModelTable(projection, after).digest(connection),
            )


@pytest.mark.parametrize("projection", READ_MODELS, ids=lambda projection: projection.name)
async def test_a_rebuilt_read_model_is_the_live_one_row_for_row(days: str, projection: Projection[Any]) -> None:
    live, rebuilt = await build_again(days, projection)
    (rows,) = ask(days, f'SELECT count(*) FROM {schema_name(projection.name, projection.version)}."{projection.name}"')  # noqa: S608

    assert rows > 0
    assert rebuilt == live


def test_the_long_days_hold_everything_that_can_become_of_a_record(days: str) -> None:
    assert set(ask(days, "SELECT DISTINCT disposition FROM record.ledger")) == {
        "applied",
        "duplicate",
        "dead",
        "parked",
    }


async def test_a_rebuild_sends_no_fact_again(days: str) -> None:
    before = ask(days, "SELECT count(*) FROM record.outbox")
    await build_again(days, READ_MODELS[-1])

    assert ask(days, "SELECT count(*) FROM record.outbox") == before != [0]


async def test_the_projector_goes_on_with_the_new_build(database: str) -> None:
    log, takings = Log().add(*crossings("gate", 5)), Takings(database)
    await takings.take(log)
    await build_again(database, SMALL[0])
    log.add(crossed("gate"))

    assert isinstance(await takings.apply(log, log.records[5:]), Applied)
    await takings.close()
    assert tallies(database) == {"gate": 5}  # the build before it stays as it was
    assert ask(database, "SELECT count FROM tallies_v1_b2.tallies") == [6]


async def test_a_rebuild_while_the_projector_writes_misses_nothing(database: str) -> None:
    log, takings = Log().add(*crossings("gate", 600)), Takings(database)
    at = await takings.start(log)

    async def project() -> None:
        nonlocal at
        while at < log.end:
            outcome = await takings.apply(log, log.records[at : at + 5])
            at = outcome.offset if isinstance(outcome, Seek) else takings.projector.next_offset(log.partition) or 0

    async def rebuild_often() -> None:
        while at < log.end:
            await build_again(database, SMALL[0])

    await asyncio.gather(project(), rebuild_often())
    await takings.close()
    ((version, build),) = ask(
        database, "SELECT version, build FROM record.current_versions WHERE projection = 'tallies'"
    )
    assert build > 2
    assert ask(database, f"SELECT count FROM {schema_name('tallies', version, build)}.tallies") == [600]  # noqa: S608
    assert len(ask(database, "SELECT 1 FROM pg_namespace WHERE nspname ~ '^tallies'")) == 2


class Doubled(Tallies):
    """The second version counts each crossing twice."""

    version: ClassVar[int] = 2

    def fold(self, rows: Any, recorded: Any) -> None:
        match recorded.event:
            case LineCrossed(line_id=line):
                before = rows.get(line)
                rows[line] = TallyRow(count=2 if before is None else before.count + 2)


async def test_a_new_version_is_built_from_the_ledger_when_the_projector_starts(database: str) -> None:
    log = Log().add(*crossings("gate", 3))
    old, new = Takings(database), Takings(database, (Doubled(), SMALL[1]))
    await old.take(log)
    await new.take(log.add(crossed("gate")))

    assert ask(database, "SELECT count FROM tallies_v2.tallies") == [8]
    assert tallies(database) == {"gate": 3}
    with pytest.raises(OutdatedProgram, match="at version 2 in this database, this program knows 1"):
        await old.apply(log, log.records[3:])
    await old.close()
    await new.close()


class Strict(Tallies):
    """A version that cannot take what the first one took."""

    version: ClassVar[int] = 2

    def fold(self, rows: Any, recorded: Any) -> None:  # noqa: ARG002
        raise ValueError("no such luck")


async def test_a_version_that_cannot_take_the_record_is_refused_and_the_current_one_stays(database: str) -> None:
    old = Takings(database)
    await old.take(Log().add(crossed("gate")))
    await old.close()
    connection = await connect(database, PROJECTOR_ROLE)
    async with connection:
        with pytest.raises(FillingFailed, match=r"offset 0 of .* fails \(ValueError: no such luck\)"):
            await rebuild(connection, [Strict()])

    assert ask(database, "SELECT version, build FROM record.current_versions WHERE projection = 'tallies'") == [(1, 1)]


async def test_two_projectors_that_start_at_once_build_the_read_models_once(database: str) -> None:
    log, projectors = Log(), [Takings(database) for _ in range(3)]
    await asyncio.gather(*(each.start(log) for each in projectors))
    for each in projectors:
        await each.close()

    assert ask(database, "SELECT build FROM record.current_versions") == [1, 1]


async def test_the_api_sees_its_organisation_only_and_writes_nothing(days: str) -> None:
    role = "-c role=shopfloor_api"
    with psycopg.connect(days, options=f"{role} -c shopfloor.organisations=acme", autocommit=True) as connection:
        for table in ("visits_v3.visits", "record.ledger"):
            seen = connection.execute(f"SELECT DISTINCT organisation FROM {table}").fetchall()  # noqa: S608
            assert seen == [("acme",)]
        for statement in (
            "DELETE FROM visits_v3.visits",
            "DELETE FROM record.ledger",
            "ALTER TABLE visits_v3.visits DISABLE ROW LEVEL SECURITY",
            "SET row_security = off; SELECT * FROM visits_v3.visits",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)
    with psycopg.connect(days, options=role) as connection:
        assert connection.execute("SELECT count(*) FROM visits_v3.visits").fetchone() == (0,)
