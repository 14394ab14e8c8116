"""Which build of a read model answers questions now."""

from collections.abc import Mapping
from time import monotonic

from sqlalchemy import Column, Integer, MetaData, Table, Text, select
from sqlalchemy.ext.asyncio import AsyncConnection

from projections.tables.read_model import schema_name

RECORD = MetaData(schema="record")

CURRENT_VERSIONS = Table(
    "current_versions",
    RECORD,
    Column("projection", Text, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("build", Integer, nullable=False),
)
"""One row for each read model: the version and build that the projector keeps up to date."""

FRESH_FOR_S = 1.0
"""A build that was just replaced stays where it is, so a short memory of the pointers does no harm."""


async def current_schemas(connection: AsyncConnection) -> Mapping[str, str]:
    """Return a `schema_translate_map`: the schema that each table is declared in, and the one that is current.

    `await connection.execution_options(schema_translate_map=await current_schemas(connection))`, then query the
    tables as they are declared.
    """
    rows = await connection.execute(select(CURRENT_VERSIONS))
    return {
        schema_name(row.projection, row.version): schema_name(row.projection, row.version, row.build) for row in rows
    }


class CurrentSchemas:
    """The pointers, read again when they are older than a second."""

    def __init__(self) -> None:
        self._read_at = float("-inf")
        self._schemas: Mapping[str, str] = {}

    async def find(self, connection: AsyncConnection) -> Mapping[str, str]:
        """Return the `schema_translate_map` of about now."""
        if monotonic() - self._read_at > FRESH_FOR_S:
            self._schemas = await current_schemas(connection)
            self._read_at = monotonic()
        return self._schemas
