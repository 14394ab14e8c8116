"""Reading and writing the rows of one read model in one build, set by set."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, get_type_hints

import msgspec
from psycopg import AsyncConnection, sql
from sqlalchemy import Table

from event_store.database import Statement, ask_together
from projections.folding.projection import Projection, Row
from projections.folding.readings import Store
from projections.folding.rows import FullKey, TableRows
from projections.tables.read_model import PERSONAL

ROWS_AT_ONCE = 2_000

_Record = Any
"""A whole row, key and all; its class is made from the table and the row."""


_LOAD = """
SELECT coalesce(json_agg(t), '[]')::text
FROM {table} t JOIN json_populate_recordset(NULL::{table}, %s::json) k ON {same}
"""
_INSERT = """
INSERT INTO {table} ({columns}) SELECT {columns} FROM json_populate_recordset(NULL::{table}, %s::json)
"""
_PUT = _INSERT + "ON CONFLICT ({keys}) DO {settle}"
_CANONICAL = """
SELECT (SELECT row_to_json(r)::text FROM (SELECT {columns}) r) FROM {table} t
WHERE %(organisation)s::text IS NULL OR (t.organisation = %(organisation)s AND t.store = %(store)s) ORDER BY {keys}
"""
_TAKE = "DELETE FROM {table} t USING json_populate_recordset(NULL::{table}, %s::json) k WHERE {same}"


class Digest(msgspec.Struct, frozen=True, kw_only=True):
    """What the rows of a read model come to.

    `sha256`, in hexadecimal, is that of one line for each row in the order of the primary key, texts by their UTF-8
    bytes: the row as JSON with its names sorted and without spaces, times in UTC, then a newline. Personal columns
    are left out.
    """

    rows: int
    sha256: str


class ModelTable:
    """A projection's table in the schema of one build.

    Rows travel as one JSON parameter: `json_populate_recordset` was measured to be as fast as COPY into a temporary
    table for thousands of rows and faster for fewer.
    """

    def __init__(self, projection: Projection[Any], schema: str) -> None:
        table = projection.table
        self.projection = projection
        self.schema = schema
        self.name = sql.Identifier(schema, table.name)
        self._row: type[Row] = projection.row
        self._keys = [str(column.name) for column in table.primary_key]
        self._record = _record(table, projection.row)
        self._decoder = msgspec.json.Decoder(list[self._record])  # type: ignore[name-defined]
        statements = self._statements([column.name for column in table.columns])
        self._load, self._insert, self._put, self._take = (statement.as_string() for statement in statements)

    def question(self, keys: Sequence[FullKey]) -> Statement:
        """Return what asks for the rows under keys, as one text."""
        wanted = [dict(zip(self._keys, key, strict=True)) for key in keys]
        return Statement(self._load, (msgspec.json.encode(wanted).decode(),))

    def found(self, text: str) -> Mapping[FullKey, Row]:
        """Return the rows that a question was answered with."""
        return dict(map(self._split, self._decoder.decode(text)))

    def statements(self, changes: Sequence[tuple[FullKey, Row | None]]) -> Iterator[Statement]:
        """Yield what puts and takes away rows, in the order of the changes, which are sorted by key."""
        put = [self._record(*key, *msgspec.structs.astuple(row)) for key, row in changes if row is not None]
        taken = [dict(zip(self._keys, key, strict=True)) for key, row in changes if row is None]
        if put:
            yield Statement(self._put, (msgspec.json.encode(put).decode(),))
        if taken:
            yield Statement(self._take, (msgspec.json.encode(taken).decode(),))

    def insertion(self, rows: Sequence[tuple[FullKey, Row | None]]) -> Statement:
        """Return what puts rows whose keys the table does not have.

        JSON costs this program less than COPY, which the table's row security refuses besides.
        """
        put = [self._record(*key, *msgspec.structs.astuple(row)) for key, row in rows if row is not None]
        return Statement(self._insert, (msgspec.json.encode(put).decode(),))

    async def digest(self, connection: AsyncConnection[Any], store: Store | None = None) -> Digest:
        """Return the digest of all rows, or of one store's; within a transaction, which it needs."""
        digest, rows = hashlib.sha256(), 0
        columns = [each.name for each in self.projection.table.columns if not each.info.get(PERSONAL)]
        statement = sql.SQL(_CANONICAL).format(
            columns=sql.SQL(", ").join(map(sql.Identifier, columns)), table=self.name, keys=self.by_key()
        )
        async with connection.cursor("digest") as cursor:
            cursor.itersize = ROWS_AT_ONCE
            await cursor.execute(statement, dict(zip(("organisation", "store"), store or (None, None), strict=True)))
            async for (row,) in cursor:
                digest.update(msgspec.json.encode(msgspec.json.decode(row), order="sorted") + b"\n")
                rows += 1
        return Digest(rows=rows, sha256=digest.hexdigest())

    def by_key(self) -> sql.Composed:
        """Return the order of the key's columns, texts by their bytes."""
        collated = [sql.SQL('t.{} COLLATE "C"') if self._is_text(name) else sql.SQL("t.{}") for name in self._keys]
        return sql.SQL(", ").join(
            order.format(sql.Identifier(name)) for order, name in zip(collated, self._keys, strict=True)
        )

    def _is_text(self, name: str) -> bool:
        return self.projection.table.columns[name].type.python_type is str

    def _split(self, record: _Record) -> tuple[FullKey, Row]:
        values = msgspec.structs.astuple(record)
        return values[: len(self._keys)], self._row(
            **dict(zip(self._row.__struct_fields__, values[len(self._keys) :], strict=True))
        )

    def _statements(self, columns: Sequence[str]) -> list[sql.Composed]:
        others = [name for name in columns if name not in self._keys]
        changed = [sql.SQL("{0} = excluded.{0}").format(sql.Identifier(name)) for name in others]
        names = {
            "table": self.name,
            "keys": sql.SQL(", ").join(map(sql.Identifier, self._keys)),
            "columns": sql.SQL(", ").join(map(sql.Identifier, columns)),
            "same": sql.SQL(" AND ").join(sql.SQL("t.{0} = k.{0}").format(sql.Identifier(key)) for key in self._keys),
            "settle": sql.SQL("UPDATE SET {}").format(sql.SQL(", ").join(changed)) if changed else sql.SQL("NOTHING"),
        }
        return [sql.SQL(text).format(**names) for text in (_LOAD, _INSERT, _PUT, _TAKE)]


async def load_missing(connection: AsyncConnection[Any], tables: Sequence[tuple[ModelTable, TableRows[Any]]]) -> None:
    """Read, in one question, what is missing of some tables' rows."""
    missing = [rows.missing() for _, rows in tables]
    questions = [table.question(keys) for (table, _), keys in zip(tables, missing, strict=True)]
    answers = await ask_together(connection, questions)
    for (table, rows), keys, answer in zip(tables, missing, answers, strict=True):
        rows.load(keys, table.found(answer))


def _record(table: Table, row: type[Row]) -> type[msgspec.Struct]:
    """Make the class of a table's whole row; refuses a row whose fields are not the table's other columns."""
    keys = [(str(column.name), column.type.python_type) for column in table.primary_key]
    others = [str(column.name) for column in table.columns if not column.primary_key]
    if others != list(row.__struct_fields__):
        raise ValueError(f"{row.__name__} has {row.__struct_fields__}, table {table.name} has {others} besides its key")
    hints = get_type_hints(row, include_extras=True)
    return msgspec.defstruct(f"{row.__name__}Record", [*keys, *((name, hints[name]) for name in others)], frozen=True)
