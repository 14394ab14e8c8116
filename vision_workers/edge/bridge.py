"""The bridge: carries what workers gave Redis to Kafka, in order, and lets go of it when Kafka has it."""

import asyncio
import contextlib
import time
from collections.abc import Sequence

import msgspec
import structlog
from redis.exceptions import RedisError

from vision_workers.edge.connection import Client, RedisConnection, demand_fit
from vision_workers.edge.entries import Entry, NoEntry, waiting_of
from vision_workers.edge.errors import EdgeError, UnfitRedis
from vision_workers.edge.gate import NotAdmitted, demand_admitted
from vision_workers.edge.keys import Keys
from vision_workers.edge.lease import LEASE_S, Lease, new_token
from vision_workers.edge.metrics import Metrics
from vision_workers.edge.quarantine import Quarantine
from vision_workers.edge.stream import Stream
from vision_workers.sink import Sink, SinkDown
from vision_workers.spool.waiting import Waiting

LISTEN_S = 0.5
"""How long it waits for an entry before it looks whether it is to stop."""
GOODBYE_S = 3.0
"""How long it waits for an answer of Kafka's when it is to stop; what has none is carried by the next bridge."""
AGAIN_S = 1.0
"""Between attempts while Redis or Kafka takes nothing."""
CANCEL_AGAIN_S = 0.2
REMIND_S = 30.0
"""How often a trouble that lasts is said."""
OK = "ok"

log = structlog.get_logger(__name__)


class BridgeSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What a bridge serves."""

    redis: RedisConnection
    keys: Keys
    quarantine: Quarantine
    organisations: frozenset[str] = frozenset()
    """Whose facts pass; everybody's if empty."""
    lease_s: float = LEASE_S


class LeaseLost(EdgeError):
    """Another bridge carries meanwhile."""

    def __init__(self) -> None:
        super().__init__("another bridge carries now: this one stood still for too long; it stands by")


