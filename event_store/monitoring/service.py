"""The monitor as a process: a look every few seconds until it is told to stop."""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

import msgspec
import structlog
from psycopg import Connection

from event_store.checkpoints import VerifierKey
from event_store.connection import KafkaConnection
from event_store.database import connect, connect_blocking, outages_told
from event_store.envelope import Envelope
from event_store.errors import BrokerUnreachable, ShopfloorError, Unreachable
from event_store.events.ops import RecordDiverged
from event_store.monitoring import findings, memory
from event_store.monitoring.divergence import Divergence
from event_store.monitoring.errors import NoKnownKey
from event_store.monitoring.metrics import Metrics
from event_store.monitoring.monitor import Copies, Look, Monitor
from event_store.monitoring.removals import Removals
from event_store.monitoring.retention import Retention, read_retention
from event_store.monitoring.sides import LedgerSide, Side, Silent, kafka_side
from event_store.publishing.exposure import find_exposure
from event_store.sealing.sealed_record import newest_seal
from event_store.topics import Topics
from event_store.writer import EventWriter

log = structlog.get_logger(__name__)

ROLE = "shopfloor_monitor"
ORGANISATION, STORE = "shopfloor", "record"
"""Whose facts the monitor's are: they are about the record of all stores."""


class Watch(msgspec.Struct, frozen=True, kw_only=True):
    """What one monitor is to watch."""

    database: str
    kafka: KafkaConnection
    topics: Topics
    folder: Path
    """Where it remembers what it has checked."""
    keys: Callable[[], Sequence[VerifierKey]]
    """Returns the public keys that may sign."""
    channels: Sequence[str] = ()
    """The names of the channels that publish, for the exposure window."""
    quorum: int | None = None
    accept_removed: bool = False
    """What Kafka's log has lost at its beginning by now is no alarm any more."""
    every_s: float = 10.0
    pace: int = 2_000
    """So many records a second of each copy are compared again, at most."""


async def watch(job: Watch, metrics: Metrics, stop: asyncio.Event, *, once: bool = False) -> Look | None:
    """Look again and again; with `once`, until everything there is was compared; return the last look."""
    watching, look, began_ms = Watching(job, metrics), None, time.time_ns() // 1_000_000
    while not stop.is_set():
        try:
            look = await watching.look()
        except Unreachable as problem:
            if once:
                raise
            metrics.blind()
            log.warning("waiting to look", problem=str(problem))
        if once and look is not None and _is_enough(look, began_ms):
            return look
        if not once:
            await _sleep(stop, job.every_s)
    return look


def _is_enough(look: Look, began_ms: int) -> bool:
    """Tell whether a round that began since then has ended, or cannot end."""
    memory = look.memory
    ended = memory.last_round_ended_ms - memory.last_round_ms >= began_ms
    return ended or look.checkpoint == 0 or bool(look.divergences or look.unreachable)


async def _sleep(stop: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return


class Watching:
    """One process's looks, and the events about what they found."""

    def __init__(self, job: Watch, metrics: Metrics) -> None:
        self._job = job
        self._metrics = metrics
        self._monitor: Monitor | None = None
        self._source = f"/{ORGANISATION}/{STORE}/monitor/{uuid4()}"
        self._sequence = 0
        self._said: frozenset[tuple[str, str, int]] = frozenset()

    async def look(self) -> Look:
        """Look once, write down and report what was found; raises `DatabaseUnreachable`."""
        job = self._job
        async with AsyncExitStack() as open_until_end:
            connection = open_until_end.enter_context(connect_blocking(job.database, ROLE))
            reading = await open_until_end.enter_async_context(await connect(job.database, ROLE))
            try:
                kafka: Side = await open_until_end.enter_async_context(kafka_side(job.kafka))
            except BrokerUnreachable as problem:
                kafka = Silent("kafka", problem)
            with outages_told():
                monitor = self._recalled(connection)
                explained, kept = monitor.memory.removed, monitor.memory.kept
                removals = Removals(self._ask_retention, reading, explained, kept, accept=job.accept_removed)
                if not isinstance(kafka, Silent):
                    await removals.remember(job.topics.events)
                sides = (LedgerSide(reading), kafka)
                keys = job.keys()
                if not keys and newest_seal(connection) is not None:
                    raise NoKnownKey
                copies = Copies(connection=connection, sides=sides, keys=keys, removals=removals)
                return await self._look(monitor, copies)

    def _recalled(self, connection: Connection[Any]) -> Monitor:
        if self._monitor is None:
            most = max(1, round(self._job.pace * self._job.every_s))
            self._monitor = Monitor(memory.recall(self._job.folder), findings.open_divergences(connection), most)
        return self._monitor

    async def _ask_retention(self, topic: str) -> Retention:
        return await read_retention(self._job.kafka, topic)

    async def _look(self, monitor: Monitor, copies: Copies) -> Look:
        job, connection = self._job, copies.connection
        look = await monitor.look(copies)
        findings.write_down(connection, job.topics.events, look)
        exposure = find_exposure(connection, job.topics.events, job.channels, job.quorum)
        memory.keep(job.folder, look.memory)
        self._metrics.looked(look, time.time())
        self._metrics.exposed(exposure.ages(datetime.now(UTC)))
        self._say(look)
        await self._report(connection)
        return look

    def _say(self, look: Look) -> None:
        for each in look.divergences:
            if each.key not in self._said:
                log.error("the record diverged", side=each.side, position=each.position, why=each.why)
        self._said = frozenset(each.key for each in look.divergences)

    async def _report(self, connection: Connection[Any]) -> None:
        """Write an event for each new finding; one that cannot be sent now is sent after a later look."""
        waiting = findings.unreported(connection)
        if not waiting:
            return
        try:
            async with EventWriter(self._job.kafka, self._job.topics.ops) as writer:
                for divergence, found_at in waiting:
                    self._sequence += 1
                    event = _event(divergence, found_at)
                    await writer.write(_envelope(event, divergence, self._source, self._sequence))
                    findings.mark_reported(connection, divergence)
        except ShopfloorError as problem:
            log.warning("the findings are reported later", problem=str(problem))


def _event(divergence: Divergence, found_at: Any) -> RecordDiverged:
    return RecordDiverged(
        time=found_at,
        side=divergence.side,
        tree=divergence.tree,
        leaf=divergence.leaf,
        offset=divergence.offset,
        checkpoint=divergence.checkpoint,
        why=divergence.why,
    )


def _envelope(event: RecordDiverged, divergence: Divergence, source: str, sequence: int) -> Envelope:
    return Envelope(
        id=str(_id(event, divergence)),
        source=source,
        sequence=sequence,
        organisation=ORGANISATION,
        store=STORE,
        actor="process/monitor",
        event=event,
    )


def _id(event: RecordDiverged, divergence: Divergence) -> UUID:
    return uuid5(NAMESPACE_URL, f"{divergence.key}/{event.time.isoformat()}")
