"""Redis as the sink: it keeps records until a bridge has brought them to Kafka, and the spool keeps them until then."""

import contextlib
import time
from collections.abc import Sequence

from redis.exceptions import RedisError

from vision_workers.edge.connection import Client, RedisConnection, demand_fit
from vision_workers.edge.entries import fields_of, mark
from vision_workers.edge.errors import EdgeError
from vision_workers.edge.keys import Keys
from vision_workers.sink import SinkDown
from vision_workers.spool.waiting import Waiting

LOOK_AGAIN_S = 2.0
"""Without news for so long it is looked whether Redis still has what it was given."""
PATIENCE_S = 15.0
"""A bridge that brings nothing for so long is told of; what Redis has is waited for and not given again."""
BEGINNING = "0-0"


class RedisSink:
    """Gives records to Redis, and returns when Kafka has them: a bridge says so of each source.

    Redis may lose what it was given. Whatever it has no more and Kafka has not is given to it again.
    """

    def __init__(self, connection: RedisConnection, keys: Keys, patience_s: float = PATIENCE_S) -> None:
        self._connection, self._keys, self._patience_s = connection, keys, patience_s
        self._client: Client | None = None
        self._given: dict[tuple[str, int], str] = {}
        """The ids under which records lie that Kafka is not known to have."""
        self._in_doubt = True
        """Something happened since everything was known to be carried."""
        self._heard = BEGINNING

    async def send(self, records: Sequence[Waiting]) -> None:
        """Return once Kafka has every record."""
        try:
            with self._connection.telling():
                await self._send(await self._started(), records)
        except EdgeError as problem:
            await self.close()
            raise SinkDown(str(problem)) from problem

    async def close(self) -> None:
        """Let go of the connection; what was given and not carried is looked for when there is another one."""
        client, self._client = self._client, None
        self._in_doubt, self._heard = True, BEGINNING
        if client is not None:
            with contextlib.suppress(RedisError, OSError, TimeoutError):
                await client.aclose()

    async def _started(self) -> Client:
        if self._client is None:
            client = self._connection.client()
            try:
                await demand_fit(client, self._connection.where)
            except BaseException:
                await client.aclose()
                raise
            self._client = client
        return self._client

    async def _send(self, client: Client, records: Sequence[Waiting]) -> None:
        left = await self._uncarried(client, records) if self._in_doubt else list(records)
        self._in_doubt, deadline = True, time.monotonic() + self._patience_s
        await self._give(client, left)
        while left:
            if time.monotonic() > deadline:
                raise SinkDown(await self._why_it_waits(client, len(left)))
            is_news = await self._listen(client)
            left = await self._uncarried(client, left)
            if not is_news:
                await self._give(client, left)
        self._in_doubt = False
        self._given.clear()

    async def _uncarried(self, client: Client, records: Sequence[Waiting]) -> list[Waiting]:
        """Return the records that Kafka is not known to have, and that are not in quarantine."""
        if not records:
            return []
        sources = list({waiting.source for waiting in records})
        known = await client.mget([self._keys.acknowledged(source) for source in sources])
        carried = {source: int(sequence or 0) for source, sequence in zip(sources, known, strict=True)}
        left = [waiting for waiting in records if waiting.sequence > carried[waiting.source]]
        marked = [(waiting, self._given.get((waiting.source, waiting.sequence))) for waiting in left]
        marks = [_mark(waiting, entry_id) for waiting, entry_id in marked if entry_id is not None]
        if not marks or not await client.exists(self._keys.refused):
            return left
        refused = dict(zip(marks, await client.smismember(self._keys.refused, marks), strict=True))
        return [each for each, entry_id in marked if entry_id is None or not refused[_mark(each, entry_id)]]

    async def _give(self, client: Client, records: Sequence[Waiting]) -> None:
        """Give Redis what it does not have: all of it or nothing, in order.

        Where one is gone all behind it of the same batch are given again, so that each source stays in order.
        """
        kept = await self._count_kept(client, records)
        missing = records[kept:]
        if not missing:
            return
        async with client.pipeline(transaction=True) as together:
            for waiting in missing:
                together.xadd(self._keys.facts, fields_of(waiting))
            ids = await together.execute()
        for waiting, entry_id in zip(missing, ids, strict=True):
            self._given[waiting.source, waiting.sequence] = entry_id.decode()

    async def _count_kept(self, client: Client, records: Sequence[Waiting]) -> int:
        """Return how many records from the first on Redis still has as they were given to it."""
        ids = [self._given.get((waiting.source, waiting.sequence)) for waiting in records]
        known = ids.index(None) if None in ids else len(ids)
        if not known:
            return 0
        async with client.pipeline(transaction=False) as together:
            for entry_id in ids[:known]:
                together.xrange(self._keys.facts, entry_id, entry_id)
            found = await together.execute()
        for number, (waiting, entries) in enumerate(zip(records, found, strict=False)):
            if not any(_is_of(fields, waiting) for _, fields in entries):
                return number
        return known

    async def _listen(self, client: Client) -> bool:
        """Wait until a bridge has carried something; return whether it has."""
        told = await client.xread({self._keys.news: self._heard}, block=int(1000 * LOOK_AGAIN_S))
        if told:
            self._heard = told[0][1][-1][0]
        return bool(told)

    async def _why_it_waits(self, client: Client, count: int) -> str:
        status = await client.get(self._keys.status)
        at = f"Redis at {self._connection.where} has {count} records that are not in Kafka yet"
        if status is None:
            return f"{at}, and no bridge carries them: start `shopfloor bridge`"
        said = status.decode(errors="replace")
        return f"{at}: the bridge has not come to them" if said == "ok" else f"{at}; the bridge says: {said}"


def _mark(waiting: Waiting, entry_id: str) -> str:
    return mark(entry_id, waiting.source.encode(), str(waiting.sequence).encode())


def _is_of(fields: dict[bytes, bytes], waiting: Waiting) -> bool:
    return fields.get(b"source") == waiting.source.encode() and fields.get(b"sequence") == b"%d" % waiting.sequence
