"""Tables of read models for one question, in a schema that is gone afterwards."""

import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from psycopg import AsyncConnection, sql
from sqlalchemy import MetaData
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.schema import CreateTable

from projections.folding.projection import Projection
from projections.tables.model_table import ModelTable

AUDITOR_ROLE = "shopfloor_auditor"
"""Reads the tables of one question, and may touch nothing else."""

_LOCK = "SELECT pg_try_advisory_lock(hashtext(%s))"
_LEFT = """
SELECT nspname FROM pg_namespace WHERE nspname ~ '^scratch_[0-9a-f]{12}$' AND pg_get_userbyid(nspowner) = current_user
"""
_UNLOCK = "SELECT pg_advisory_unlock(hashtext(%s))"


@asynccontextmanager
async def scratch_tables(
    connection: AsyncConnection[Any], projections: Sequence[Projection[Any]]
) -> AsyncIterator[tuple[str, list[ModelTable]]]:
    """Yield a schema with empty tables of read models under their plain names; what others left behind is dropped."""
    schema = f"scratch_{secrets.token_hex(6)}"
    await _drop_left(connection)
    await connection.execute(_LOCK, (schema,))
    try:
        await connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(schema)))
        for projection in projections:
            table = projection.table.to_metadata(MetaData(), schema=schema)
            text = str(CreateTable(table).compile(dialect=PGDialect()))  # type: ignore[no-untyped-call]
            await connection.execute(sql.SQL(text.replace("CREATE TABLE", "CREATE UNLOGGED TABLE", 1)))
        yield schema, [ModelTable(each, schema) for each in projections]
    finally:
        if not connection.broken:
            await _drop(connection, schema)
            await connection.execute(_UNLOCK, (schema,))


async def _drop_left(connection: AsyncConnection[Any]) -> None:
    """Drop the schemas of processes that were killed: nobody holds their locks."""
    cursor = await connection.execute(_LEFT)
    for (schema,) in await cursor.fetchall():
        locked = await connection.execute(_LOCK, (schema,))
        if await locked.fetchone() == (True,):
            await _drop(connection, schema)
            await connection.execute(_UNLOCK, (schema,))


async def _drop(connection: AsyncConnection[Any], schema: str) -> None:
    await connection.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(schema)))
