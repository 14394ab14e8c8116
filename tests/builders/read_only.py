"""A database that is only read from for a while, as a replica is before it takes over."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql


@contextmanager
def only_read_from(address: str) -> Iterator[None]:
    """Let whoever connects from now on write nothing."""
    options = "-c default_transaction_read_only=off"
    with psycopg.connect(address, autocommit=True, options=options) as connection:
        name = sql.Identifier(connection.info.dbname)
        connection.execute(sql.SQL("ALTER DATABASE {} SET default_transaction_read_only = on").format(name))
        try:
            yield
        finally:
            connection.execute(sql.SQL("ALTER DATABASE {} RESET default_transaction_read_only").format(name))
