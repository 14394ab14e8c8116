"""The ids of applied facts: a fact that was sent again is a duplicate, whatever carried it."""

import re
from collections.abc import Sequence
from typing import Any

import msgspec
from psycopg import AsyncConnection

from event_store.database import Statement
from event_store.ledger import Disposition
from projections.folding.readings import FactId, Reading
from projections.folding.recent import Recent

RECENT_IDS = 50_000
"""How many ids a partition remembers, so that a spool's resending costs no query."""

_PUT = "INSERT INTO record.applied SELECT * FROM json_populate_recordset(NULL::record.applied, %s::json)"
_FIND = """
SELECT known.event_id::text, known.organisation
FROM record.applied known JOIN unnest(%s::uuid[], %s::text[]) AS new (event_id, organisation)
USING (event_id, organisation)
"""


_PLACES = """
SELECT known.event_id::text, known.organisation, known.partition, known."offset"
FROM record.applied known JOIN unnest(%s::uuid[], %s::text[]) AS named (event_id, organisation)
USING (event_id, organisation)
"""
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def is_event_id(text: str) -> bool:
    """Tell whether a fact can have this id."""
    return _UUID.fullmatch(text) is not None


async def find_applied(connection: AsyncConnection[Any], named: Sequence[FactId]) -> dict[FactId, tuple[int, int]]:
    """Return the partition and offset of those facts that count."""
    real = [each for each in named if is_event_id(each[0])]
    cursor = await connection.execute(_PLACES, ([each[0] for each in real], [each[1] for each in real]))
    return {(event_id, name): (partition, offset) for event_id, name, partition, offset in await cursor.fetchall()}


async def put_applied(connection: AsyncConnection[Any], readings: Sequence[Reading]) -> None:
    """Let the facts of records that were taken later count from now on."""
    if readings:
        statement = AppliedIds().statement(readings, ["applied"] * len(readings))
        await connection.execute(statement.text, statement.parameters)


class _Row(msgspec.Struct, frozen=True, gc=False):
    event_id: str
    organisation: str
    partition: int
    offset: int


class AppliedIds:
    """Tells which facts of a batch were applied before it.

    Ids are expected to be new: then they are only inserted, and the table's primary key refuses the batch where that
    was wrong. After such a refusal, and on a partition's first batch, they are looked up before.
    """

    def __init__(self) -> None:
        self._recent: Recent[FactId, None] = Recent(RECENT_IDS)
        self.look_up = True

    async def repeated(self, connection: AsyncConnection[Any], readings: Sequence[Reading]) -> frozenset[int]:
        """Return the indexes of facts that were applied before this batch."""
        recent = self._recent
        named = [(index, fact_id) for index, reading in enumerate(readings) if (fact_id := reading.fact_id) is not None]
        known = await _find(connection, [fact_id for _, fact_id in named]) if self.look_up else frozenset()
        return frozenset(index for index, fact_id in named if fact_id in recent or fact_id in known)

    def statement(self, readings: Sequence[Reading], dispositions: Sequence[Disposition]) -> Statement:
        """Return what inserts the ids of the applied facts; a known id is a `UniqueViolation`."""
        rows = [
            _Row(each.envelope.id, each.envelope.organisation, each.position.partition, each.position.offset)
            for reading, disposition in zip(readings, dispositions, strict=True)
            if disposition == "applied" and (each := reading.recorded) is not None
        ]
        return Statement(_PUT, (msgspec.json.encode(rows).decode(),))

    def commit(self, readings: Sequence[Reading], dispositions: Sequence[Disposition]) -> None:
        """The batch is written; remember its ids, and trust the next ones where none of these came again."""
        self.look_up = "duplicate" in dispositions
        for reading, disposition in zip(readings, dispositions, strict=True):
            if disposition == "applied" and (fact_id := reading.fact_id) is not None:
                self._recent[fact_id] = None


async def _find(connection: AsyncConnection[Any], named: Sequence[FactId]) -> frozenset[FactId]:
    cursor = await connection.execute(_FIND, ([each[0] for each in named], [each[1] for each in named]))
    return frozenset(await cursor.fetchall())
