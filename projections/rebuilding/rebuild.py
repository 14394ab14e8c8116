"""Filling new builds of read models from the ledger, beside the current ones, and switching to them by one row."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import structlog
from psycopg import AsyncConnection
from psycopg.errors import SerializationFailure

from event_store.archive.reading import HOLD
from projections.errors import FillingFailed, NothingBefore, OtherVersion, RebuildRunning
from projections.folding.projection import Projection
from projections.rebuilding.catching_up import CatchingUp, live_places
from projections.tables.builds import (
    Build,
    create_build,
    drop_build,
    drop_builds,
    find_build,
    find_builds,
    find_pointers,
    hold_builds,
    switch,
)
from projections.tables.differences import Difference, compare
from projections.tables.model_table import ModelTable
from projections.tables.naming import mark_builds

log = structlog.get_logger(__name__)

CLOSE_ENOUGH = 2_000
"""Records that may be left for the last step, in which the projector waits."""

_LOCK = "SELECT pg_advisory_lock(hashtext(%s))"
_TRY = "SELECT pg_try_advisory_lock(hashtext(%s))"
_LAZILY = "SET synchronous_commit = off"
"""Of a crash of the server a filling is gone on with: its progress is written with its rows."""
_SAFELY = "RESET synchronous_commit"
_UNLOCK = "SELECT pg_advisory_unlock(hashtext(%s))"


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What a rebuild is to do."""

    switch: bool = True
    """False leaves the new builds beside the current ones; the next rebuild goes on with them."""
    anew: bool = False
    """Begin again instead of going on with what an earlier rebuild left."""
    show: int = 5
    """How many differing rows to show."""


class Told:
    """Hears how a rebuild goes; nothing needs to be done about it."""

    def begins(self, projection: Projection[Any], build: Build, *, resumed: bool) -> None:
        """A build is filled from here on."""

    def expects(self, records: int) -> None:
        """So many offsets lie ahead."""

    def advanced(self, records: int) -> None:
        """So many more offsets are done, for all read models."""

    def compared(self, projection: Projection[Any], before: Build, after: Build, difference: Difference) -> None:
        """The new build and the current one differ so, at the same positions."""


class LoggedDifferences(Told):
    """Writes down how builds differ that a projector makes at its start."""

    def compared(self, projection: Projection[Any], before: Build, after: Build, difference: Difference) -> None:
        """Log the counts."""
        counts = {name: getattr(difference, name) for name in ("same", "changed", "only_before", "only_after")}
        log.info("rebuilt", read_model=projection.name, before=str(before), after=str(after), **counts)


NOBODY = Told()
ORDINARY = Order()


async def prepare(connection: AsyncConnection[Any], projections: Sequence[Projection[Any]]) -> None:
    """Give every projection a current build of this version; several processes may ask at once."""
    await mark_builds(connection, projections)
    if missing := [each for each in projections if not await _is_current(connection, each)]:
        async with _alone(connection, missing, wait=True):
            if still := [each for each in missing if not await _is_current(connection, each)]:
                await _rebuild(connection, still, Order(show=0), LoggedDifferences())


async def rebuild(
    connection: AsyncConnection[Any],
    projections: Sequence[Projection[Any]],
    order: Order = ORDINARY,
    told: Told = NOBODY,
) -> list[Build]:
    """Fill new builds in one pass over the ledger, switch to them at the live position and return them.

    What an interrupted rebuild has filled is gone on with. No policy sends a fact. The builds before stay, for readers
    that have not noticed yet and for `go_back`; older ones are dropped. Raises `RebuildRunning` and `FillingFailed`.
    """
    async with _alone(connection, projections, wait=False):
        return await _rebuild(connection, projections, order, told)


async def go_back(
    connection: AsyncConnection[Any], projections: Sequence[Projection[Any]], told: Told = NOBODY
) -> list[Build]:
    """Catch up the builds before the current ones, and switch back to them; raises `NothingBefore`, `OtherVersion`."""
    async with _alone(connection, projections, wait=False):
        tasks = [await _return(connection, each) for each in projections]
        await _catch_up_and_switch(connection, tasks, await _catching_up(connection, tasks, told))
        return [task.after for task in tasks]


class _Task(msgspec.Struct, frozen=True, kw_only=True):
    """One read model on its way from a build to another."""

    projection: Projection[Any]
    before: Build | None
    after: Build
    table: ModelTable


