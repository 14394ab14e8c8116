"""Finding a subject in archived months, of which nothing but the files says whom they are about."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from psycopg import AsyncConnection

from event_store.archive.errors import ArchivedPartAltered, ArchivedPartMissing, ArchivingError
from event_store.archive.places import open_archive
from event_store.archive.reading import blocks_of, parse_manifest
from event_store.archive.records import decode_records

Progress = Callable[[int], None]
"""Told how many more records were looked at."""

_ARCHIVE = "SELECT address FROM record.archive"
_SEGMENTS = """
SELECT topic, partition, first_offset FROM record.segments WHERE in_force ORDER BY topic, partition, first_offset
"""
_MANIFEST = "SELECT manifest FROM record.segments WHERE topic = %s AND partition = %s AND first_offset = %s"


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """Where archived records are about a subject."""

    stores: frozenset[tuple[str, str]]
    """Organisation and store."""
    unread: Sequence[ArchivingError]
    """Why some of the archive could not be read, file by file, or as a whole."""


async def find_in_archive(connection: AsyncConnection[Any], subject: str, progress: Progress = lambda _: None) -> Found:
    """Look through every segment for records about a subject; looks at months that moved there before it began."""
    row = await (await connection.execute(_ARCHIVE)).fetchone()
    stores: set[tuple[str, str]] = set()
    unread: list[ArchivingError] = []
    segments = await (await connection.execute(_SEGMENTS)).fetchall() if row else []
    for place in segments:
        (manifest,) = await (await connection.execute(_MANIFEST, place)).fetchone() or (b"",)
        try:
            found, records = await asyncio.to_thread(_search, row[0] if row else "", bytes(manifest), subject)
        except (ArchivedPartMissing, ArchivedPartAltered) as problem:
            unread.append(problem)
        except ArchivingError as problem:  # of the place itself: the other files are not to be had either
            return Found(stores=frozenset(stores), unread=[*unread, problem])
        else:
            stores |= found
            progress(records)
    return Found(stores=frozenset(stores), unread=unread)


def _search(address: str, manifest: bytes, subject: str) -> tuple[set[tuple[str, str]], int]:
    segment, name = parse_manifest(manifest), msgspec.json.encode(subject)
    found = {
        (record.organisation, record.store)
        for raw in blocks_of(open_archive(address), segment, 0, segment.last_offset + 1)
        if name in raw
        for record in decode_records(raw)
        if record.subject == subject and record.organisation is not None and record.store is not None
    }
    return found, segment.records
