"""Facts that policies derived, on their way to Kafka: written with their cause, sent after it, at least once."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any
from uuid import UUID, uuid5

from psycopg import AsyncConnection

from event_store.envelope import Envelope
from event_store.serialization import encode
from event_store.writer import EventWriter
from projections.folding.order import Derived

DERIVED_IDS = UUID("2f1cf0a8-5b0b-5f0c-9d3e-3a1f6f5f8d10")
"""Namespace of the ids of derived facts: the same cause gives the same ids, however often it is taken."""

MOST_AT_ONCE = 500

_NUMBERS = """
INSERT INTO record.policy_sources AS known (policy, organisation, store, last_sequence) VALUES (%s, %s, %s, %s)
ON CONFLICT (policy, organisation, store)
DO UPDATE SET last_sequence = known.last_sequence + excluded.last_sequence RETURNING last_sequence
"""
_PUT = "INSERT INTO record.outbox (topic, partition, key, value) VALUES (%s, %s, %s, %s)"
_WAITING = """
SELECT id, key, value FROM record.outbox WHERE topic = %s AND partition = ANY (%s) ORDER BY id LIMIT %s
"""
_SENT = "DELETE FROM record.outbox WHERE id = ANY (%s)"


async def put_derived(connection: AsyncConnection[Any], derived: Sequence[Derived]) -> None:
    """Number the facts of a batch by policy and store, without holes, and put them into the outbox."""
    rows = []
    for (policy, organisation, store), group in groupby(sorted(derived, key=_source), key=_source):
        facts = list(group)
        cursor = await connection.execute(_NUMBERS, (policy, organisation, store, len(facts)))
        (last,) = await cursor.fetchone() or (len(facts),)
        for sequence, fact in enumerate(facts, last - len(facts) + 1):
            envelope = _envelope(fact, organisation, store, sequence)
            record = fact.cause.record
            rows.append((record.topic, record.partition, envelope.key, encode(envelope)))
    if rows:
        async with connection.cursor() as cursor:
            await cursor.executemany(_PUT, rows)


async def send_waiting(
    connection: AsyncConnection[Any], writer: EventWriter, topic: str, partitions: Sequence[int]
) -> int:
    """Send what waits for partitions that this process owns, oldest first; return how many were sent."""
    cursor = await connection.execute(_WAITING, (topic, list(partitions), MOST_AT_ONCE))
    waiting = await cursor.fetchall()
    if waiting:
        await writer.write_bytes([(key, value) for _, key, value in waiting])
        await connection.execute(_SENT, ([number for number, _, _ in waiting],))
    return len(waiting)


def _source(fact: Derived) -> tuple[str, str, str]:
    about = fact.cause.attributes
    return fact.policy.name, about.organisation or "", about.store or ""


def _envelope(fact: Derived, organisation: str, store: str, sequence: int) -> Envelope:
    policy, cause = fact.policy, fact.cause
    origin = None if cause.recorded is None else cause.recorded.envelope
    cause_id = cause.attributes.event_id
    return Envelope(
        id=str(uuid5(DERIVED_IDS, f"{policy.name}/{policy.version}/{cause_id}/{fact.ordinal}")),
        source=f"/{organisation}/{store}/policy/{policy.name}",
        sequence=sequence,
        organisation=organisation,
        store=store,
        actor=f"policy/{policy.name}",
        event=fact.event,
        causationid=cause_id,
        correlationid=None if origin is None else origin.correlationid,
        traceparent=None if origin is None else origin.traceparent,
    )
