"""Digests of read models at one state of the database, with the positions that they reflect."""

from collections.abc import Sequence
from typing import Any

import msgspec
from psycopg import AsyncConnection

from projections.errors import NotBuilt
from projections.folding.projection import Projection
from projections.folding.readings import Store
from projections.tables.builds import Build, find_build
from projections.tables.model_table import Digest, ModelTable
from projections.tables.read_model import schema_name

SNAPSHOT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"

_POSITIONS = """
SELECT topic, partition, next_offset FROM record.checkpoints
WHERE name = 'live' AND next_offset > 0 ORDER BY topic, partition
"""


class Reached(msgspec.Struct, frozen=True):
    """How far a partition has been folded: up to, not including, an offset."""

    topic: str
    partition: int
    next_offset: int


class ModelDigest(msgspec.Struct, frozen=True, kw_only=True):
    """The digest of one read model."""

    name: str
    build: Build
    digest: Digest


class Digests(msgspec.Struct, frozen=True, kw_only=True):
    """Digests of read models that all stand at the same positions."""

    positions: Sequence[Reached]
    models: Sequence[ModelDigest]


async def find_digests(
    connection: AsyncConnection[Any], projections: Sequence[Projection[Any]], store: Store | None = None
) -> Digests:
    """Return the digests of current builds, of all rows or of one store's; raises `NotBuilt`."""
    async with connection.transaction():
        await connection.execute(SNAPSHOT)
        cursor = await connection.execute(_POSITIONS)
        positions = [Reached(*row) for row in await cursor.fetchall()]
        models = [await _digest(connection, projection, store) for projection in projections]
    return Digests(positions=positions, models=models)


async def _digest(connection: AsyncConnection[Any], projection: Projection[Any], store: Store | None) -> ModelDigest:
    build = await find_build(connection, projection)
    if build is None or build.version != projection.version:
        raise NotBuilt(projection.name, projection.version)
    table = ModelTable(projection, schema_name(projection.name, build.version, build.build))
    return ModelDigest(name=projection.name, build=build, digest=await table.digest(connection, store))
