"""Random histories with corrections, retractions, retries and skips: live equals rebuilt equals what was meant."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from event_store.database import connect
from event_store.replay import Place
from projections.catalogue import READ_MODELS
from projections.folding.projection import Projection
from projections.rebuilding.filling import Filling, Stretch
from projections.tables.builds import create_build, current_tables
from projections.tables.read_model import PROJECTOR_ROLE
from tests.builders.amended_days import amended_day
from tests.builders.amending import CURED, corrected, fact_at, give_up, of_visit, retried
from tests.builders.emptied import empty
from tests.builders.logs import TOPIC, Log
from tests.builders.own_services import own_database
from tests.builders.tallies import SMALL, Takings, ask, dispositions, tallies

LINES = ("gate", "side", "cursed")
OFFICE = "office"

steps = st.one_of(
    st.tuples(st.just("crossed"), st.integers(0, 2), st.sampled_from(LINES)),
    st.tuples(st.just("corrected"), st.integers(0, 12), st.sampled_from([*LINES, None])),
    st.tuples(st.just("retried"), st.integers(0, 12), st.none()),
    st.tuples(st.just("skipped"), st.integers(0, 12), st.none()),
    st.tuples(st.just("again"), st.integers(0, 12), st.none()),
    st.tuples(st.just("corrected_line"), st.integers(0, 12), st.sampled_from(LINES)),
    st.tuples(st.just("corrected_direction"), st.integers(0, 12), st.none()),
)


class Meant:
    """What a history means, step by step, in the simplest words: who waits, what counts, and as what."""

    def __init__(self) -> None:
        self.cured = False
        self.became: list[str] = []
        """The disposition of each record."""
        self.lines: dict[int, str | None] = {}
        self.visits: dict[int, int] = {}
        self._said: dict[int, str] = {}
        self._first: dict[int, int] = {}
        """Where the same fact came first."""
        self._counted: set[int] = set()
        """Facts that were applied, by where they came first."""
        self.waiting: set[int] = set()
        self.gone: set[int] = set()

    def crossed(self, visit: int, line: str, first: int | None = None) -> None:
        at = len(self.became)
        first = at if first is None else first
        if first in self._counted:
            self.became.append("duplicate")
            return
        behind = any(self.visits[other] == visit for other in self.waiting)
        self._first[at], self._said[at] = first, line
        self.lines[at], self.visits[at] = line, visit
        if behind or self._is_cursed(at):
            self.waiting.add(at)
            self.became.append("parked" if behind else "dead")
        else:
            self._counted.add(first)
            self.became.append("applied")

    def again(self, at: int) -> None:
        self.crossed(self.visits[at], self._said[at], self._first[at])

    def corrected(self, at: int, line: str | None) -> None:
        self._correct(self._same(at), line)

    def corrected_line(self, at: int, line: str) -> None:
        self._correct({other for other in self._same(at) if self.lines[other] is not None}, line)

    def corrected_direction(self, at: int) -> None:
        """Whoever says it has seen the line as it was recorded, and says nothing of it."""
        del at
        self.became.append("applied")

    def said(self, at: int) -> str:
        return self._said[at]

    def retried(self, at: int) -> None:
        self.became.append("applied")
        if at in self.waiting:
            self._take_again(self.visits[at])

    def skipped(self, at: int) -> None:
        self.became.append("applied")
        self.gone.add(at)
        if at in self.waiting:
            self.waiting.discard(at)
            self._take_again(self.visits[at])

    def tallies(self) -> dict[str, int]:
        counting = self.lines.keys() - self.waiting - self.gone
        return dict(Counter(line for at in counting if (line := self.lines[at]) is not None))

    def _same(self, at: int) -> set[int]:
        return {other for other, first in self._first.items() if first == self._first[at]}

    def _correct(self, same: set[int], line: str | None) -> None:
        if same - self.waiting - self.gone and line == "cursed" and not self.cured:
            self.became.append("dead")
            return
        self.lines |= dict.fromkeys(same, line)
        self.became.append("applied")

    def _take_again(self, visit: int) -> None:
        for at in sorted(self.waiting):
            if self.visits[at] != visit:
                continue
            if self._first[at] in self._counted:
                self.gone.add(at)
            elif self._is_cursed(at):
                return
            self.waiting.discard(at)
            self._counted.add(self._first[at])

    def _is_cursed(self, at: int) -> bool:
        return self.lines[at] == "cursed" and not self.cured


def tell(log: Log, meant: Meant, step: tuple[str, int, str | None]) -> None:
    """Append a step to the log, and to what it means; one that names no fact of the log so far is left out."""
    what, number, line = step
    if what == "crossed":
        meant.crossed(number, line or "gate")
        log.add(of_visit(f"v{number}", line or "gate"))
    elif number in meant.lines:
        if what == "corrected":
            meant.corrected(number, line)
            log.add(corrected(fact_at(log, number), None if line is None else of_visit("v9", line)), camera=OFFICE)
        elif what == "corrected_line":
            meant.corrected_line(number, line or "gate")
            log.add(corrected(fact_at(log, number), of_visit("v9", line or "gate"), "line_id"), camera=OFFICE)
        elif what == "corrected_direction":
            meant.corrected_direction(number)
            seen = of_visit("v9", meant.said(number))
            turned = msgspec.structs.replace(seen, direction="out")
            log.add(corrected(fact_at(log, number), turned, "direction"), camera=OFFICE)
        elif what == "retried":
            meant.retried(number)
            log.add(retried(log.partition, number), camera=OFFICE)
        elif what == "skipped":
            meant.skipped(number)
            log.add(give_up(log, number), camera=OFFICE)
        else:
            meant.again(number)
            log.again(number)


async def live_and_rebuilt(database: str, projections: Sequence[Projection[Any]], log: Log) -> list[dict[str, Any]]:
    """Return the digests of the current builds, and of new ones that were filled from the ledger."""
    async with await connect(database, PROJECTOR_ROLE) as connection:
        tables = [await create_build(connection, each, 99) for each in projections]
        await Filling(tables).fill(connection, Stretch(place=Place(TOPIC, log.partition), start=0, end=log.end))
        async with connection.transaction():
            return [
                {table.projection.name: await table.digest(connection) for table in build}
                for build in (await current_tables(connection, projections), tables)
            ]


async def take(database: str, projections: Sequence[Projection[Any]], log: Log, batch: int) -> None:
    takings = Takings(database, projections)
    await takings.take(log, batch)
    await takings.close()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=st.lists(steps, max_size=14), after=st.lists(steps, max_size=14), batch=st.integers(1, 30))
def test_rows_and_dispositions_are_what_an_amended_history_means_however_it_is_cut(
    small_database: str, before: list[Any], after: list[Any], batch: int
) -> None:
    async def play() -> None:
        log, meant = Log(), Meant()
        empty(small_database)
        for step in before:
            tell(log, meant, step)
        await take(small_database, SMALL, log, batch)
        meant.cured = True  # from here on a later program, which takes more
        for step in after:
            tell(log, meant, step)
        await take(small_database, CURED, log, batch)

        live, rebuilt = await live_and_rebuilt(small_database, CURED, log)
        assert dispositions(small_database) == meant.became
        assert tallies(small_database) == meant.tallies()
        assert rebuilt == live

    asyncio.run(play())


@pytest.fixture(scope="module")
def amended(postgres: str, migrated_template: str) -> Iterator[tuple[str, Log]]:
    """A database that has taken an amended day, and the day."""
    log = amended_day(seed=8)
    with own_database(postgres, migrated_template) as database:
        asyncio.run(take(database, READ_MODELS, log, batch=40))
        yield database, log


@pytest.mark.parametrize("name", [each.name for each in READ_MODELS])
async def test_an_amended_read_model_is_the_rebuilt_one_row_for_row(amended: tuple[str, Log], name: str) -> None:
    database, log = amended
    live, rebuilt = await live_and_rebuilt(database, [each for each in READ_MODELS if each.name == name], log)

    assert rebuilt[name] == live[name]


def test_the_amended_day_has_everything_in_it(amended: tuple[str, Log]) -> None:
    database, _ = amended

    kinds = ask(database, "SELECT DISTINCT type FROM record.ledger WHERE subject ~ '^(event|record)/'")
    assert len(kinds) == 3
    assert {"retried", "skipped", None} <= set(ask(database, "SELECT DISTINCT resolved FROM record.dead_letters"))
