"""A connection to the tables in memory with the part of psycopg's interface that the core uses."""

import re
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any, Self

import psycopg

from tests.simulation import statements
from tests.simulation.points import Point
from tests.simulation.statements import Answer, Values
from tests.simulation.tables import Tables, Transaction


class Answered:
    """The rows of one statement."""

    def __init__(self, rows: Answer, rowcount: int) -> None:
        self._rows = rows
        self.rowcount = rowcount

    async def fetchall(self) -> Answer:
        return self._rows

    async def fetchone(self) -> tuple[Any, ...] | None:
        return self._rows[0] if self._rows else None


class Session:
    """One connection: each statement is a point, and so are the moments before and after a commit."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._transaction: Transaction | None = None
        self.is_lost = False
        self.is_committing = False
        self.broken = False
        self.prepare_threshold: int | None = None
        self.prepared_max: int | None = None

    def lose(self, *, committed: bool = False) -> None:
        """Cut the connection; what was about to be committed may just have been."""
        self.is_lost = True
        if self._transaction is not None:
            if committed:
                self._transaction.commit()
            else:
                self._transaction.roll_back()

    async def execute(self, text: str, values: Values = ()) -> Answered:
        await self._point("execute")
        if self._transaction is not None:
            return Answered(*await statements.run(self._transaction, text, values))
        alone = self._transaction = Transaction(self._tables)
        try:
            answer = await statements.run(alone, text, values)
            if alone.changes:
                await self._commit(alone)
        finally:
            alone.roll_back()
            self._transaction, self.is_committing = None, False
        return Answered(*answer)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        mine = self._transaction = Transaction(self._tables)
        try:
            yield
            await self._commit(mine)
        finally:
            mine.roll_back()
            self._transaction, self.is_committing = None, False

    async def _commit(self, mine: Transaction) -> None:
        self.is_committing = True
        await self._point("commit")
        mine.commit()
        self.is_committing = False
        await self._point("committed")

    def cursor(self) -> "Cursor":
        return Cursor(self)

    async def close(self) -> None:
        self.lose()

    async def put_entries(self, rows: Iterable[Sequence[Any]]) -> None:
        await self._point("copy")
        assert self._transaction is not None, "the ledger is written in a batch's transaction"
        for _, partition, offset, _, disposition, _, value, *_ in rows:
            statements.put_entry(self._transaction, partition, offset, disposition, value)

    async def _point(self, name: str) -> None:
        await Point(name)
        if self.is_lost:
            raise psycopg.OperationalError("the connection was lost")


class Cursor:
    """A cursor for many statements at once, or for COPY into the ledger."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        return

    async def executemany(self, text: str, rows: Sequence[Values]) -> None:
        for row in rows:
            await self._session.execute(text, row)

    @asynccontextmanager
    async def copy(self, _: str) -> AsyncIterator["Copy"]:
        copy = Copy()
        yield copy
        await self._session.put_entries(copy.rows)


class RawCursor:
    """A cursor for one statement whose values are numbered."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._answered = Answered([], 0)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        return

    async def execute(self, text: str, values: Values) -> None:
        self._answered = await self._session.execute(re.sub(r"\$\d+", "%s", text), values)

    async def fetchone(self) -> tuple[Any, ...] | None:
        return await self._answered.fetchone()


class Copy:
    """What COPY is given."""

    def __init__(self) -> None:
        self.rows: list[Sequence[Any]] = []

    def set_types(self, _: object) -> None:
        return

    async def write_row(self, row: Sequence[Any]) -> None:
        self.rows.append(row)
