"""Where the monitor writes down what it found, for `doctor`, the API and its own next start."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from psycopg import Connection
from psycopg.types.json import Jsonb

from event_store.monitoring.divergence import Divergence
from event_store.monitoring.monitor import Look

_OPEN = """
SELECT side, tree, leaf, "offset", checkpoint, why FROM record.divergences
WHERE mended_at IS NULL ORDER BY side, tree, leaf
"""
_FOUND = """
INSERT INTO record.divergences AS known (side, tree, leaf, "offset", checkpoint, why) VALUES (%s, %s, %s, %s, %s, %s)
ON CONFLICT (side, tree, leaf) DO UPDATE SET
    "offset" = EXCLUDED."offset", checkpoint = EXCLUDED.checkpoint, why = EXCLUDED.why,
    found_at = now(), reported_at = NULL, mended_at = NULL
WHERE known.mended_at IS NOT NULL
"""
_MENDED = "UPDATE record.divergences SET mended_at = now() WHERE side = %s AND tree = %s AND leaf = %s"
_UNREPORTED = """
SELECT side, tree, leaf, "offset", checkpoint, why, found_at FROM record.divergences
WHERE reported_at IS NULL ORDER BY found_at, side, tree, leaf
"""
_REPORTED = "UPDATE record.divergences SET reported_at = now() WHERE side = %s AND tree = %s AND leaf = %s"
_LOOKED = """
INSERT INTO record.monitors (topic, looked_at, checkpoint, verified, unreachable, round_ended_at, round_took)
VALUES (%s, now(), %s, %s, %s, %s, %s * interval '1 millisecond')
ON CONFLICT (topic) DO UPDATE SET
    looked_at = EXCLUDED.looked_at, checkpoint = EXCLUDED.checkpoint, verified = EXCLUDED.verified,
    unreachable = EXCLUDED.unreachable, round_ended_at = EXCLUDED.round_ended_at, round_took = EXCLUDED.round_took
"""


def open_divergences(connection: Connection[Any]) -> list[Divergence]:
    """Return what is not mended."""
    return [_divergence(row) for row in connection.execute(_OPEN)]


def write_down(connection: Connection[Any], topic: str, look: Look) -> None:
    """Write down what a look found, and what is mended since the one before."""
    memory = look.memory
    ended = datetime.fromtimestamp(memory.last_round_ended_ms / 1000, UTC) if memory.last_round_ended_ms else None
    with connection.transaction():
        now = {each.key for each in look.divergences}
        for each in open_divergences(connection):
            if each.key not in now:
                connection.execute(_MENDED, each.key)
        for each in look.divergences:
            connection.execute(_FOUND, msgspec.structs.astuple(each))
        values = (Jsonb(dict(look.verified)), Jsonb(dict(look.unreachable)), ended, memory.last_round_ms)
        connection.execute(_LOOKED, (topic, look.checkpoint, *values))


def unreported(connection: Connection[Any]) -> Sequence[tuple[Divergence, datetime]]:
    """Return what no event has told yet, with when it was found."""
    return [(_divergence(row[:6]), row[6]) for row in connection.execute(_UNREPORTED)]


def mark_reported(connection: Connection[Any], divergence: Divergence) -> None:
    """Write down that an event has told of it."""
    connection.execute(_REPORTED, divergence.key)


def _divergence(row: Sequence[Any]) -> Divergence:
    side, tree, leaf, offset, checkpoint, why = row
    return Divergence(side=side, tree=tree, leaf=leaf, offset=offset, checkpoint=checkpoint, why=why)
