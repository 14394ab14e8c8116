"""What read models and ledger hold about a visit, profile or payment, and in which stores."""

from collections.abc import Sequence
from typing import Any

import msgspec
from psycopg import AsyncConnection, sql

from projections.folding.projection import Projection
from projections.folding.readings import Store
from projections.tables.builds import find_build
from projections.tables.model_table import ModelTable
from projections.tables.read_model import named_columns

_TOLD = "SELECT DISTINCT organisation, store FROM record.ledger WHERE subject = %s AND organisation IS NOT NULL"
_FORGOTTEN = "SELECT DISTINCT organisation, store FROM record.erasures WHERE subject = %s"
_STORES = "SELECT DISTINCT organisation, store FROM {table} WHERE {column} = %s"
_ROWS = "SELECT row_to_json(t)::text FROM {table} t WHERE organisation = %s AND {column} = %s"


class HeldRow(msgspec.Struct, frozen=True):
    """A row of a read model about a subject."""

    read_model: str
    row: dict[str, Any]


async def find_stores(
    connection: AsyncConnection[Any], projections: Sequence[Projection[Any]], kind: str, name: str
) -> set[Store]:
    """Return every store whose read models or ledger know a subject; looks through the ledger's tables, no archive."""
    found: set[Store] = set()
    for statement in (_TOLD, _FORGOTTEN):
        cursor = await connection.execute(statement, (f"{kind}/{name}",))
        found |= {(organisation, store) for organisation, store in await cursor.fetchall() if store is not None}
    for _, table, column in await _naming(connection, projections, kind):
        cursor = await connection.execute(sql.SQL(_STORES).format(table=table, column=column), (name,))
        found |= set(await cursor.fetchall())
    return found


async def find_rows(
    connection: AsyncConnection[Any],
    projections: Sequence[Projection[Any]],
    organisation: str,
    subject: tuple[str, str],
) -> list[HeldRow]:
    """Return the rows of an organisation's read models that name a subject, given as kind and id."""
    kind, name = subject
    rows = []
    for read_model, table, column in await _naming(connection, projections, kind):
        cursor = await connection.execute(sql.SQL(_ROWS).format(table=table, column=column), (organisation, name))
        rows += [HeldRow(read_model, msgspec.json.decode(row)) for (row,) in await cursor.fetchall()]
    return rows


async def _naming(
    connection: AsyncConnection[Any], projections: Sequence[Projection[Any]], kind: str
) -> list[tuple[str, sql.Identifier, sql.Identifier]]:
    """Return each column that names subjects of a kind, with its read model and the table of the current build."""
    found = []
    for projection in projections:
        build = await find_build(connection, projection)
        if build is not None and build.version == projection.version:
            table = ModelTable(projection, build.schema(projection))
            found += [
                (projection.name, table.name, sql.Identifier(column))
                for column, what in named_columns(projection.table).items()
                if what == kind
            ]
    return found
