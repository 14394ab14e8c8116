"""Filling a new build of a read model from the ledger, beside the current one, and switching to it."""

from collections.abc import Callable, Sequence
from typing import Any, cast

from psycopg import AsyncConnection

from event_store.database import execute_together
from event_store.envelope import Position, RecordedEvent
from event_store.errors import InvalidEvent
from event_store.ledger import attributes_of, readable_attributes
from event_store.replay import Entry, Place, read_entries
from event_store.serialization import decode
from projections.batch_fold import BatchFold, Folder
from projections.builds import Build, create_build, drop_builds, find_build, hold_builds, switch
from projections.errors import RebuildFailed
from projections.model_table import ModelTable
from projections.projection import Projection
from projections.readings import Reading, Reason, Refusal
from projections.rows import FullKey, TableRows

BATCH = 5_000
CLOSE_ENOUGH = 2_000
"""Records that may be left for the last step, in which the projector waits."""

Progress = Callable[[int], None]
"""Told after each batch how many records it had."""

_PLACES = "SELECT topic, partition, next_offset FROM record.checkpoints WHERE name = 'live' ORDER BY 1, 2"


async def prepare(connection: AsyncConnection[Any], projections: Sequence[Projection[Any]]) -> None:
    """Give every projection a current build of this version; several processes may ask at once."""
    for projection in projections:
        if not await _is_current(connection, projection):
            await _alone(connection, projection, only_if_needed=True)


async def rebuild(
    connection: AsyncConnection[Any], projection: Projection[Any], progress: Progress = lambda _: None
) -> Build:
    """Fill a new build from the ledger, switch to it at the live position and return it; no policy sends a fact.

    The build before it stays for readers that have not noticed yet; older ones are dropped. Raises `RebuildFailed`.
    """
    return await _alone(connection, projection, progress)


async def _is_current(connection: AsyncConnection[Any], projection: Projection[Any]) -> bool:
    build = await find_build(connection, projection)
    return build is not None and build.version == projection.version


async def _alone(
    connection: AsyncConnection[Any],
    projection: Projection[Any],
    progress: Progress = lambda _: None,
    *,
    only_if_needed: bool = False,
) -> Build:
    lock = f"shopfloor rebuild {projection.name}"
    await connection.execute("SELECT pg_advisory_lock(hashtext(%s))", (lock,))
    try:
        before = await find_build(connection, projection)
        if only_if_needed and before is not None and before.version == projection.version:
            return before
        same_version = before is not None and before.version == projection.version
        number = before.build + 1 if before is not None and same_version else 1
        table = await create_build(connection, projection, number)
        await _fill_and_switch(connection, _Filling(table, progress), number, before)
        return Build(projection.version, number)
    finally:
        if not connection.broken:
            await connection.execute("SELECT pg_advisory_unlock(hashtext(%s))", (lock,))


async def _fill_and_switch(
    connection: AsyncConnection[Any], filling: "_Filling", number: int, before: Build | None
) -> None:
    projection = filling.table.projection
    while await filling.catch_up(connection, await _places(connection)) > CLOSE_ENOUGH:
        pass
    async with connection.transaction():
        await hold_builds(connection)
        await filling.catch_up(connection, await _places(connection, hold=True))
        await switch(connection, projection, number)
        kept = [Build(projection.version, number), *([before] if before else [])]
        await drop_builds(connection, projection, keep=kept)


async def _places(connection: AsyncConnection[Any], *, hold: bool = False) -> dict[Place, int]:
    cursor = await connection.execute(f"{_PLACES} FOR UPDATE" if hold else _PLACES)
    return {Place(topic, partition): end for topic, partition, end in await cursor.fetchall()}


class _Filling:
    """A build on its way: how far each partition has been folded into it."""

    def __init__(self, table: ModelTable, progress: Progress) -> None:
        self.table = table
        self._progress = progress
        self._next: dict[Place, int] = {}
        self._rows: dict[Place, TableRows[Any]] = {}

    async def catch_up(self, connection: AsyncConnection[Any], ends: dict[Place, int]) -> int:
        """Fold every partition up to its end; return how many records that took."""
        taken = 0
        for place, end in ends.items():
            while readings := await self._read(connection, place, end):
                async with connection.transaction():
                    await self._fold(connection, place, [reading for reading in readings if reading is not None])
                taken += len(readings)
                self._progress(len(readings))
        return taken

    async def _read(self, connection: AsyncConnection[Any], place: Place, end: int) -> list[Reading | None]:
        start = self._next.get(place, 0)
        entries = await read_entries(connection, place, start=start, end=end, limit=BATCH)
        if entries:
            self._next[place] = entries[-1].offset + 1
        return [_reading(entry) for entry in entries]

    async def _fold(self, connection: AsyncConnection[Any], place: Place, readings: Sequence[Reading]) -> None:
        rows = self._rows.setdefault(place, TableRows())
        fold = BatchFold([Folder(self.table.projection, rows)], readings, parking=False)

        async def load(_: Folder, keys: Sequence[FullKey]) -> None:
            rows.load(keys, await self.table.load(connection, keys))

        folded = await fold.run({}, load)
        for letter in folded.letters:
            if letter.reading.refusal is None:
                raise RebuildFailed(
                    self.table.projection.name,
                    topic=place.topic,
                    partition=place.partition,
                    offset=letter.reading.record.offset,
                    error=letter.refusal.error,
                )
        if statements := list(self.table.statements(rows.changes())):
            await execute_together(connection, statements)
        rows.commit()


def _reading(entry: Entry) -> Reading | None:
    """Read an entry as the projector did; a duplicate folds to nothing."""
    if entry.disposition == "duplicate":
        return None
    refusal = None if entry.disposition == "applied" else Refusal(cast("Reason", entry.reason), entry.disposition)
    try:
        envelope = decode(entry.value or b"")
    except InvalidEvent as problem:
        return Reading(
            record=entry,
            recorded_at=entry.recorded_at,
            attributes=readable_attributes(entry.value),
            recorded=None,
            refusal=refusal or Refusal("undecodable", str(problem)),
        )
    position = Position(topic=entry.topic, partition=entry.partition, offset=entry.offset)
    return Reading(
        record=entry,
        recorded_at=entry.recorded_at,
        attributes=attributes_of(envelope),
        recorded=RecordedEvent(position=position, recorded_at=entry.recorded_at, envelope=envelope),
        refusal=refusal,
    )
