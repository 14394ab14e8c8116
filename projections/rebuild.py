"""Filling new builds of read models from the ledger, beside the current ones, and switching to them."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from psycopg import AsyncConnection

from event_store.replay import Place
from projections.builds import Build, create_build, drop_builds, find_build, hold_builds, switch
from projections.filling import Filling, Progress, Stretch
from projections.projection import Projection

CLOSE_ENOUGH = 2_000
"""Records that may be left for the last step, in which the projector waits."""

_PLACES = "SELECT topic, partition, next_offset FROM record.checkpoints WHERE name = 'live' ORDER BY 1, 2"


async def prepare(connection: AsyncConnection[Any], projections: Sequence[Projection[Any]]) -> None:
    """Give every projection a current build of this version; several processes may ask at once."""
    if missing := [each for each in projections if not await _is_current(connection, each)]:
        async with _alone(connection, missing):
            if still := [each for each in missing if not await _is_current(connection, each)]:
                await _rebuild(connection, still)


async def rebuild(
    connection: AsyncConnection[Any], projections: Sequence[Projection[Any]], progress: Progress = lambda _: None
) -> list[Build]:
    """Fill new builds in one pass over the ledger, switch to them at the live position and return them.

    No policy sends a fact. The builds before stay for readers that have not noticed yet; older ones are dropped.
    Raises `FillingFailed`.
    """
    async with _alone(connection, projections):
        return await _rebuild(connection, projections, progress)


@asynccontextmanager
async def _alone(connection: AsyncConnection[Any], projections: Sequence[Projection[Any]]) -> AsyncIterator[None]:
    locks = sorted(f"shopfloor rebuild {each.name}" for each in projections)
    await connection.execute("SELECT pg_advisory_lock(hashtext(name)) FROM unnest(%s::text[]) AS name", (locks,))
    try:
        yield
    finally:
        if not connection.broken:
            await connection.execute(
                "SELECT pg_advisory_unlock(hashtext(name)) FROM unnest(%s::text[]) AS name", (locks,)
            )


async def _is_current(connection: AsyncConnection[Any], projection: Projection[Any]) -> bool:
    build = await find_build(connection, projection)
    return build is not None and build.version == projection.version


async def _rebuild(
    connection: AsyncConnection[Any], projections: Sequence[Projection[Any]], progress: Progress = lambda _: None
) -> list[Build]:
    before = [await find_build(connection, each) for each in projections]
    after = [_next(projection, current) for projection, current in zip(projections, before, strict=True)]
    tables = [
        await create_build(connection, projection, build.build)
        for projection, build in zip(projections, after, strict=True)
    ]
    catching_up = _CatchingUp(Filling(tables), progress)
    while await catching_up.go_on(connection, await _places(connection)) > CLOSE_ENOUGH:
        pass
    async with connection.transaction():
        await hold_builds(connection)
        await catching_up.go_on(connection, await _places(connection, hold=True))
        for projection, old, new in zip(projections, before, after, strict=True):
            await switch(connection, projection, new.build)
            await drop_builds(connection, projection, keep=[new, *([old] if old else [])])
    return after


def _next(projection: Projection[Any], current: Build | None) -> Build:
    same_version = current is not None and current.version == projection.version
    return Build(projection.version, current.build + 1 if current is not None and same_version else 1)


async def _places(connection: AsyncConnection[Any], *, hold: bool = False) -> dict[Place, int]:
    cursor = await connection.execute(f"{_PLACES} FOR UPDATE" if hold else _PLACES)
    return {Place(topic, partition): end for topic, partition, end in await cursor.fetchall()}


class _CatchingUp:
    """How far each partition has been folded into builds on their way."""

    def __init__(self, filling: Filling, progress: Progress) -> None:
        self._filling = filling
        self._progress = progress
        self._reached: dict[Place, int] = {}

    async def go_on(self, connection: AsyncConnection[Any], ends: dict[Place, int]) -> int:
        """Fold every partition up to its end; return how many records lay between."""
        taken = 0
        for place, end in ends.items():
            stretch = Stretch(place=place, start=self._reached.get(place, 0), end=end)
            await self._filling.fill(connection, stretch, self._progress)
            taken += end - stretch.start
            self._reached[place] = end
        return taken
