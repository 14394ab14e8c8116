"""The stream as a bridge sees it: what waits, and what was carried."""

from collections.abc import Iterable, Mapping, Sequence

from vision_workers.edge.connection import Client
from vision_workers.edge.entries import Entry, Fields
from vision_workers.edge.keys import CARRIED, KEEP_S, Keys

BEGINNING = "0-0"
MOST = 1_000
"""Entries that are carried at once."""


class Stream:
    """Entries leave it only behind Kafka's acknowledgement, so whatever is in it is to be carried."""

    def __init__(self, client: Client, keys: Keys, token: str) -> None:
        self._client, self._keys, self._token = client, keys, token
        self._carried = client.register_script(CARRIED)
        self._behind = BEGINNING

    async def read(self, patience_s: float) -> list[Entry]:
        """Return the oldest entries, after waiting for at most so long for one."""
        told = await self._client.xread({self._keys.facts: self._behind}, count=MOST, block=int(1000 * patience_s))
        if not told:
            self._behind = BEGINNING  # ids begin anew where the clock was set back behind a loss
            return []
        entries: Sequence[tuple[bytes, Fields | None]] = told[0][1]
        return [Entry(entry_id.decode(), fields or {}) for entry_id, fields in entries]

    async def let_go(self, entries: Sequence[Entry], carried: Mapping[str, int], refused: Iterable[Entry]) -> bool:
        """Take entries out, and say how far each source is in Kafka; False where another bridge has taken over."""
        marks = [entry.mark for entry in refused]
        keys = [self._keys.owner, self._keys.facts, self._keys.news, self._keys.refused]
        keys += [self._keys.acknowledged(source) for source in carried]
        words: list[str | int] = [self._token, KEEP_S, len(carried), len(marks), *carried.values(), *marks]
        is_ours = bool(int(await self._carried(keys, [*words, *(entry.id for entry in entries)])))
        if is_ours:
            self._behind = entries[-1].id
        return is_ours

    async def waiting(self) -> tuple[int, float]:
        """Return how many entries wait, and for how many seconds the oldest does, by Redis' clock."""
        count = int(await self._client.xlen(self._keys.facts))
        first = await self._client.xrange(self._keys.facts, count=1)
        if not first:
            return count, 0.0
        seconds, microseconds = await self._client.time()
        since = int(first[0][0].partition(b"-")[0]) / 1000
        return count, max(0.0, seconds + microseconds / 1_000_000 - since)
