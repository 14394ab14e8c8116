"""Deliveries as PostgreSQL keeps them: whose turn it is, what became of it, and what an operator may ask of one."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from psycopg import AsyncConnection
from psycopg.rows import class_row

from projections.webhooks.errors import NoSuchDelivery
from projections.webhooks.messages import Due
from projections.webhooks.outcomes import GIVEN_UP, Kind, Wait

KEPT_BYTES = 1_000
"""Of an answer's body."""

_DUE = """
SELECT d.subscription, d.sequence, d.topic, d.partition, d."offset", d.event_id, d.previous, d.resent, d.attempts,
    s.failures,
    (SELECT l.value FROM record.ledger l
     WHERE l.topic = d.topic AND l.partition = d.partition AND l."offset" = d."offset") AS value
FROM webhooks.subscriptions s CROSS JOIN LATERAL (
    SELECT * FROM (
        SELECT DISTINCT ON (entity) * FROM webhooks.deliveries
        WHERE subscription = s.id AND state = 'pending' ORDER BY entity, sequence
    ) AS first_of_entity
    WHERE next_attempt_at <= now() ORDER BY sequence LIMIT %s
) AS d
WHERE s.id = ANY (%s) AND s.state = 'active' AND s.paused_until <= now()
ORDER BY d.sequence
"""
_ATTEMPT = """
INSERT INTO webhooks.attempts (subscription, sequence, status, took_ms, trouble, answer)
VALUES (%(subscription)s, %(sequence)s, %(status)s, %(took_ms)s, %(trouble)s, %(answer)s)
"""
_DELIVERED = """
UPDATE webhooks.deliveries SET state = 'delivered', attempts = attempts + 1, ended_at = now()
WHERE subscription = %(subscription)s AND sequence = %(sequence)s
"""
_AGAIN = """
UPDATE webhooks.deliveries SET attempts = attempts + %(counted)s,
    next_attempt_at = now() + coalesce(%(pause)s::interval, '0'),
    state = CASE WHEN %(pause)s::interval IS NULL THEN 'failed' ELSE state END,
    ended_at = CASE WHEN %(pause)s::interval IS NULL THEN now() END
WHERE subscription = %(subscription)s AND sequence = %(sequence)s
"""
_WELL = """
UPDATE webhooks.subscriptions SET failures = 0, failing_since = NULL, trouble = NULL
WHERE id = %(subscription)s AND (failures > 0 OR trouble IS NOT NULL)
"""
_ILL = """
UPDATE webhooks.subscriptions SET failures = failures + 1, failing_since = coalesce(failing_since, now()),
    trouble = %(trouble)s, paused_until = greatest(paused_until, now() + %(rest)s),
    state = CASE WHEN %(gone)s OR failing_since < now() - %(given_up)s THEN 'disabled' ELSE state END
WHERE id = %(subscription)s
"""
_PROVEN = """
UPDATE webhooks.subscriptions SET state = 'active', proven_at = now(), trouble = NULL, failures = 0,
    failing_since = NULL, paused_until = now()
WHERE id = %s AND state = 'unproven'
"""
_LIST = """
SELECT sequence, topic, partition, "offset", event_id, type, entity, state, attempts, next_attempt_at, ended_at,
    resent, (
    SELECT coalesce(a.trouble, a.status::text) FROM webhooks.attempts a
    WHERE a.subscription = d.subscription AND a.sequence = d.sequence ORDER BY a.at DESC LIMIT 1
) AS last_answer
FROM webhooks.deliveries d WHERE subscription = %s AND (%s::bigint IS NULL OR sequence < %s)
ORDER BY sequence DESC LIMIT %s
"""
_ENDED = """
SELECT count(*) FROM webhooks.deliveries WHERE subscription = %s AND sequence BETWEEN %s AND %s AND state <> 'pending'
"""
_REPLAY = """
UPDATE webhooks.deliveries SET state = 'pending', resent = true, attempts = 0, next_attempt_at = now(), ended_at = NULL
WHERE subscription = %s AND sequence BETWEEN %s AND %s AND state <> 'pending'
"""


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """One POST and what came of it."""

    status: int | None
    took_ms: int
    trouble: str | None
    """Why it was not taken; null where it was."""
    answer: str | None
    """The beginning of the answer's body."""


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """How a delivery is."""

    sequence: int
    topic: str
    partition: int
    offset: int
    event_id: str
    type: str
    entity: str
    state: str
    attempts: int
    next_attempt_at: datetime
    ended_at: datetime | None
    resent: bool
    last_answer: str | None


