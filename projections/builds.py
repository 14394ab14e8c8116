"""The builds of read models: which one each projection writes, and making a new one."""

from collections.abc import Sequence
from typing import Any

import msgspec
from psycopg import AsyncConnection, sql

from projections.errors import NotBuilt, OutdatedProgram
from projections.model_table import ModelTable
from projections.projection import Projection
from projections.read_model import definition, schema_name

WRITERS = "shopfloor read models"
"""Advisory lock: whoever opens a partition shares it, whoever switches a build holds it alone."""

_CURRENT = "SELECT version, build FROM record.current_versions WHERE projection = %s"
_SWITCH = """
INSERT INTO record.current_versions (projection, version, build) VALUES (%s, %s, %s)
ON CONFLICT (projection) DO UPDATE SET version = excluded.version, build = excluded.build, switched_at = now()
"""
_BUMP = "UPDATE record.checkpoints SET generation = generation + 1 WHERE name = 'live'"
_SCHEMAS = "SELECT nspname FROM pg_namespace WHERE nspname ~ %s"


class Build(msgspec.Struct, frozen=True, order=True):
    """One filling of a read model."""

    version: int
    build: int


async def share_builds(connection: AsyncConnection[Any]) -> None:
    """Keep every build where it is until the end of this transaction."""
    await connection.execute("SELECT pg_advisory_xact_lock_shared(hashtext(%s))", (WRITERS,))


async def hold_builds(connection: AsyncConnection[Any]) -> None:
    """Wait until nobody opens a partition, and let nobody until the end of this transaction."""
    await connection.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", (WRITERS,))


async def find_build(connection: AsyncConnection[Any], projection: Projection[Any]) -> Build | None:
    """Return a projection's current build; raises `OutdatedProgram` where it is of a newer version."""
    cursor = await connection.execute(_CURRENT, (projection.name,))
    row = await cursor.fetchone()
    if row is None:
        return None
    build = Build(*row)
    if build.version > projection.version:
        raise OutdatedProgram(projection.name, build.version, projection.version)
    return build


async def current_tables(connection: AsyncConnection[Any], projections: Sequence[Projection[Any]]) -> list[ModelTable]:
    """Return the tables that are written now; every projection must have its build of this version."""
    tables = []
    for projection in projections:
        build = await find_build(connection, projection)
        if build is None or build.version != projection.version:
            raise NotBuilt(projection.name, projection.version)
        tables.append(ModelTable(projection, schema_name(projection.name, build.version, build.build)))
    return tables


async def create_build(connection: AsyncConnection[Any], projection: Projection[Any], build: int) -> ModelTable:
    """Make an empty build, in place of what an interrupted rebuild may have left of it."""
    schema = schema_name(projection.name, projection.version, build)
    await connection.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(schema)))
    for statement in definition(projection.table, schema):
        await connection.execute(sql.SQL(statement))
    return ModelTable(projection, schema)


async def switch(connection: AsyncConnection[Any], projection: Projection[Any], build: int) -> None:
    """Make a build the current one; every writer notices, because its checkpoint's generation moves."""
    await connection.execute(_SWITCH, (projection.name, projection.version, build))
    await connection.execute(_BUMP)


async def drop_builds(connection: AsyncConnection[Any], projection: Projection[Any], *, keep: Sequence[Build]) -> None:
    """Drop every build of a projection but some."""
    kept = {schema_name(projection.name, build.version, build.build) for build in keep}
    cursor = await connection.execute(_SCHEMAS, (f"^{projection.name}_v[0-9]+(_b[0-9]+)?$",))
    for (schema,) in await cursor.fetchall():
        if schema not in kept:
            await connection.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(schema)))
