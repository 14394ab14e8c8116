"""What `shopfloor archive` does: one connection, the archive of its ledger, and month after month."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from psycopg import Connection

import migrations
from event_store.archive.archiving import Archiving
from event_store.archive.months import Retention, old_months
from event_store.archive.register import Say, check_archive, find_archive, move_archive
from event_store.database import connect_blocking
from infra.settings import Settings
from projections.tables.read_model import PROJECTOR_ROLE


def archive_months(where: Settings, retention: Retention, say: Say) -> list[tuple[str, int]]:
    """Move every month that may go; return each with its number of records."""
    with _connected(where) as connection:
        months = old_months(connection, retention, datetime.now(UTC))
        if not months:
            return []
        with Archiving(connection, find_archive(connection, where.archive_address), say) as archiving:
            return [(month, archiving.archive(month)) for month in months]


def check_segments(where: Settings, say: Say) -> int:
    """Demand that every segment is what was archived; return how many there are."""
    with _connected(where) as connection:
        return check_archive(connection, find_archive(connection, None), say)


def move_segments(where: Settings, say: Say) -> int:
    """Read from the settings' archive from now on; return how many segments it has."""
    with _connected(where) as connection:
        return move_archive(connection, where.archive_address or "", say)


@contextmanager
def _connected(where: Settings) -> Iterator[Connection[Any]]:
    url = where.database_url()
    migrations.check(url)
    with connect_blocking(url, PROJECTOR_ROLE) as connection:
        yield connection
