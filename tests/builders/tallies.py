"""A small read model and a database that it is folded into, without Kafka."""

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar

import psycopg
from sqlalchemy import Column, Integer, Table, Text

from event_store.envelope import RecordedEvent
from event_store.events.lines import LineCrossed
from event_store.ledger import LogRecord
from event_store.log import Continuation
from projections.folding.projection import EventClasses, Projection, Row, Rows
from projections.policies.gaps import Gaps
from projections.rebuilding.rebuild import prepare
from projections.tables.read_model import read_model
from projections.taking.continuity import Seek
from projections.taking.dead_letter_limits import DeadLetterLimits
from projections.taking.partition import Applied
from projections.taking.projector import Plan, Projector
from tests.builders.facts import crossed
from tests.builders.logs import TOPIC, Log

TOO_WIDE = random.Random(7).randbytes(4_000).hex()  # noqa: S311  # no secret
"""A key that no index of PostgreSQL takes."""


class TallyRow(Row, frozen=True, kw_only=True):
    count: int


class Tallies(Projection[TallyRow]):
    """One row for each line: how often it was crossed. Adding one twice would show."""

    table: ClassVar[Table] = read_model(
        "tallies", 1, Column("line_id", Text, primary_key=True), Column("count", Integer, nullable=False)
    )
    facts: ClassVar[EventClasses] = frozenset({LineCrossed})
    row = TallyRow

    def fold(self, rows: Rows[TallyRow], recorded: RecordedEvent) -> None:
        match recorded.event:
            case LineCrossed(line_id="cursed"):
                raise ValueError("nobody may cross the cursed line")
            case LineCrossed(line_id="too-wide"):
                rows[TOO_WIDE] = TallyRow(count=1)
            case LineCrossed(line_id=line):
                before = rows.get(line)
                step = 2**40 if line == "too-long" else 1
                rows[line] = TallyRow(count=step if before is None else before.count + step)


SMALL: Sequence[Projection[Any]] = (Tallies(), Gaps())


class Takings:
    """One projector's core on a database, fed by hand, and what the database then says."""

    def __init__(
        self,
        database: str,
        projections: Sequence[Projection[Any]] = SMALL,
        *,
        limits: DeadLetterLimits = DeadLetterLimits(),  # noqa: B008  # frozen
        goes_on: Continuation | None = None,
    ) -> None:
        self.database = database
        self._goes_on = goes_on
        plan = Plan(
            database=database,
            topic=TOPIC,
            partitions=12,
            projections=projections,
            dead_letter_limits=limits,
        )
        self.projector = Projector(plan, self._ask_log)

    async def start(self, log: Log) -> int:
        """Own the log's partition; return where to read it from."""
        await self.prepare()
        starts = await self.projector.assign({log.partition: log.end})
        for cause in self.projector.stopped.values():
            raise cause
        return starts[log.partition]

    async def prepare(self) -> None:
        """Make the read models."""
        connection = await psycopg.AsyncConnection.connect(
            self.database, autocommit=True, options="-c role=shopfloor_projector"
        )
        async with connection:
            await prepare(connection, self.projector._plan.projections)

    async def apply(self, log: Log, records: Sequence[LogRecord]) -> Applied | Seek | None:
        return await self.projector.apply(log.partition, records, log_end=log.end)

    async def take(self, log: Log, batch: int = 1_000) -> None:
        """Start, and take all that is new, in batches."""
        at = await self.start(log)
        for begin in range(at, log.end, batch):
            await self.apply(log, log.records[begin : begin + batch])

    async def close(self) -> None:
        await self.projector.close()

    async def _ask_log(self, _: int, __: int) -> Continuation:
        if self._goes_on is None:
            raise AssertionError("this log has no holes")
        return self._goes_on


@contextmanager
def _connected(database: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(database) as connection:
        yield connection


def ask(database: str, question: str) -> list[Any]:
    """Return the rows of a query, or the values of its only column."""
    with _connected(database) as connection:
        rows = connection.execute(question).fetchall()
    return [row[0] if len(row) == 1 else row for row in rows]


def tallies(database: str) -> dict[str, int]:
    """Return how often each line was crossed, over all stores."""
    return dict(ask(database, "SELECT line_id, sum(count)::int FROM tallies_v1.tallies GROUP BY 1"))


def dispositions(database: str) -> list[str]:
    """Return what became of each record, in order."""
    return ask(database, 'SELECT disposition FROM record.ledger ORDER BY topic, partition, "offset"')


def crossings(line: str, count: int) -> list[LineCrossed]:
    return [crossed(line)] * count
