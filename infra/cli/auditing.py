"""What the commands for auditors share: the sealed record that the settings name, and one state of the database."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from psycopg import Connection, IsolationLevel

import migrations
from event_store.archive.reading import HOLD
from event_store.checkpoints import KeyFolder
from event_store.database import connect_blocking
from event_store.publishing import Publisher
from event_store.sealing.office import ROLE, Office
from infra.channels import witnesses_of
from infra.settings import Settings


def office_of(where: Settings) -> Office:
    """Return the sealed record of the settings' database; refuses a database of another version."""
    migrations.check(where.database_url())
    keys, witnesses = KeyFolder(where.keys_folder), witnesses_of(where)
    for witness in witnesses:
        keys.keep(witness.key)

    def have_witnessed(connection: Connection[Any]) -> None:
        Publisher(connection, witnesses).serve(at_once=True)

    return Office(where.database_url(), where.topics.events, keys, have_witnessed)


@contextmanager
def snapshot(url: str) -> Iterator[Connection[Any]]:
    """Yield a connection whose one transaction sees one state of the database, and writes nothing."""
    with connect_blocking(url, ROLE) as connection:
        connection.isolation_level = IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        with connection.transaction():
            connection.execute(HOLD)
            yield connection
