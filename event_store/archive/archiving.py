"""Taking a sealed month out of the ledger: written to the archive, read back, compared, and only then dropped.

Every step can be cut off and begun again: what was written and registered is not written again, and nothing that is
registered counts as history before the transaction that drops the month.
"""

import gzip
import time
from collections.abc import Iterator, Sequence
from typing import Any, Self

from psycopg import Connection, sql
from psycopg.errors import DeadlockDetected, LockNotAvailable

from event_store.archive.errors import (
    ArchivedPartAltered,
    LedgerInUse,
    LedgerNotAsSealed,
    MonthNotSealed,
    OtherArchiving,
)
from event_store.archive.places import Archive
from event_store.archive.reading import demand_whole, milliseconds
from event_store.archive.records import ArchivedRecord, decode_records
from event_store.archive.register import Say
from event_store.archive.segments import SEGMENT, Segment, build, encode_manifest
from event_store.ledger import COLUMNS
from event_store.merkle import TILE_WIDTH, TileId, record_leaf
from event_store.merkle.hashing import HASH_BYTES
from event_store.replay import Place
from event_store.sealing.sealed_record import SealedRecord

PATIENCE_S = 30.0
"""How long a month's last step tries to get hold of the ledger."""
LOCK_MS = 1_000
"""How long it may make others wait each time."""

_PLACES = """
WITH RECURSIVE places AS (
    (SELECT topic, partition FROM record.{month} ORDER BY topic, partition LIMIT 1)
    UNION ALL
    SELECT following.* FROM places p, LATERAL (
        SELECT topic, partition FROM record.{month}
        WHERE (topic, partition) > (p.topic, p.partition) ORDER BY topic, partition LIMIT 1
    ) following
)
SELECT topic, partition FROM places
"""
_LAST = 'SELECT max("offset") FROM record.{month} WHERE topic = %s AND partition = %s'
_ROWS = """
SELECT {columns} FROM record.{month} WHERE topic = %s AND partition = %s AND "offset" > %s ORDER BY "offset" LIMIT %s
"""
_REGISTERED = """
SELECT max(last_offset) FROM record.segments WHERE topic = %s AND partition = %s AND month = %s AND NOT in_force
"""
_REGISTER = """
INSERT INTO record.segments
    (topic, partition, first_offset, last_offset, month, first_recorded, last_recorded, records, name, manifest)
VALUES (%s, %s, %s, %s, %s, to_timestamp(%s / 1000.0), to_timestamp(%s / 1000.0), %s, %s, %s)
"""
_COUNTS = """
SELECT (SELECT count(*) FROM record.{month}),
       (SELECT coalesce(sum(records), 0) FROM record.segments WHERE month = %s AND NOT in_force)
"""
_IN_FORCE = "UPDATE record.segments SET in_force = true WHERE month = %s AND NOT in_force"


