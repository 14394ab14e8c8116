"""Preparing a database, and telling whether it is prepared. Addresses are `postgresql://` URLs."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, NullPool, create_engine, text

from event_store.database import outages_told, sqlalchemy_url
from migrations.errors import SchemaMissing, SchemaOutdated, SchemaTooNew, ServerTooOld
from migrations.roles import prepare_roles

OLDEST_POSTGRESQL = 16
"""Roles are granted with options that older ones do not know."""

UPGRADE_LOCK = 0x53484F50
"""Advisory lock that lets one process at a time upgrade a database."""


def upgrade(url: str) -> None:
    """Bring a database to this version's schema; several processes may call it at once."""
    with _connection(url) as connection:
        connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": UPGRADE_LOCK})
        connection.commit()
        found, known = _revision(connection), _script()
        if found is not None and not _is_known(known, found):
            raise SchemaTooNew(found, _head(known))
        prepare_roles(connection)
        connection.commit()
        command.upgrade(_config(connection), "head")
        connection.commit()


def current(url: str) -> str | None:
    """Return the revision of a database's schema, or None for one that was never prepared."""
    with _connection(url) as connection:
        return _revision(connection)


def newest() -> str:
    """Return the revision that this version brings a database to."""
    return _head(_script())


def check(url: str) -> None:
    """Raise `SchemaMissing`, `SchemaOutdated` or `SchemaTooNew` unless the schema is this version's."""
    found, script = current(url), _script()
    head = _head(script)
    if found is None:
        raise SchemaMissing
    if not _is_known(script, found):
        raise SchemaTooNew(found, head)
    if found != head:
        raise SchemaOutdated(found, head)


@contextmanager
def _connection(url: str) -> Iterator[Connection]:
    engine = create_engine(sqlalchemy_url(url), poolclass=NullPool)
    with outages_told(), engine.connect() as connection:
        if (found := int((connection.dialect.server_version_info or (0,))[0])) < OLDEST_POSTGRESQL:
            raise ServerTooOld(found, OLDEST_POSTGRESQL)
        yield connection


def _revision(connection: Connection) -> str | None:
    context = MigrationContext.configure(connection, opts={"version_table_schema": "record"})
    revision = context.get_current_revision()
    connection.commit()
    return revision


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def _script() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


def _head(script: ScriptDirectory) -> str:
    return script.get_current_head() or "nothing"


def _is_known(script: ScriptDirectory, revision: str) -> bool:
    return any(each.revision == revision for each in script.walk_revisions())
