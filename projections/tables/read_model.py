"""The template of every read model's table: keyed by store, versioned by schema, guarded by row."""

from collections.abc import Iterator, Mapping

import msgspec
from sqlalchemy import Column, MetaData, Table, Text
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.schema import CreateIndex, CreateTable, SchemaItem

from projections.folding.projection import VERSION

READ_MODELS = MetaData()

PROJECTOR_ROLE = "shopfloor_projector"
"""Owns the record and the read models and writes them."""

API_ROLE = "shopfloor_api"
"""Reads the rows of the organisations that the connection's setting names, and can not lift that."""

ORGANISATIONS_SETTING = "shopfloor.organisations"
"""Comma-separated organisations that a connection may see, or `*`; unset shows nothing."""


PERSONAL = "personal"
"""Marks, by `info={PERSONAL: True}`, a column that is gone when its subject is forgotten; no digest covers it."""

NAMES = "names"
"""Marks, by `info={NAMES: "visit"}`, a column that names a visit, profile or payment, or a track, which goes with its
visit: forgetting finds it there."""


class Mark(msgspec.Struct, frozen=True):
    """What a build's table says of itself, as its comment in the database."""

    names: Mapping[str, str]
    """The columns that name subjects, with the kind of each."""


def named_columns(table: Table) -> dict[str, str]:
    """Return the columns of a read model that name subjects, with the kind of each."""
    return {str(column.name): column.info[NAMES] for column in table.columns if NAMES in column.info}


def schema_name(name: str, version: int, build: int = 1) -> str:
    """Return the schema of a read model; a rebuild of the same version is the next build, beside the first."""
    return f"{name}_v{version}" if build == 1 else f"{name}_v{version}_b{build}"


def read_model(name: str, version: int, *items: SchemaItem) -> Table:
    """Declare a read model's table `<name>_v<version>.<name>`.

    `items` are its columns and indexes; key columns are marked `primary_key=True`. The columns `organisation` and
    `store` come first in the key and are added here.
    """
    return Table(
        name,
        READ_MODELS,
        Column("organisation", Text, primary_key=True),
        Column("store", Text, primary_key=True),
        *items,
        schema=schema_name(name, version),
        info={VERSION: version},
    )


def mark(table: Table, schema: str) -> str:
    """Return the statement by which a build says whom it names."""
    said = msgspec.json.encode(Mark(named_columns(table))).decode()
    return f'COMMENT ON TABLE "{schema}"."{table.name}" IS \'{said}\''


def definition(table: Table, schema: str) -> Iterator[str]:
    """Yield the statements that create a read model, guarded, in a schema that does not exist yet."""
    built = table.to_metadata(MetaData(), schema=schema)
    dialect = PGDialect()  # type: ignore[no-untyped-call]
    yield f'CREATE SCHEMA "{schema}"'
    yield str(CreateTable(built).compile(dialect=dialect))
    for index in sorted(built.indexes, key=lambda index: str(index.name)):
        yield str(CreateIndex(index).compile(dialect=dialect))
    yield mark(table, schema)
    yield f'GRANT USAGE ON SCHEMA "{schema}" TO {API_ROLE}'
    yield from row_security(f'"{schema}"."{table.name}"')


def row_security(table: str) -> Iterator[str]:
    """Yield the statements that show the API role a table's rows by organisation, and let the projector write."""
    organisations = f"(SELECT current_setting('{ORGANISATIONS_SETTING}', true))"
    yield f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"
    yield f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY"
    yield f"CREATE POLICY written ON {table} TO {PROJECTOR_ROLE} USING (true) WITH CHECK (true)"
    yield (
        f"CREATE POLICY visible ON {table} FOR SELECT TO {API_ROLE} USING ("
        f"{organisations} = '*' OR organisation = ANY ((SELECT string_to_array({organisations}, ','))::text[]))"
    )
    yield f"GRANT SELECT ON {table} TO {API_ROLE}"
