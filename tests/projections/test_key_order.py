"""Two writers of the same rows: sorted by key one waits for the other, otherwise each waits for ever for the other."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any
from unittest.mock import patch

import psycopg
import pytest

from projections.folding.rows import TableRows
from projections.tables.model_table import ModelTable
from tests.builders.tallies import Takings, Tallies, TallyRow, ask

SLOWLY = """
CREATE FUNCTION slowly() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.2); RETURN NEW; END';
CREATE TRIGGER slowly BEFORE INSERT ON tallies_v1.tallies FOR EACH ROW EXECUTE FUNCTION slowly();
"""
"""Time enough for the other writer between two rows of one statement."""


async def write_both_ways(database: str) -> list[BaseException | None]:
    """Let two writers put the same two rows, the second the other way round; return how each ended."""
    await Takings(database).prepare()
    with psycopg.connect(database) as connection:
        connection.execute(SLOWLY)
    return await asyncio.gather(*(_write(database, lines) for lines in ("ab", "ba")), return_exceptions=True)


async def _write(database: str, lines: Sequence[str]) -> None:
    rows: TableRows[TallyRow] = TableRows()
    for line in lines:
        rows.put(("acme", "shop-1", line), TallyRow(count=1))
    async with await psycopg.AsyncConnection.connect(database, options="-c deadlock_timeout=50ms") as connection:
        for statement in ModelTable(Tallies(), "tallies_v1").statements(rows.changes()):
            await connection.execute(statement.text, statement.parameters)


def without_the_key_sort() -> AbstractContextManager[Any]:
    keep: Callable[..., list[Any]] = lambda changes, **_: list(changes)  # noqa: E731  # what stands in for a function
    return patch("projections.folding.rows.sorted", keep, create=True)


@pytest.mark.parametrize(("guard", "deadlocks"), [(nullcontext, 0), (without_the_key_sort, 1)])
async def test_writers_of_the_same_rows_deadlock_only_without_the_key_sort(
    database: str, guard: Callable[[], AbstractContextManager[Any]], deadlocks: int
) -> None:
    with guard():
        ended = await write_both_ways(database)

    assert [type(each) for each in ended if each is not None] == [psycopg.errors.DeadlockDetected] * deadlocks
    assert ask(database, "SELECT count(*)::int FROM tallies_v1.tallies") == [2]
