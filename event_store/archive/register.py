"""Which archive a ledger has, and whether all that was archived is still there."""

from collections.abc import Callable
from typing import Any

from psycopg import Connection

from event_store.archive.errors import NoArchive, OtherArchive
from event_store.archive.places import Archive, open_archive
from event_store.archive.reading import demand_whole, parse_manifest

MARK = "shopfloor-archive.txt"

_ALL = "SELECT manifest FROM record.segments ORDER BY topic, partition, first_offset"
_PLACE = "SELECT address FROM record.archive"
_NAME = """
INSERT INTO record.archive (address) VALUES (%s)
ON CONFLICT (only_one) DO UPDATE SET address = excluded.address
"""

Say = Callable[[str], None]
"""Tells the person who waits what happens."""


def find_archive(connection: Connection[Any], named: str | None) -> Archive:
    """Return the archive of this ledger; the first time it is the named one, from then on it must be.

    Raises `NoArchive`, `OtherArchive` and `UnusableArchive`.
    """
    row = connection.execute(_PLACE).fetchone()
    known = None if row is None else str(row[0])
    if named is None and known is None:
        raise NoArchive
    if named is not None and known not in {None, named}:
        raise OtherArchive(str(known), named)
    address = str(known or named)
    archive = open_archive(address)
    if known is None:
        archive.write(MARK, b"Archived segments of a Shopfloor ledger; docs/auditing.md\n")
        connection.execute(_NAME, (address,))
    return archive


def move_archive(connection: Connection[Any], address: str, say: Say) -> int:
    """Read from another address from now on, where every segment was copied to; return how many there are."""
    checked = check_archive(connection, open_archive(address), say)
    connection.execute(_NAME, (address,))
    return checked


def check_archive(connection: Connection[Any], archive: Archive, say: Say) -> int:
    """Demand that every segment is what was archived; return how many there are."""
    segments = [parse_manifest(bytes(manifest)) for (manifest,) in connection.execute(_ALL).fetchall()]
    for number, segment in enumerate(segments, start=1):
        demand_whole(archive, segment)
        say(f"{number} of {len(segments)} segments checked")
    return len(segments)
