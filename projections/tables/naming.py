"""Which columns of which tables name subjects. Each build says so itself, so that one of any version can be reached."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
import structlog
from psycopg import AsyncConnection, sql

from projections.folding.projection import Projection
from projections.tables.builds import drop_build, leave_build
from projections.tables.model_table import ModelTable
from projections.tables.read_model import Mark, mark, named_columns

log = structlog.get_logger(__name__)

_BUILDS = """
SELECT n.nspname, c.relname, obj_description(c.oid, 'pg_class'),
       array(SELECT attname::text FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND pg_get_userbyid(n.nspowner) = current_user
  AND n.nspname ~ ('^' || c.relname || '_v[0-9]+(_b[0-9]+)?$')
ORDER BY n.nspname
"""


class Naming(msgspec.Struct, frozen=True):
    """A table, with the columns that name subjects and the kind of each."""

    table: sql.Identifier
    columns: Mapping[str, str]


def naming_of(table: ModelTable) -> Naming:
    """Return what a table of this program names."""
    return Naming(table.name, named_columns(table.projection.table))


async def mark_builds(connection: AsyncConnection[Any], projections: Iterable[Projection[Any]]) -> None:
    """Let builds from before builds said whom they name say so, where they have the columns that this program names."""
    known = {each.name: each.table for each in projections}
    for schema, name, said, columns in await (await connection.execute(_BUILDS)).fetchall():
        if said is None and name in known and named_columns(known[name]).keys() <= set(columns):
            await connection.execute(sql.SQL(mark(known[name], schema)))


async def find_naming(connection: AsyncConnection[Any]) -> list[Naming]:
    """Return every table of every build there is: current, before it, or not finished; of any version.

    Where a build does not say whom it names, nobody can tell, so it is dropped.
    """
    found = []
    for schema, name, said, _ in await (await connection.execute(_BUILDS)).fetchall():
        if said is not None:
            found.append(Naming(sql.Identifier(schema, name), msgspec.json.decode(said, type=Mark).names))
            continue
        await leave_build(connection, name, schema)
        await drop_build(connection, schema)
        log.warning("somebody is forgotten: dropped a build that does not say whom it names", build=schema)
    return found