class Archiving:
    """Moves months of one database's ledger into an archive. The connection commits by itself."""

    def __init__(self, connection: Connection[Any], archive: Archive, say: Say) -> None:
        self._connection = connection
        self._archive = archive
        self._say = say

    def __enter__(self) -> Self:
        """Be the only one; raises `OtherArchiving`."""
        row = self._connection.execute("SELECT pg_try_advisory_lock(hashtext('record.archive'))").fetchone()
        if row is None or not row[0]:
            raise OtherArchiving
        return self

    def __exit__(self, *_: object) -> None:
        if not self._connection.broken:
            self._connection.execute("SELECT pg_advisory_unlock(hashtext('record.archive'))")

    def archive(self, month: str) -> int:
        """Move a month, `2026-03`; return how many records it had.

        Raises `MonthNotSealed`, `LedgerNotAsSealed`, `LedgerInUse`, and what the archive raises.
        """
        places = [Place(*row) for row in self._ask(_PLACES, month).fetchall()]
        for place in places:
            self._demand_sealed(month, place)
        for place in places:
            self._write(month, place)
        return self._take_out(month)

    def _demand_sealed(self, month: str, place: Place) -> None:
        (last,) = self._ask(_LAST, month, place.topic, place.partition).fetchone() or (None,)
        if last is not None and last >= SealedRecord(self._connection, place.topic).following(place.partition):
            raise MonthNotSealed(month, f"{place.topic}/{place.partition}", last)

    def _write(self, month: str, place: Place) -> None:
        values = (place.topic, place.partition, _first_day(month))
        (last,) = self._connection.execute(_REGISTERED, values).fetchone() or (None,)
        after = -1 if last is None else last
        while records := self._read(month, place, after):
            segment = self._keep(month, place, records)
            after = segment.last_offset
            self._say(f"{month} {segment.place}: up to {after}")

    def _read(self, month: str, place: Place, after: int) -> list[ArchivedRecord]:
        rows = self._ask(_ROWS, month, place.topic, place.partition, after, SEGMENT).fetchall()
        if not rows:
            return []
        sealed = SealedRecord(self._connection, place.topic)
        offsets = [row[0] for row in rows]
        leaves = sealed.leaves_of(place.partition, offsets)
        records = [_record(row, leaf) for row, leaf in zip(rows, leaves, strict=True)]
        _demand_leaves(sealed, place, records)
        return records

    def _keep(self, month: str, place: Place, records: Sequence[ArchivedRecord]) -> Segment:
        """Write a segment, read it back, and register it when it is byte for byte what the ledger holds."""
        segment, file = build(place.topic, place.partition, month, records)
        manifest = encode_manifest(segment)
        self._archive.write(segment.name, file)
        self._archive.write(segment.manifest_name, manifest)
        kept = demand_whole(self._archive, segment)
        if (
            kept != file
            or self._archive.read(segment.manifest_name) != manifest
            or list(decode_records(gzip.decompress(kept))) != list(records)
        ):
            name = f"{self._archive.address}/{segment.name}"
            raise ArchivedPartAltered(name, segment.place, segment.first_offset, segment.last_offset)
        values = (
            *(segment.topic, segment.partition, segment.first_offset, segment.last_offset, _first_day(month)),
            *(segment.first_recorded, segment.last_recorded, segment.records, segment.name, manifest),
        )
        self._connection.execute(_REGISTER, values)
        return segment

    def _take_out(self, month: str) -> int:
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                return self._drop(month)
            except (LockNotAvailable, DeadlockDetected):
                if time.monotonic() > deadline:
                    raise LedgerInUse(month) from None
                self._say(f"{month}: waiting for readers")

    def _drop(self, month: str) -> int:
        """Let segments be the month's history in place of its table, in one transaction."""
        table = sql.Identifier("record", _table(month))
        with self._connection.transaction():
            self._connection.execute(f"SET LOCAL lock_timeout = {LOCK_MS}")
            self._connection.execute(sql.SQL("LOCK TABLE {} IN SHARE MODE").format(table))
            there, archived = self._ask(_COUNTS, month, _first_day(month)).fetchone() or (0, 0)
            if there != archived:
                raise LedgerNotAsSealed(f"{month}: {there} records in the ledger, {archived} in segments")
            self._connection.execute(sql.SQL("ALTER TABLE record.ledger DETACH PARTITION {}").format(table))
            self._connection.execute(sql.SQL("DROP TABLE {}").format(table))
            self._connection.execute(_IN_FORCE, (_first_day(month),))
        return int(there)

    def _ask(self, statement: str, month: str, *values: object) -> Any:
        columns = sql.SQL(", ").join(map(sql.Identifier, COLUMNS[2:]))
        text = sql.SQL(statement).format(month=sql.Identifier(_table(month)), columns=columns)
        return self._connection.execute(text, values or None)


def _record(row: Sequence[Any], leaf: int) -> ArchivedRecord:
    known = dict(zip(COLUMNS[2:], row, strict=True))
    at = known.pop("recorded_at")
    return ArchivedRecord(timestamp=milliseconds(at), leaf=leaf, **known)


def _demand_leaves(sealed: SealedRecord, place: Place, records: Sequence[ArchivedRecord]) -> None:
    """Compare what is about to be archived with what was sealed."""
    for record, expected in zip(records, _sealed_leaves(sealed, place, records), strict=True):
        if record_leaf(record.offset, record.timestamp, record.value or b"") != expected:
            raise LedgerNotAsSealed(f"{place.topic}/{place.partition}/{record.offset}")


def _sealed_leaves(sealed: SealedRecord, place: Place, records: Sequence[ArchivedRecord]) -> Iterator[bytes]:
    name, size = f"{place.topic}/{place.partition}", sealed.size(place.partition)
    index, tile = -1, b""
    for record in records:
        if record.leaf // TILE_WIDTH != index:
            index = record.leaf // TILE_WIDTH
            tile = sealed.read_tile(name, TileId(0, index, min(TILE_WIDTH, size - index * TILE_WIDTH)))
        begin = record.leaf % TILE_WIDTH * HASH_BYTES
        yield tile[begin : begin + HASH_BYTES]


def _first_day(month: str) -> str:
    return f"{month}-01"


def _table(month: str) -> str:
    return f"ledger_{month.replace('-', '_')}"
