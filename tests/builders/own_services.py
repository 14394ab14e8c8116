"""What a test has for itself in the services that a test run shares."""

import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from event_store.connection import KafkaConnection
from event_store.topics import Topics
from infra.local import jars
from infra.local.topics import make_topics

MEMORY = Path("/dev/shm")  # noqa: S108  # Linux's file system in memory; a database there is copied in a tenth of the time
ENOUGH = 2 * 2**30


@contextmanager
def services_folder() -> Iterator[Path]:
    """Yield a folder for services, in memory where there is room for it.

    It lies outside pytest's own folders, which are closed to the account that PostgreSQL gets from root.
    """
    jars.fetch()
    in_memory = os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ENOUGH
    with tempfile.TemporaryDirectory(
        prefix="shopfloor-tests-", dir=MEMORY if in_memory else None, ignore_cleanup_errors=True
    ) as folder:
        yield Path(folder)


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
