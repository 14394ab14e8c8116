"""Records that could not be applied, and what waits behind them in order."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from psycopg import AsyncConnection

from projections.folding.order import Letter
from projections.folding.readings import Refusal, Subject
from projections.taking.dead_letter_limits import DECISIONS, Losses

_PUT = """
INSERT INTO record.dead_letters
    (topic, partition, "offset", recorded_at, organisation, store, subject, type, reason, error, behind, headers)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
_PARKED = """
SELECT organisation, store, subject, min(coalesce(behind, "offset")) FROM record.dead_letters
WHERE topic = %s AND partition = ANY (%s) AND subject IS NOT NULL AND reason <> 'misaddressed' AND resolved IS NULL
GROUP BY organisation, store, subject
"""
_LOSSES = """
WITH asked AS (
    SELECT topic, partition, greatest(first, accepted) AS first, accepted
    FROM (SELECT %s::text AS topic, p.* FROM unnest(%s::int[], %s::bigint[]) AS p (partition, first)) AS places,
    LATERAL (
        SELECT coalesce(max(a.before), 0) AS accepted FROM record.accepted_letters a
        WHERE a.topic = places.topic AND a.partition = places.partition
    ) AS farthest
),
lost AS (
    SELECT d.topic, d.partition, d."offset", first FROM asked JOIN record.dead_letters d USING (topic, partition)
    WHERE d."offset" >= first AND d.resolved IS NULL AND (d.type IS NULL OR d.type <> ALL (%s))
)
SELECT asked.partition,
    (SELECT array_agg("offset" ORDER BY "offset") FROM lost WHERE lost.partition = asked.partition),
    (
        SELECT count(*) FROM lost JOIN record.ledger l USING (topic, partition, "offset")
        WHERE lost.partition = asked.partition AND l.disposition = 'dead' AND "offset" > coalesce((
            SELECT a."offset" FROM record.ledger a
            WHERE a.topic = asked.topic AND a.partition = asked.partition AND a."offset" >= asked.first
                AND a.disposition = 'applied' ORDER BY a."offset" DESC LIMIT 1
        ), -1)
    ),
    accepted
FROM asked
"""
_MOST_CHARACTERS = 2_000


async def put_letters(connection: AsyncConnection[Any], letters: Sequence[Letter]) -> None:
    """Write dead letters; their bytes are in the ledger at the same position."""
    rows = [
        (
            letter.reading.record.topic,
            letter.reading.record.partition,
            letter.reading.record.offset,
            letter.reading.recorded_at,
            letter.reading.attributes.organisation,
            letter.reading.attributes.store,
            letter.reading.attributes.subject,
            letter.reading.attributes.type,
            letter.refusal.reason,
            kept_error(letter.refusal),
            letter.behind,
            _kept_headers(letter.reading.record.headers),
        )
        for letter in letters
    ]
    if rows:
        async with connection.cursor() as cursor:
            await cursor.executemany(_PUT, rows)


def _kept_headers(headers: Sequence[tuple[str, bytes | None]]) -> str:
    """Return headers as a table takes them; as they came they are in the ledger."""
    return msgspec.json.encode([(name.replace("\x00", "\\0"), value) for name, value in headers]).decode()


def kept_error(refusal: Refusal) -> str:
    """Return why a record could not be applied, as a table takes it."""
    return refusal.error.replace("\x00", "")[:_MOST_CHARACTERS].encode(errors="replace").decode()


async def find_parked(connection: AsyncConnection[Any], topic: str, partitions: Sequence[int]) -> dict[Subject, int]:
    """Return the subjects of partitions that wait, with the offset of the dead letter they wait behind."""
    cursor = await connection.execute(_PARKED, (topic, list(partitions)))
    return {
        (organisation, store, subject): behind
        for organisation, store, subject, behind in await cursor.fetchall()
        if organisation is not None and store is not None
    }


async def find_losses(
    connection: AsyncConnection[Any], topic: str, ends: Mapping[int, int], window: int
) -> dict[int, Losses]:
    """Return what partitions have lost among the last `window` offsets before each one's end."""
    firsts = [max(0, end - window) for end in ends.values()]
    cursor = await connection.execute(_LOSSES, (topic, list(ends), firsts, DECISIONS))
    return {
        partition: Losses(in_a_row=in_a_row, recent=tuple(recent or ()), accepted_before=accepted)
        for partition, recent, in_a_row, accepted in await cursor.fetchall()
    }
