"""Builds side by side: interrupted and gone on with, compared, switched, gone back to."""

from collections.abc import AsyncIterator
from typing import Any, ClassVar

import psycopg
import pytest
from psycopg import AsyncConnection
from sqlalchemy import Column, Integer, Table, Text

from event_store.database import connect
from event_store.events.lines import LineCrossed
from projections.errors import FillingFailed, NothingBefore, OtherVersion, OutdatedProgram, RebuildRunning
from projections.folding.projection import EventClasses, Projection, Row, Rows
from projections.rebuilding import catching_up, filling
from projections.rebuilding.rebuild import Order, Told, go_back, rebuild
from projections.tables.builds import Build, find_builds, find_pointers
from projections.tables.differences import Difference, Example
from projections.tables.read_model import PROJECTOR_ROLE, read_model
from tests.builders.facts import crossed
from tests.builders.logs import Log
from tests.builders.tallies import SMALL, Takings, Tallies, TallyRow, ask

TALLIES = SMALL[0]


class Heard(Told):
    """What a rebuild has told; stops it after so many records, as Ctrl-C would."""

    def __init__(self, stop_after: int = 10**9) -> None:
        self.resumed: list[bool] = []
        self.expected = self.done = 0
        self.differences: list[Difference] = []
        self._stop_after = stop_after

    def begins(self, projection: Projection[Any], build: Build, *, resumed: bool) -> None:  # noqa: ARG002
        self.resumed.append(resumed)

    def expects(self, records: int) -> None:
        self.expected = records

    def advanced(self, records: int) -> None:
        self.done += records
        if self.done >= self._stop_after:
            raise KeyboardInterrupt

    def compared(self, projection: Projection[Any], before: Build, after: Build, difference: Difference) -> None:  # noqa: ARG002
        self.differences.append(difference)


@pytest.fixture
async def connection(database: str) -> AsyncIterator[AsyncConnection[Any]]:
    async with await connect(database, PROJECTOR_ROLE) as connection:
        yield connection


@pytest.fixture
async def log(database: str) -> Log:
    """A day at three gates, taken."""
    log = Log().add(*[crossed(gate) for gate in ("north", "south", "west") for _ in range(30)])
    await take(database, log)
    return log


async def take(database: str, log: Log) -> None:
    takings = Takings(database)
    await takings.take(log)
    await takings.close()


def rows(database: str, build: int) -> dict[str, int]:
    name = "tallies_v1.tallies" if build == 1 else f"tallies_v1_b{build}.tallies"
    return dict(ask(database, f"SELECT line_id, count FROM {name}"))  # noqa: S608


@pytest.mark.usefixtures("log")
@pytest.mark.parametrize("stop_after", [7, 50, 89, 90])
async def test_an_interrupted_rebuild_is_gone_on_with_where_it_stood(
    database: str, connection: AsyncConnection[Any], monkeypatch: pytest.MonkeyPatch, stop_after: int
) -> None:
    monkeypatch.setattr(filling, "BATCH", 7)
    monkeypatch.setattr(catching_up, "STEP", 20)
    first, second = Heard(stop_after), Heard()
    with pytest.raises(KeyboardInterrupt):
        await rebuild(connection, SMALL, told=first)
    assert ask(database, "SELECT build FROM record.current_versions") == [1, 1]

    assert await rebuild(connection, SMALL, told=second) == [Build(1, 2), Build(1, 2)]

    assert first.resumed == [False, False]
    assert second.resumed == [True, True] if stop_after > 7 else [False, False]
    assert 90 - stop_after <= second.expected <= 90 - stop_after + 7
    assert second.done == second.expected
    assert rows(database, 2) == rows(database, 1) == {"north": 30, "south": 30, "west": 30}
    assert all(difference.is_none for difference in second.differences)


async def test_builds_that_stand_at_different_places_are_caught_up_together(
    database: str, connection: AsyncConnection[Any], log: Log
) -> None:
    await rebuild(connection, [TALLIES], Order(switch=False))
    await take(database, log.add(crossed("north")))
    heard = Heard()
    await rebuild(connection, SMALL, told=heard)

    assert heard.resumed == [True, False]
    assert heard.expected == 1 + 91
    assert rows(database, 2) == {"north": 31, "south": 30, "west": 30}
    assert ask(database, "SELECT last_sequence FROM gaps_v1_b2.gaps") == [91]


@pytest.mark.usefixtures("log")
async def test_a_rebuild_begins_again_when_it_is_told_to(connection: AsyncConnection[Any]) -> None:
    await rebuild(connection, [TALLIES], Order(switch=False))
    heard = Heard()
    await rebuild(connection, [TALLIES], Order(anew=True), heard)

    assert heard.resumed == [False]
    assert heard.expected == 90
    assert await find_builds(connection, TALLIES) == [Build(1, 1), Build(1, 2)]


