"""What a test has for itself in the services that a test run shares."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql

from event_store.connection import KafkaConnection
from event_store.topics import Topics
from infra.local.topics import make_topics


def own_topics(kafka: str) -> Topics:
    """Make topics as they are in production, under names that nobody else uses."""
    names = Topics(prefix=f"{secrets.token_hex(6)}.")
    make_topics(KafkaConnection(bootstrap=kafka), names.specs(), replicas=1)
    return names


@contextmanager
def own_database(postgres: str, template: str) -> Iterator[str]:
    """Yield the superuser's address of a new, migrated, empty database."""
    name = f"test_{secrets.token_hex(6)}"
    with psycopg.connect(postgres, autocommit=True) as connection:
        copy = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY")
        connection.execute(copy.format(sql.Identifier(name), sql.Identifier(template)))
        # rights on a database are not copied with it
        grant = sql.SQL("GRANT CREATE ON DATABASE {} TO shopfloor_projector")
        connection.execute(grant.format(sql.Identifier(name)))
        yield f"{postgres.rpartition('/')[0]}/{name}"
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
