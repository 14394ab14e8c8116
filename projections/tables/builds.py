"""The builds of read models: which one each projection writes, making a new one, and how far others have come."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from psycopg import AsyncConnection, sql

from event_store.replay import Place
from projections.errors import NotBuilt, OutdatedProgram
from projections.folding.projection import Projection
from projections.tables.model_table import ModelTable
from projections.tables.read_model import definition, schema_name

WRITERS = "shopfloor read models"
"""Advisory lock: whoever opens a partition shares it, whoever switches a build holds it alone."""

_POINTERS = "SELECT version, build, previous_version, previous_build FROM record.current_versions WHERE projection = %s"
_SWITCH = """
INSERT INTO record.current_versions (projection, version, build) VALUES (%s, %s, %s)
ON CONFLICT (projection) DO UPDATE SET version = excluded.version, build = excluded.build, switched_at = now(),
    previous_version = current_versions.version, previous_build = current_versions.build
"""
_BUMP = "UPDATE record.checkpoints SET generation = generation + 1 WHERE name = 'live'"
_SCHEMAS = "SELECT nspname FROM pg_namespace WHERE nspname ~ %s"
_PROGRESS = "SELECT topic, partition, next_offset FROM record.checkpoints WHERE name = %s"
_KEEP = """
INSERT INTO record.checkpoints (name, topic, partition, next_offset) SELECT unnest(%s::text[]), %s, %s, %s
ON CONFLICT (name, topic, partition) DO UPDATE SET next_offset = excluded.next_offset, updated_at = now()
"""
_KEEP_LIVE = """
INSERT INTO record.checkpoints (name, topic, partition, next_offset)
SELECT %s, topic, partition, next_offset FROM record.checkpoints WHERE name = 'live'
ON CONFLICT (name, topic, partition) DO UPDATE SET next_offset = excluded.next_offset, updated_at = now()
"""
_LEAVE = """
UPDATE record.current_versions SET previous_version = NULL, previous_build = NULL
WHERE projection = %(projection)s AND {previous} = %(schema)s
"""
_DISMISS = "DELETE FROM record.current_versions WHERE projection = %(projection)s AND {current} = %(schema)s"
_SCHEMA = "projection || '_v' || {0}version || CASE WHEN {0}build > 1 THEN '_b' || {0}build ELSE '' END"
_FORGET = "DELETE FROM record.checkpoints WHERE name = %s"


class Build(msgspec.Struct, frozen=True, order=True):
    """One filling of a read model."""

    version: int
    build: int

    def schema(self, projection: Projection[Any]) -> str:
        """Return the schema that it is in."""
        return schema_name(projection.name, self.version, self.build)


class Pointers(msgspec.Struct, frozen=True):
    """The build that is written and read now, and the one before it."""

    current: Build | None
    previous: Build | None


async def share_builds(connection: AsyncConnection[Any]) -> None:
    """Keep every build where it is until the end of this transaction."""
    await connection.execute("SELECT pg_advisory_xact_lock_shared(hashtext(%s))", (WRITERS,))


async def hold_builds(connection: AsyncConnection[Any]) -> None:
    """Wait until nobody opens a partition, and let nobody until the end of this transaction."""
    await connection.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", (WRITERS,))


async def find_pointers(connection: AsyncConnection[Any], projection: Projection[Any]) -> Pointers:
    """Return a projection's current build and the one before it, of whatever version."""
    cursor = await connection.execute(_POINTERS, (projection.name,))
    row = await cursor.fetchone()
    if row is None:
        return Pointers(None, None)
    version, build, previous_version, previous_build = row
    previous = None if previous_version is None else Build(previous_version, previous_build)
    return Pointers(Build(version, build), previous)


async def find_build(connection: AsyncConnection[Any], projection: Projection[Any]) -> Build | None:
    """Return a projection's current build; raises `OutdatedProgram` where it is of a newer version."""
    current = (await find_pointers(connection, projection)).current
    if current is not None and current.version > projection.version:
        raise OutdatedProgram(projection.name, current.version, projection.version)
    return current


async def current_tables(connection: AsyncConnection[Any], projections: Sequence[Projection[Any]]) -> list[ModelTable]:
    """Return the tables that are written now; every projection must have its build of this version."""
    tables = []
    for projection in projections:
        build = await find_build(connection, projection)
        if build is None or build.version != projection.version:
            raise NotBuilt(projection.name, projection.version)
        tables.append(ModelTable(projection, build.schema(projection)))
    return tables


async def create_build(connection: AsyncConnection[Any], projection: Projection[Any], build: int) -> ModelTable:
    """Make an empty build, in place of what may be left of one."""
    schema = schema_name(projection.name, projection.version, build)
    async with connection.transaction():
        await drop_build(connection, schema)
        for statement in definition(projection.table, schema):
            await connection.execute(sql.SQL(statement))
    return ModelTable(projection, schema)


async def find_builds(connection: AsyncConnection[Any], projection: Projection[Any]) -> list[Build]:
    """Return every build that there is of a projection's version, oldest first."""
    first = schema_name(projection.name, projection.version)
    cursor = await connection.execute(_SCHEMAS, (f"^{first}(_b[0-9]+)?$",))
    numbers = [schema.removeprefix(first).removeprefix("_b") or "1" for (schema,) in await cursor.fetchall()]
    return sorted(Build(projection.version, int(number)) for number in numbers)


async def find_progress(connection: AsyncConnection[Any], schema: str) -> Mapping[Place, int]:
    """Return how far each partition has been folded into a build that is not current."""
    cursor = await connection.execute(_PROGRESS, (schema,))
    return {Place(topic, partition): following for topic, partition, following in await cursor.fetchall()}


async def keep_progress(connection: AsyncConnection[Any], schemas: Sequence[str], place: Place, following: int) -> None:
    """Write down how far a partition has been folded into builds."""
    await connection.execute(_KEEP, (list(schemas), place.topic, place.partition, following))


async def switch(connection: AsyncConnection[Any], projection: Projection[Any], to: Build) -> None:
    """Make a build the current one, and keep the one before it where it stands.

    Every writer notices, because its checkpoint's generation moves.
    """
    before = (await find_pointers(connection, projection)).current
    if before is not None:
        await connection.execute(_KEEP_LIVE, (before.schema(projection),))
    await connection.execute(_SWITCH, (projection.name, to.version, to.build))
    await connection.execute(_FORGET, (to.schema(projection),))
    await connection.execute(_BUMP)


async def drop_builds(connection: AsyncConnection[Any], projection: Projection[Any]) -> None:
    """Drop every build of a projection but the current one and the one before it."""
    pointers = await find_pointers(connection, projection)
    kept = {build.schema(projection) for build in (pointers.current, pointers.previous) if build is not None}
    cursor = await connection.execute(_SCHEMAS, (f"^{projection.name}_v[0-9]+(_b[0-9]+)?$",))
    for (schema,) in await cursor.fetchall():
        if schema not in kept:
            await drop_build(connection, schema)


async def leave_build(connection: AsyncConnection[Any], projection: str, schema: str) -> None:
    """Let nothing point to a build any longer."""
    values = {"projection": projection, "schema": schema}
    await connection.execute(_LEAVE.format(previous=_SCHEMA.format("previous_")), values)
    await connection.execute(_DISMISS.format(current=_SCHEMA.format("")), values)


async def drop_build(connection: AsyncConnection[Any], schema: str) -> None:
    """Drop what there is of a build that nobody reads."""
    await connection.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(schema)))
    await connection.execute(_FORGET, (schema,))