@pytest.mark.usefixtures("log")
async def test_what_differs_is_shown_before_the_switch(database: str, connection: AsyncConnection[Any]) -> None:
    with psycopg.connect(database, autocommit=True) as anybody:
        anybody.execute("UPDATE tallies_v1.tallies SET count = 29 WHERE line_id = 'north'")
        anybody.execute("UPDATE tallies_v1.tallies SET line_id = 'east' WHERE line_id = 'west'")
    heard = Heard()
    await rebuild(connection, [TALLIES], Order(switch=False, show=2), heard)

    where = {"organisation": "acme", "store": "ginza-3"}
    assert heard.differences == [
        Difference(
            same=1,
            changed=1,
            only_before=1,
            only_after=1,
            examples=[
                Example(key=where | {"line_id": "east"}, before={"count": 30}, after=None),
                Example(key=where | {"line_id": "north"}, before={"count": 29}, after={"count": 30}),
            ],
        )
    ]
    assert ask(database, "SELECT build FROM record.current_versions WHERE projection = 'tallies'") == [1]


class ByDirectionRow(Row, frozen=True, kw_only=True):
    count: str
    lucky: int


class ByDirection(Tallies):
    """A version of another shape: a count is a text, and there is one more column."""

    version: ClassVar[int] = 2
    table: ClassVar[Table] = read_model(
        "tallies", 2, Column("line_id", Text, primary_key=True), Column("count", Text), Column("lucky", Integer)
    )
    facts: ClassVar[EventClasses] = frozenset({LineCrossed})
    row = ByDirectionRow  # type: ignore[assignment]

    def fold(self, rows: Rows[Any], recorded: Any) -> None:
        before = rows.get(recorded.event.line_id)
        count = 1 if before is None else int(before.count) + 1
        rows[recorded.event.line_id] = ByDirectionRow(count=str(count), lucky=7)


@pytest.mark.usefixtures("log")
async def test_versions_of_different_shape_are_compared_by_what_they_share(
    database: str, connection: AsyncConnection[Any]
) -> None:
    heard = Heard()
    assert await rebuild(connection, [ByDirection()], told=heard) == [Build(2, 1)]

    (difference,) = heard.differences
    assert (difference.same, difference.changed, difference.columns_only_after) == (0, 3, ("lucky",))
    assert difference.examples[0].before == {"count": 30}
    assert difference.examples[0].after == {"count": "30"}
    assert ask(database, "SELECT version, previous_version FROM record.current_versions WHERE version = 2") == [(2, 1)]


async def test_a_read_model_goes_back_to_the_build_before_caught_up(
    database: str, connection: AsyncConnection[Any], log: Log
) -> None:
    await rebuild(connection, [TALLIES])
    await take(database, log.add(crossed("north")))
    assert rows(database, 1)["north"] == 30

    assert await go_back(connection, [TALLIES]) == [Build(1, 1)]
    assert rows(database, 1) == rows(database, 2) == {"north": 31, "south": 30, "west": 30}
    await take(database, log.add(crossed("north")))
    assert (rows(database, 1)["north"], rows(database, 2)["north"]) == (32, 31)

    assert await go_back(connection, [TALLIES]) == [Build(1, 2)]
    assert rows(database, 2)["north"] == 32
    assert await go_back(connection, [TALLIES]) == [Build(1, 1)]
    assert await rebuild(connection, [TALLIES]) == [Build(1, 3)]  # never into the one that was left
    assert await find_builds(connection, TALLIES) == [Build(1, 1), Build(1, 3)]


@pytest.mark.usefixtures("log")
async def test_going_back_is_refused_where_there_is_nothing_to_go_back_to(connection: AsyncConnection[Any]) -> None:
    with pytest.raises(NothingBefore, match="read model tallies has no build before the current one"):
        await go_back(connection, [TALLIES])
    await rebuild(connection, [ByDirection()])

    with pytest.raises(OtherVersion, match="folds version 2 of read model tallies, not version 1; run the Shopfloor"):
        await go_back(connection, [ByDirection()])
    with pytest.raises(OutdatedProgram):
        await rebuild(connection, [TALLIES])
    assert await go_back(connection, [TALLIES]) == [Build(1, 1)]  # the older program knows the way


@pytest.mark.usefixtures("log")
async def test_a_second_rebuild_of_the_same_read_model_is_refused(
    database: str, connection: AsyncConnection[Any]
) -> None:
    class Second(Heard):
        def compared(self, *_: Any) -> None:
            locks = "SELECT pg_try_advisory_lock(hashtext('shopfloor rebuild tallies'))"
            assert ask(database, locks) == [False]

    await rebuild(connection, [TALLIES], told=Second())
    async with await connect(database, PROJECTOR_ROLE) as other:
        await other.execute("SELECT pg_advisory_lock(hashtext('shopfloor rebuild tallies'))")
        with pytest.raises(RebuildRunning, match="tallies is being rebuilt by another process"):
            await rebuild(connection, SMALL)
        with pytest.raises(RebuildRunning):
            await go_back(connection, [TALLIES])
        await rebuild(connection, [SMALL[1]])  # nothing of the refused one stays locked


class Cursed(Tallies):
    def fold(self, rows: Rows[TallyRow], recorded: Any) -> None:
        if recorded.position.offset == 60:
            raise ValueError("no such luck")
        super().fold(rows, recorded)


@pytest.mark.usefixtures("log")
async def test_nothing_is_left_of_a_build_that_cannot_take_the_record(
    database: str, connection: AsyncConnection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filling, "BATCH", 7)
    with pytest.raises(FillingFailed):
        await rebuild(connection, [Cursed()])

    assert await find_builds(connection, TALLIES) == [Build(1, 1)]
    assert ask(database, "SELECT DISTINCT name FROM record.checkpoints") == ["live"]
    assert (await find_pointers(connection, TALLIES)).previous is None
