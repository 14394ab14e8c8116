"""A database for one piece of work, gone afterwards."""

import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

import migrations
from infra.errors import NoScratchDatabase
from infra.local.postgresql import Database


@contextmanager
def scratch_database(server: str | None = None) -> Iterator[str]:
    """Yield a new, migrated database: on a server whose user may make one, else on a PostgreSQL of its own.

    Raises `NoScratchDatabase`.
    """
    if server is None:
        with _own_server() as own, scratch_database(own) as database:
            yield database
        return
    name = f"shopfloor_scratch_{secrets.token_hex(6)}"
    _run(server, "CREATE DATABASE {}", name)
    try:
        database = urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
        migrations.upgrade(database)
        yield database
    finally:
        with suppress(NoScratchDatabase):  # a server that has gone takes it along, or says so to whoever comes next
            _run(server, "DROP DATABASE IF EXISTS {} WITH (FORCE)", name)


@contextmanager
def _own_server() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="shopfloor-scratch-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        server = Database(folder / "postgresql", folder / "processes", folder / "postgresql.log", durable=False)
        server.start()
        try:
            yield server.url
        finally:
            server.stop()


def _run(server: str, statement: str, name: str) -> None:
    try:
        with psycopg.connect(server, autocommit=True, connect_timeout=5) as connection:
            connection.execute(sql.SQL(statement).format(sql.Identifier(name)))
    except psycopg.Error as problem:
        raise NoScratchDatabase(" ".join(str(problem).split())) from problem
