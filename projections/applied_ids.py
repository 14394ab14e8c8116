"""The ids of applied facts: a fact that was sent again is a duplicate, whatever carried it."""

from collections.abc import Sequence
from typing import Any

import msgspec
from psycopg import AsyncConnection

from event_store.database import Statement
from event_store.ledger import Disposition
from projections.readings import Reading

RECENT_IDS = 50_000
"""How many ids a partition remembers, so that a spool's resending costs no query."""

_PUT = "INSERT INTO record.applied SELECT * FROM json_populate_recordset(NULL::record.applied, %s::json)"
_FIND = """
SELECT known.event_id::text, known.organisation
FROM record.applied known JOIN unnest(%s::uuid[], %s::text[]) AS new (event_id, organisation)
USING (event_id, organisation)
"""

Id = tuple[str, str]


class _Row(msgspec.Struct, frozen=True, gc=False):
    event_id: str
    organisation: str
    partition: int
    offset: int


class AppliedIds:
    """Tells which facts of a batch were applied before.

    Ids are expected to be new: then they are only inserted, and the table's primary key refuses the batch where that
    was wrong. After such a refusal, and on a partition's first batch, they are looked up before.
    """

    def __init__(self) -> None:
        self._recent: dict[Id, None] = {}
        self.look_up = True

    async def repeated(self, connection: AsyncConnection[Any], readings: Sequence[Reading]) -> frozenset[int]:
        """Return the indexes of facts that were applied before, or come twice in the batch."""
        ids = [_id(reading) for reading in readings]
        known = await self._known(connection, ids)
        repeated = set()
        for index, each in enumerate(ids):
            if each is None:
                continue
            if each in known or each in self._recent:
                repeated.add(index)
            known.add(each)
        return frozenset(repeated)

    async def _known(self, connection: AsyncConnection[Any], ids: Sequence[Id | None]) -> set[Id]:
        wanted = [each for each in ids if each is not None]
        if not self.look_up or not wanted:
            return set()
        cursor = await connection.execute(_FIND, tuple(map(list, zip(*wanted, strict=True))))
        return set(await cursor.fetchall())

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
        recent = self._recent
        self.look_up = "duplicate" in dispositions
        for reading, disposition in zip(readings, dispositions, strict=True):
            if disposition == "applied" and (each := _id(reading)) is not None:
                recent[each] = None
        while len(recent) > RECENT_IDS:
            del recent[next(iter(recent))]


def _id(reading: Reading) -> Id | None:
    return None if reading.recorded is None else (reading.recorded.envelope.id, reading.recorded.envelope.organisation)
