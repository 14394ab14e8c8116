"""How the rows of two builds of one read model differ."""

from collections.abc import Sequence
from typing import Any

import msgspec
from psycopg import AsyncConnection, sql

from projections.tables.model_table import ModelTable
from projections.tables.read_model import PERSONAL

Values = dict[str, Any]

_COLUMNS = """
SELECT column_name, udt_name FROM information_schema.columns WHERE table_schema = %s AND table_name = %s
"""
_COUNT = """
SELECT count(*) FILTER (WHERE o.store IS NOT NULL AND n.store IS NOT NULL AND NOT ({differs})),
       count(*) FILTER (WHERE o.store IS NOT NULL AND n.store IS NOT NULL AND ({differs})),
       count(*) FILTER (WHERE n.store IS NULL), count(*) FILTER (WHERE o.store IS NULL)
FROM {before} o FULL JOIN {after} n ON {same}
"""
_EXAMPLES = """
SELECT CASE WHEN o.store IS NOT NULL THEN (SELECT row_to_json(r) FROM (SELECT {old}) r) END,
       CASE WHEN n.store IS NOT NULL THEN (SELECT row_to_json(r) FROM (SELECT {new}) r) END
FROM {before} o FULL JOIN {after} n ON {same}
WHERE o.store IS NULL OR n.store IS NULL OR ({differs}) ORDER BY {keys} LIMIT %s
"""


class Example(msgspec.Struct, frozen=True, kw_only=True):
    """A row that differs, by its key; null where one of the builds has none under it."""

    key: Values
    before: Values | None
    after: Values | None


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """How many rows of two builds are the same, and the first that are not, in the order of the key.

    Personal columns are not compared, nor those that only one of the builds has.
    """

    same: int
    changed: int
    only_before: int
    only_after: int
    examples: Sequence[Example]
    columns_only_before: Sequence[str] = ()
    columns_only_after: Sequence[str] = ()

    @property
    def is_none(self) -> bool:
        """Whether all rows are the same."""
        return not (self.changed or self.only_before or self.only_after)


async def compare(connection: AsyncConnection[Any], before: str, after: ModelTable, show: int) -> Difference:
    """Compare the rows of the build in the schema `before` with a newer one's; give the first `show` that differ."""
    table = after.projection.table
    personal = {column.name for column in table.columns if column.info.get(PERSONAL)}
    old, new = [await _columns(connection, schema, table.name) for schema in (before, after.schema)]
    keys = [str(column.name) for column in table.primary_key]
    if not set(keys) <= old.keys():
        keys = []  # another key: no row of one build is a row of the other
    common = [name for name in new if name in old and name not in personal]
    others = [name for name in common if name not in keys]
    differs = [_differs(name, native=old[name] == new[name] != "json") for name in others]
    parts = {
        "before": sql.Identifier(before, table.name),
        "after": after.name,
        "same": sql.SQL(" AND ").join(map(_equals, keys)) if keys else sql.SQL("false"),
        "differs": sql.SQL(" OR ").join(differs) if differs else sql.SQL("false"),
        "old": _listed("o", common),
        "new": _listed("n", common),
        "keys": sql.SQL(", ").join(map(_either, keys or ["organisation", "store"])),
    }
    cursor = await connection.execute(sql.SQL(_COUNT).format(**parts))
    same, changed, only_before, only_after = await cursor.fetchone() or (0, 0, 0, 0)
    cursor = await connection.execute(sql.SQL(_EXAMPLES).format(**parts), (show,))
    return Difference(
        same=same,
        changed=changed,
        only_before=only_before,
        only_after=only_after,
        examples=[_example(keys, *pair) for pair in await cursor.fetchall()],
        columns_only_before=tuple(sorted(old.keys() - new.keys())),
        columns_only_after=tuple(sorted(new.keys() - old.keys())),
    )


async def _columns(connection: AsyncConnection[Any], schema: str, table: str) -> dict[str, str]:
    cursor = await connection.execute(_COLUMNS, (schema, table))
    return dict(await cursor.fetchall())


def _differs(name: str, *, native: bool) -> sql.Composed:
    form = "o.{0} IS DISTINCT FROM n.{0}" if native else "to_jsonb(o.{0}) IS DISTINCT FROM to_jsonb(n.{0})"
    return sql.SQL(form).format(sql.Identifier(name))


def _equals(key: str) -> sql.Composed:
    return sql.SQL("o.{0} = n.{0}").format(sql.Identifier(key))


def _either(key: str) -> sql.Composed:
    return sql.SQL("coalesce(o.{0}, n.{0})").format(sql.Identifier(key))


def _listed(alias: str, names: Sequence[str]) -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier(alias, name) for name in names)


def _example(keys: Sequence[str], before: Values | None, after: Values | None) -> Example:
    known = before or after or {}
    return Example(
        key={key: known[key] for key in keys},
        before=None if before is None else _rest(keys, before),
        after=None if after is None else _rest(keys, after),
    )


def _rest(keys: Sequence[str], row: Values) -> Values:
    return {name: value for name, value in row.items() if name not in keys}
