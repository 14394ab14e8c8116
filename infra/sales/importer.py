"""A file of sales into the record: what is new is told, what was told before is counted, what is wrong is kept."""

import csv
from collections.abc import Awaitable, Callable, Sequence
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import Any, Self

import msgspec
from psycopg import AsyncConnection

from event_store.sales import Sale, SaleSource
from event_store.serialization import encode
from infra.sales.mapping import Sheet
from infra.sales.sheets import REASON, Line, open_sheet, read_lines
from projections.tables.applied_ids import find_applied

AT_ONCE = 500
ACTOR = "command/import"

Write = Callable[[Sequence[tuple[str, bytes]]], Awaitable[object]]
"""Appends records as (key, bytes); returns once they are safe."""


class Counts(msgspec.Struct):
    """What became of a file's lines."""

    taken: int = 0
    repeated: int = 0
    """Sales that the record or an earlier line has."""
    refused: int = 0


class RefusedLines:
    """The file of refused lines, which is there only where there are some; it can be corrected and imported."""

    def __init__(self, sheet: Path) -> None:
        self.path = sheet.with_name(f"{sheet.stem}.refused.csv")
        self._until_done = ExitStack()
        self._writer: Any = None

    def __enter__(self) -> Self:
        self.path.unlink(missing_ok=True)
        return self

    def __exit__(self, *_: object) -> None:
        self._until_done.close()

    def add(self, names: Sequence[str], line: Line) -> None:
        """Keep a line with its reason."""
        if self._writer is None:
            file = self.path.open("w", encoding="utf-8", errors="replace", newline="")
            self._writer = csv.writer(self._until_done.enter_context(file))
            self._writer.writerow([*names, "line", REASON])
        fields = [*line.fields, *[""] * (len(names) - len(line.fields))]
        self._writer.writerow([*fields, line.number, line.reason])


async def import_sales(
    path: Path, sheet: Sheet, connection: AsyncConnection[Any], write: Write | None, refused: RefusedLines
) -> Counts:
    """Tell a file's sales to the record; without `write` only count. Raises `UnreadableSheet`.

    A sale has one id, so that one which two runs send counts once.
    """
    counts, seen, source = Counts(), set[tuple[str, str]](), SaleSource(ACTOR)
    with open_sheet(path, sheet) as file:
        names, lines = read_lines(path, file, sheet)
        while some := list(islice(lines, AT_ONCE)):
            new = await _new_of(some, (counts, seen), connection)
            if write is not None and new:
                await write([(each.key, encode(each)) for each in source.envelopes(new)])
            counts.taken += len(new)
            for line in some:
                if line.sale is None:
                    refused.add(names, line)
                    counts.refused += 1
    return counts


async def _new_of(
    lines: Sequence[Line], memory: tuple[Counts, set[tuple[str, str]]], connection: AsyncConnection[Any]
) -> list[Sale]:
    """Return the sales that neither the record nor an earlier line has, and count the others."""
    counts, seen = memory
    sales = [(line.sale.fact_id, line.sale) for line in lines if line.sale is not None]
    known = await find_applied(connection, [fact_id for fact_id, _ in sales])
    new = []
    for fact_id, sale in sales:
        if fact_id in known or fact_id in seen:
            counts.repeated += 1
        else:
            new.append(sale)
        seen.add(fact_id)
    return new