class Bridge:
    """Carries while no other bridge does, and stands by otherwise. `sink` is Kafka."""

    def __init__(self, settings: BridgeSettings, sink: Sink, metrics: Metrics) -> None:
        self._settings, self._sink, self._metrics = settings, sink, metrics
        self._token = new_token()
        self._trouble: str | None = None
        """Why nothing is carried."""
        self._unfit: str | None = None
        """Why Redis may lose what it is given."""
        self._said_at = 0.0

    async def run(self, stop: asyncio.Event) -> None:
        """Carry until told to stop; whatever Redis or Kafka do meanwhile is waited for and told."""
        try:
            while not stop.is_set():
                try:
                    with self._settings.redis.telling():
                        await self._serve(stop)
                except LeaseLost as lost:
                    log.warning(str(lost))
                except EdgeError as problem:
                    self._complain(str(problem))
                    await _pause(stop, AGAIN_S)
        finally:
            await self._sink.close()

    async def _serve(self, stop: asyncio.Event) -> None:
        """Stand by and carry over one connection; raises what breaks it."""
        client = self._settings.redis.client()
        lease = Lease(client, self._settings.keys, self._token, self._settings.lease_s)
        try:
            while not stop.is_set():
                is_new = await lease.hold(self._status)
                if lease.is_held:
                    self._metrics.claimed.inc(is_new)
                    log.info("this bridge carries now")
                    await self._carry_on(client, lease, stop)
                else:
                    self._relax()
                    await _pause(stop, self._settings.lease_s / 5)
            await lease.release()
        finally:
            with contextlib.suppress(RedisError, OSError, TimeoutError):
                await client.aclose()

    async def _carry_on(self, client: Client, lease: Lease, stop: asyncio.Event) -> None:
        """Carry and keep the lease side by side, until one of them ends."""
        stream = Stream(client, self._settings.keys, self._token)
        work = (self._carry(stream, stop), self._keep(client, stream, lease), _patience_behind(stop))
        tasks = [asyncio.create_task(each) for each in work]
        try:
            self._metrics.carries.set(1)
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._metrics.stand_by()
            await _end(tasks)
        for each in done:
            each.result()

    async def _keep(self, client: Client, stream: Stream, lease: Lease) -> None:
        """Keep the lease and say how it goes, until another bridge has it."""
        while True:
            await lease.hold(self._status)
            if not lease.is_held:
                raise LeaseLost
            count, age_s = await stream.waiting()
            self._metrics.waiting.set(count)
            self._metrics.lag.set(age_s)
            await self._look_at(client)
            await asyncio.sleep(self._settings.lease_s / 4)

    async def _look_at(self, client: Client) -> None:
        """See whether Redis forgets; what is in it is carried all the same, before it vanishes."""
        before, self._unfit = self._unfit, None
        try:
            await demand_fit(client, self._settings.redis.where)
        except UnfitRedis as problem:
            self._unfit = str(problem)
            if before is None:
                log.error("Redis may lose what it is given", why=self._unfit)  # noqa: TRY400  # told in one line

    async def _carry(self, stream: Stream, stop: asyncio.Event) -> None:
        while not stop.is_set():
            entries = await stream.read(LISTEN_S)
            admitted, refused = self._sorted(entries)
            if refused:
                self._keep_apart(refused)
            if not await self._bring(admitted, stop):
                return
            if entries:
                carried = {waiting.source: waiting.sequence for waiting in admitted}
                if not await stream.let_go(entries, carried, [entry for entry, _ in refused]):
                    raise LeaseLost
                self._metrics.carried.inc(len(admitted))
                self._metrics.refused.inc(len(refused))
            self._relax()

    def _sorted(self, entries: Sequence[Entry]) -> tuple[list[Waiting], list[tuple[Entry, str]]]:
        """Return what passes, and what does not with the reasons."""
        admitted, refused = [], []
        for place, entry in enumerate(entries):
            try:
                waiting = waiting_of(entry, place)
                demand_admitted(waiting, self._settings.organisations)
            except (NoEntry, NotAdmitted) as problem:
                refused.append((entry, str(problem)))
            else:
                admitted.append(waiting)
        return admitted, refused

    def _keep_apart(self, refused: Sequence[tuple[Entry, str]]) -> None:
        self._settings.quarantine.keep(refused)
        log.error(
            "what is no fact, or not of who is served here, is in quarantine",
            entries=len(refused),
            first=refused[0][1],
            path=str(self._settings.quarantine.path),
        )

    async def _bring(self, records: Sequence[Waiting], stop: asyncio.Event) -> bool:
        """Return True once Kafka has every record, False when told to stop before."""
        self._metrics.pending.set(len(records))
        while records:
            if stop.is_set():
                return False
            try:
                await self._sink.send(records)
                break
            except SinkDown as problem:
                self._complain(str(problem))
                await _pause(stop, AGAIN_S)
        self._metrics.pending.set(0)
        return True

    @property
    def _status(self) -> str:
        return self._trouble or self._unfit or OK

    def _complain(self, why: str) -> None:
        self._trouble = why
        self._metrics.up.set(0)
        if time.monotonic() - self._said_at > REMIND_S:
            self._said_at = time.monotonic()
            log.warning("nothing is carried; it waits in Redis and in the workers' spools", why=why)

    def _relax(self) -> None:
        self._metrics.up.set(1)
        if self._trouble is not None:
            self._trouble, self._said_at = None, 0.0
            log.warning("the bridge carries again")


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)


async def _patience_behind(stop: asyncio.Event) -> None:
    await stop.wait()
    await asyncio.sleep(GOODBYE_S)


async def _end(tasks: Sequence["asyncio.Task[None]"]) -> None:
    """Cancel tasks until they are done: a client of Redis may swallow it (seen in redis 8.1)."""
    while left := [each for each in tasks if not each.done()]:
        for each in left:
            each.cancel()
        await asyncio.wait(left, timeout=CANCEL_AGAIN_S)
