"""A login of PostgreSQL that has one role, as each process has one in production."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql


@contextmanager
def login(postgres: str, database: str, role: str) -> Iterator[str]:
    """Yield the address of a database for a new user who is a member of a role and of nothing else."""
    name, password = f"login_{secrets.token_hex(6)}", secrets.token_hex(16)
    user = sql.Identifier(name)
    with psycopg.connect(postgres, autocommit=True) as connection:
        create = sql.SQL("CREATE ROLE {} LOGIN PASSWORD {} IN ROLE {}")
        connection.execute(create.format(user, sql.Literal(password), sql.Identifier(role)))
        parts = urlsplit(database)
        yield urlunsplit(parts._replace(netloc=f"{name}:{password}@{parts.netloc.rpartition('@')[2]}"))
        connection.execute(sql.SQL("DROP ROLE {}").format(user))
