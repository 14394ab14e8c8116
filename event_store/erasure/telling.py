"""Facts of the keeper on their way to Kafka: kept before they are sent, so that none is lost or changed by a crash."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from secrets import token_hex
from typing import Any
from uuid import uuid4

from psycopg import AsyncConnection

from event_store.envelope import Envelope, Position
from event_store.events.event import Event
from event_store.serialization import encode

Write = Callable[[Sequence[tuple[str, bytes]]], Awaitable[list[Position]]]
"""Appends records, as (key, bytes), to the record in order; returns their positions once they are safe."""

_NUMBER = """
INSERT INTO erasure.sources AS known (organisation, store, source, last_sequence) VALUES (%s, %s, %s, 1)
ON CONFLICT (organisation, store) DO UPDATE SET last_sequence = known.last_sequence + 1 RETURNING source, last_sequence
"""
_PUT = "INSERT INTO erasure.outbox (event_id, key, value) VALUES (%s, %s, %s)"
_WAITING = "SELECT id, event_id, key, value FROM erasure.outbox ORDER BY id LIMIT 500"
_SENT = "DELETE FROM erasure.outbox WHERE id = ANY (%s)"
_ALONE = "SELECT pg_advisory_xact_lock(hashtextextended('erasure outbox', 0))"


def now() -> datetime:
    """Return the time, cut to the millisecond as the record has it."""
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


async def put(connection: AsyncConnection[Any], event: Event, *, organisation: str, store: str, actor: str) -> str:
    """Keep a fact of a store for sending, numbered without holes, in the caller's transaction; return its id.

    A keeper whose memory was lost numbers anew under another source.
    """
    fresh = f"/{organisation}/{store}/keeper/{token_hex(4)}"
    cursor = await connection.execute(_NUMBER, (organisation, store, fresh))
    source, sequence = await cursor.fetchone() or (fresh, 1)
    envelope = Envelope(
        id=str(uuid4()),
        source=source,
        sequence=sequence,
        organisation=organisation,
        store=store,
        actor=actor,
        event=event,
    )
    await connection.execute(_PUT, (envelope.id, envelope.key, encode(envelope)))
    return envelope.id


async def send_waiting(connection: AsyncConnection[Any], write: Write) -> dict[str, Position]:
    """Send what waits, oldest first; return where each fact went, by its id. Another process may have sent some.

    One that was sent and is still there after a crash is sent again, as it was: its id is the same.
    """
    positions: dict[str, Position] = {}
    while True:
        async with connection.transaction():
            await connection.execute(_ALONE)
            waiting = await (await connection.execute(_WAITING)).fetchall()
            if not waiting:
                return positions
            taken = await write([(key, bytes(value)) for _, _, key, value in waiting])
            await connection.execute(_SENT, ([number for number, _, _, _ in waiting],))
        positions |= dict(zip((event_id for _, event_id, _, _ in waiting), taken, strict=True))
