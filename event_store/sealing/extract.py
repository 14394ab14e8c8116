"""Taking a range of the sealed record out of the database, as the contents of an archive."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from psycopg import Connection
from psycopg.rows import TupleRow

from event_store.checkpoints import VerifierKey
from event_store.events import CATALOGUE
from event_store.export import Contents, Hidden, Shown, Slice
from event_store.merkle import record_leaf
from event_store.sealing.sealed_record import SealedRecord
from event_store.serialization import timestamp

AT_ONCE = 2_000
"""So many records are asked of the server at a time."""

_ENDS = """
SELECT min("offset"), max("offset") FROM record.ledger
WHERE topic = %(topic)s AND partition = %(partition)s AND "offset" < %(following)s
"""
_SPAN = """
SELECT min("offset"), max("offset") FROM record.ledger
WHERE topic = %(topic)s AND partition = %(partition)s AND "offset" < %(following)s
  AND recorded_at >= %(start)s::timestamptz AND recorded_at < %(end)s::timestamptz
"""
_EARLIER = """
SELECT max("offset") FROM record.ledger
WHERE topic = %(topic)s AND partition = %(partition)s AND "offset" < %(following)s
  AND recorded_at < %(start)s::timestamptz
"""
_BEFORE = """
SELECT max("offset") FROM record.ledger
WHERE topic = %(topic)s AND partition = %(partition)s AND "offset" < %(offset)s
"""
_BEHIND = """
SELECT min("offset") FROM record.ledger
WHERE topic = %(topic)s AND partition = %(partition)s AND "offset" < %(following)s AND "offset" > %(offset)s
"""
_HAS_STORE = """
SELECT EXISTS (
    SELECT FROM record.ledger
    WHERE topic = %(topic)s AND partition = %(partition)s AND "offset" < %(following)s
      AND recorded_at >= %(start)s::timestamptz AND recorded_at < %(end)s::timestamptz
      AND organisation = %(organisation)s AND store = %(store)s
)
"""
_LINES = """
SELECT "offset", (extract(epoch FROM recorded_at) * 1000)::bigint, value,
       %(store)s::text IS NULL OR coalesce(organisation = %(organisation)s AND store = %(store)s, false)
FROM record.ledger
WHERE topic = %(topic)s AND partition = %(partition)s AND "offset" >= %(first)s AND "offset" <= %(last)s
ORDER BY "offset"
"""
_ERASURES = """
SELECT partition, "offset", subject, recorded_at FROM record.ledger
WHERE topic = %(topic)s AND disposition = 'applied' AND type LIKE 'shopfloor.SubjectForgotten.%%'
  AND (%(store)s::text IS NULL OR (organisation = %(organisation)s AND store = %(store)s))
ORDER BY partition, "offset"
"""


class Range(msgspec.Struct, frozen=True, kw_only=True):
    """A range of recorded time, half-open, of every store or of one."""

    start: datetime | None = None
    end: datetime | None = None
    organisation: str | None = None
    store: str | None = None


class Extract:
    """Reads a range in one transaction, which must see one state of the database (repeatable read)."""

    def __init__(self, connection: Connection[Any], topic: str, wanted: Range) -> None:
        """Raises `NothingSealed`."""
        self._connection = connection
        self._sealed = SealedRecord(connection, topic)
        self._topic = topic
        self._wanted = wanted

    def contents(self, known: Sequence[VerifierKey]) -> Contents:
        """Return the contents of an archive; its lines are read while it is packed."""
        wanted, sealed = self._wanted, self._sealed.checkpoint(known)
        parts = [self._slice(each.partition) for each in sealed.seal.partitions if each.topic == self._topic]
        return Contents(
            origin=sealed.note.decode().partition("\n")[0],
            start=wanted.start,
            end=wanted.end,
            store=None if wanted.store is None else f"{wanted.organisation}/{wanted.store}",
            sealed=[sealed],
            keys=known,
            slices=[part for part in parts if part is not None],
            schemas=schemas(),
            erasures=list(self._erasures()),
            read_tile=self._sealed.read_tile,
        )

    def _slice(self, partition: int) -> Slice | None:
        place = self._place(partition)
        if self._wanted.store is not None and not self._ask(_HAS_STORE, place)[0]:
            return None
        first, last = self._span(place)
        leaf = self._sealed.leaf_of(partition, first)
        return Slice(
            topic=self._topic,
            partition=partition,
            first=leaf,
            count=self._sealed.leaf_of(partition, last) - leaf + 1,
            lines=self._lines(place | {"first": first, "last": last}),
        )

    def _place(self, partition: int) -> dict[str, object]:
        following = self._sealed.following(partition)
        return {"topic": self._topic, "partition": partition, "following": following, **self._filter()}

    def _filter(self) -> dict[str, object]:
        start, end = self._wanted.start, self._wanted.end
        return {
            "start": "-infinity" if start is None else start.isoformat(),
            "end": "infinity" if end is None else end.isoformat(),
            "organisation": self._wanted.organisation,
            "store": self._wanted.store,
        }

    def _span(self, place: dict[str, object]) -> tuple[int, int]:
        """Return the first and last offset: those in the range, and one more at each end to show that it is one."""
        lowest, highest = self._ask(_ENDS, place)
        first, last = self._ask(_SPAN, place)
        if first is None:
            earlier = self._ask(_EARLIER, place)[0]
            first = lowest if earlier is None else earlier
            behind = self._ask(_BEHIND, place | {"offset": first})[0]
            return first, first if earlier is None or behind is None else behind
        before = self._ask(_BEFORE, place | {"offset": first})[0]
        behind = self._ask(_BEHIND, place | {"offset": last})[0]
        first = lowest if self._wanted.start is None or before is None else before
        last = highest if self._wanted.end is None or behind is None else behind
        return first, last

    def _lines(self, values: Mapping[str, object]) -> Iterator[Shown | Hidden]:
        with self._connection.cursor(f"lines_{values['partition']}") as cursor:
            cursor.itersize = AT_ONCE
            for offset, at, value, shown in cursor.execute(_LINES, values):
                record = bytes(value or b"")
                yield Shown(offset, at, record) if shown else Hidden(record_leaf(offset, at, record))

    def _erasures(self) -> Iterator[dict[str, object]]:
        values = {"topic": self._topic, **self._filter()}
        for partition, offset, subject, at in self._connection.execute(_ERASURES, values):
            if offset < self._sealed.following(partition):
                position = f"{self._topic}/{partition}/{offset}"
                yield {"position": position, "recorded_at": timestamp(at), "subject": subject}

    def _ask(self, statement: str, values: Mapping[str, object]) -> TupleRow:
        row: TupleRow | None = self._connection.execute(statement, values).fetchone()
        return row or (None, None)


def schemas() -> dict[str, bytes]:
    """Return the JSON schema of every type in the catalogue, by file name."""
    return {
        f"{name}.json": msgspec.json.encode(msgspec.json.schema(event), order="sorted") + b"\n"
        for name, event in CATALOGUE.items()
    }
