"""Whether what Kafka's log has lost at its beginning was let go by its retention, or removed by somebody."""

import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any

import msgspec
from psycopg import AsyncConnection

from event_store.archive.errors import ArchivingError
from event_store.archive.segments import SEGMENT
from event_store.errors import BrokerUnreachable
from event_store.merkle import record_leaf
from event_store.monitoring.retention import Retention
from event_store.monitoring.sides import Found
from event_store.replay import Entry, Place, read_entries

AskRetention = Callable[[str], Awaitable[Retention]]
"""Returns what Kafka keeps of a topic."""

_NEWEST = """
SELECT "offset" FROM record.ledger WHERE topic = %s AND partition = %s AND "offset" < %s ORDER BY "offset" DESC LIMIT 1
"""
_SEGMENT = """
SELECT max(first_offset) FROM record.segments WHERE in_force AND topic = %s AND partition = %s AND first_offset < %s
"""
_LEFT = """
SELECT coalesce(sum(octet_length(value) + coalesce(octet_length(key), 0) + coalesce(octet_length(headers), 0) + 200), 0)
FROM record.ledger WHERE topic = %s AND partition = %s AND "offset" >= %s
"""
"""More than Kafka has of these: it compresses records, and frames each with fewer bytes."""


class Removed(msgspec.Struct, frozen=True):
    """The newest record that somebody removed, and why retention does not explain it."""

    newest: Found
    why: str


class Removals:
    """Judges removals of one look, by what Kafka keeps now and by what it kept at the look before.

    What was explained once stays so, whatever the retention becomes.
    """

    def __init__(
        self,
        ask: AskRetention,
        ledger: AsyncConnection[Any],
        explained: Mapping[str, int],
        kept: Mapping[str, Retention],
        *,
        accept: bool = False,
    ) -> None:
        """`explained` says for partitions up to where, `kept` what Kafka kept of topics at the look before.

        With `accept`, all that is gone now counts as explained.
        """
        self.explained = dict(explained)
        self.kept = dict(kept)
        self._kept_before = kept
        self._ask = ask
        self._ledger = ledger
        self._accept = accept
        self._judged: dict[tuple[Place, int], Removed | None] = {}

    async def remember(self, topic: str) -> None:
        """Take note of what Kafka keeps of a topic, for the next look; where it does not say, of what it said last."""
        with suppress(BrokerUnreachable):  # which is told where a removal has to be judged
            self.kept[topic] = await self._ask(topic)

    async def judge(self, place: Place, begins: int) -> Removed | None:
        """Return what is gone without a reason from a log that begins there, None where nothing is."""
        if begins <= self.explained.get(f"{place.topic}/{place.partition}", 0):
            return None
        if (place, begins) not in self._judged:
            self._judged[place, begins] = await self._judge(place, begins)
        return self._judged[place, begins]

    async def _judge(self, place: Place, begins: int) -> Removed | None:
        try:
            newest = None if self._accept else await self._newest_before(place, begins)
        except ArchivingError:  # which is an alarm of the ledger's; until it is over, nobody knows how old they were
            return None
        if newest is not None:
            retention = await self._ask(place.topic)
            possible = (retention, self._kept_before.get(place.topic, retention))
            left = await self._bytes_from(place, begins) if any(each.bytes is not None for each in possible) else 0
            age_ms = time.time_ns() // 1_000_000 - newest.timestamp
            if not any(each.explains(age_ms, left) for each in possible):
                leaf = record_leaf(newest.offset, newest.timestamp, newest.value or b"")
                why = f"records up to this one were removed, which retention does not explain ({retention})"
                return Removed(Found(newest.offset, leaf), why)
        self.explained[f"{place.topic}/{place.partition}"] = begins
        return None

    async def _newest_before(self, place: Place, begins: int) -> Entry | None:
        """Return the newest record that the log no longer has; the ledger says so itself where it lacks it."""
        values = (place.topic, place.partition, begins)
        for statement in (_NEWEST, _SEGMENT):
            (start,) = await (await self._ledger.execute(statement, values)).fetchone() or (None,)
            if start is not None:
                entries = await read_entries(self._ledger, place, start=start, end=begins, limit=SEGMENT)
                return entries[-1] if entries else None
        return None

    async def _bytes_from(self, place: Place, begins: int) -> int:
        (left,) = await (await self._ledger.execute(_LEFT, (place.topic, place.partition, begins))).fetchone() or (0,)
        return int(left)