@asynccontextmanager
async def _alone(
    connection: AsyncConnection[Any], projections: Sequence[Projection[Any]], *, wait: bool
) -> AsyncIterator[None]:
    held = []
    try:
        for name in sorted(each.name for each in projections):
            lock = f"shopfloor rebuild {name}"
            cursor = await connection.execute(_LOCK if wait else _TRY, (lock,))
            if not wait and await cursor.fetchone() == (False,):
                raise RebuildRunning(name)
            held.append(lock)
        await connection.execute(_LAZILY)
        yield
    finally:
        if not connection.broken:
            await connection.execute(_SAFELY)
            for lock in held:
                await connection.execute(_UNLOCK, (lock,))


async def _is_current(connection: AsyncConnection[Any], projection: Projection[Any]) -> bool:
    build = await find_build(connection, projection)
    return build is not None and build.version == projection.version


async def _rebuild(
    connection: AsyncConnection[Any], projections: Sequence[Projection[Any]], order: Order, told: Told
) -> list[Build]:
    tasks = [await _begin(connection, each, anew=order.anew) for each in projections]
    catching_up = await _catching_up(connection, tasks, told)
    try:
        while await catching_up.go_on(connection, await live_places(connection)) > CLOSE_ENOUGH:
            pass
    except FillingFailed:  # the fold will have to change, and then nothing of this can be gone on with
        for task in tasks:
            await drop_build(connection, task.table.schema)
        raise
    await _compare(connection, tasks, catching_up, order.show, told)
    if order.switch:
        await _catch_up_and_switch(connection, tasks, catching_up)
    return [task.after for task in tasks]


async def _begin(connection: AsyncConnection[Any], projection: Projection[Any], *, anew: bool) -> _Task:
    """Take up the build that was not finished, or make an empty one."""
    before = await find_build(connection, projection)
    previous = (await find_pointers(connection, projection)).previous
    builds = await find_builds(connection, projection)
    newest = builds[-1] if builds else Build(projection.version, 0)
    is_left = bool(builds) and newest not in {before, previous} and (before is None or newest > before)
    after = newest if is_left else Build(projection.version, newest.build + 1)
    if is_left and not anew:
        table = ModelTable(projection, after.schema(projection))
    else:
        table = await create_build(connection, projection, after.build)
    return _Task(projection=projection, before=before, after=after, table=table)


async def _return(connection: AsyncConnection[Any], projection: Projection[Any]) -> _Task:
    pointers = await find_pointers(connection, projection)
    if pointers.previous is None:
        raise NothingBefore(projection.name)
    if pointers.previous.version != projection.version:
        raise OtherVersion(projection.name, pointers.previous.version, projection.version)
    table = ModelTable(projection, pointers.previous.schema(projection))
    return _Task(projection=projection, before=pointers.current, after=pointers.previous, table=table)


async def _catching_up(connection: AsyncConnection[Any], tasks: Sequence[_Task], told: Told) -> CatchingUp:
    catching_up = await CatchingUp.over(connection, [task.table for task in tasks])
    for task in tasks:
        told.begins(task.projection, task.after, resumed=catching_up.has_begun(task.table.schema))
    told.expects(catching_up.behind(await live_places(connection)))
    catching_up.advanced = told.advanced
    return catching_up


async def _compare(
    connection: AsyncConnection[Any], tasks: Sequence[_Task], catching_up: CatchingUp, show: int, told: Told
) -> None:
    """Compare the builds where both stand at the same positions: those that this transaction sees as live.

    What it fills for that it takes back, for it does not see whom the projector forgets meanwhile; where it meets the
    projector in doing so, it begins again.
    """
    differences: list[tuple[_Task, Build, Difference]] = []
    while True:
        try:
            async with connection.transaction(force_rollback=True):
                await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
                await connection.execute(HOLD)
                await catching_up.go_on_for_now(connection, await live_places(connection))
                differences = [
                    (
                        task,
                        task.before,
                        await compare(connection, task.before.schema(task.projection), task.table, show),
                    )
                    for task in tasks
                    if task.before is not None
                ]
            break
        except SerializationFailure:
            continue
    for task, before, difference in differences:
        told.compared(task.projection, before, task.after, difference)


async def _catch_up_and_switch(
    connection: AsyncConnection[Any], tasks: Sequence[_Task], catching_up: CatchingUp
) -> None:
    while await catching_up.go_on(connection, await live_places(connection)) > CLOSE_ENOUGH:
        pass
    async with connection.transaction():
        await connection.execute("SET LOCAL synchronous_commit = on")  # with it, all that was written before is safe
        await hold_builds(connection)
        await catching_up.go_on(connection, await live_places(connection, hold=True))
        for task in tasks:
            await switch(connection, task.projection, task.after)
            await drop_builds(connection, task.projection)