async def find_due(connection: AsyncConnection[Any], subscriptions: Collection[str], most: int) -> list[Due]:
    """Return of each subscription the first deliveries whose time has come: of each entity the oldest one only."""
    async with connection.cursor(row_factory=class_row(Due)) as cursor:
        return await (await cursor.execute(_DUE, (most, list(subscriptions)))).fetchall()


async def keep_delivered(connection: AsyncConnection[Any], due: Due, attempt: Attempt) -> None:
    """Write down that it was taken."""
    values = msgspec.structs.asdict(attempt) | {"subscription": due.subscription, "sequence": due.sequence}
    async with connection.transaction():
        await connection.execute(_ATTEMPT, values)
        await connection.execute(_DELIVERED, values)
        await connection.execute(_WELL, values)


async def keep_failed(connection: AsyncConnection[Any], due: Due, attempt: Attempt, wait: Wait, kind: Kind) -> None:
    """Write down that it was not, and when it is tried again, if it is.

    Being told to slow down says nothing about the delivery, and is none of its attempts.
    """
    values = msgspec.structs.asdict(attempt) | {"subscription": due.subscription, "sequence": due.sequence}
    values |= {"pause": wait.delivery, "counted": int(kind != "slow_down")}
    values |= {"rest": wait.endpoint, "gone": kind == "gone", "given_up": GIVEN_UP}
    async with connection.transaction():
        await connection.execute(_ATTEMPT, values)
        await connection.execute(_AGAIN, values)
        await connection.execute(_ILL, values)


async def keep_proven(connection: AsyncConnection[Any], subscription: str) -> None:
    """Write down that an endpoint has answered its challenge."""
    await connection.execute(_PROVEN, (subscription,))


async def keep_trouble(connection: AsyncConnection[Any], subscription: str, trouble: str, rest: timedelta) -> None:
    """Write down what is wrong with a subscription, and that it is looked at again after a rest."""
    values = {"subscription": subscription, "trouble": trouble, "rest": rest, "gone": False, "given_up": GIVEN_UP}
    await connection.execute(_ILL, values)


async def find_deliveries(
    connection: AsyncConnection[Any], subscription: str, most: int, before: int | None = None
) -> Sequence[Delivery]:
    """Return a subscription's deliveries, newest first."""
    async with connection.cursor(row_factory=class_row(Delivery)) as cursor:
        return await (await cursor.execute(_LIST, (subscription, before, before, most))).fetchall()


async def count_ended(connection: AsyncConnection[Any], subscription: str, first: int, last: int) -> int:
    """Return how many deliveries of a range of numbers, both included, have ended."""
    row = await (await connection.execute(_ENDED, (subscription, first, last))).fetchone()
    return 0 if row is None else int(row[0])


async def replay(connection: AsyncConnection[Any], subscription: str, first: int, last: int) -> int:
    """Have the ended deliveries of a range made again, each under its id and marked; return how many."""
    return (await connection.execute(_REPLAY, (subscription, first, last))).rowcount


async def resend(connection: AsyncConnection[Any], subscription: str, sequence: int) -> None:
    """Have an ended delivery made again, under the same id and marked; raises `NoSuchDelivery`."""
    if await replay(connection, subscription, sequence, sequence) == 0:
        raise NoSuchDelivery(subscription, sequence)
