"""The projector as a process: everything that runs until it is told to stop."""

import asyncio
import gc
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, suppress
from time import monotonic
from typing import Any, TypeVar

import msgspec
import structlog

from event_store.connection import KafkaConnection
from event_store.database import connect
from event_store.errors import BrokerRefuses, DatabaseUnreachable, Unreachable
from event_store.log import continuation
from event_store.writer import EventWriter
from projections import drivers
from projections.dead_letter_limits import DeadLetterLimits
from projections.feed import Feed
from projections.link import DOWN, Link
from projections.metrics import Metrics
from projections.projection import Projection
from projections.projector import Plan, Projector
from projections.read_model import PROJECTOR_ROLE
from projections.rebuild import prepare
from projections.relay import relay

log = structlog.get_logger(__name__)

RETRY_S = 0.5
OBJECTS_BETWEEN_COLLECTIONS = 50_000

T = TypeVar("T")


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """What one projector process is to do."""

    database: str
    kafka: KafkaConnection
    topic: str
    projections: Sequence[Projection[Any]]
    driver: drivers.Driver = "faust"
    group: str = drivers.GROUP
    dead_letter_limits: DeadLetterLimits = DeadLetterLimits()
    patience_s: float = 30.0
    """How long Kafka and PostgreSQL may be absent at the start; later absences are waited out."""


async def project(job: Job, metrics: Metrics, stop: asyncio.Event) -> None:
    """Take a topic into PostgreSQL until `stop` is set; raises whatever a person must decide on.

    The topic and the record's schema must exist. Read models that are missing or of an older version are built first.
    """
    # Batches hold no cycles: looking for them after every few hundred objects is a tenth of the processor's time.
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)
    await _patiently(job, lambda: _prepare_read_models(job))
    async with AsyncExitStack() as open_until_end:
        writer = await _patiently(job, lambda: open_until_end.enter_async_context(EventWriter(job.kafka, job.topic)))
        plan = Plan(
            database=job.database,
            topic=job.topic,
            partitions=await writer.partitions(),
            projections=job.projections,
            dead_letter_limits=job.dead_letter_limits,
        )
        projector = Projector(plan, lambda number, offset: continuation(job.kafka, job.topic, number, offset))
        feed, link = Feed(projector, metrics), Link(job.database)
        relaying = asyncio.create_task(
            relay(link, writer, job.topic, owned=projector.owned, derived=feed.derived), name="relay"
        )
        log.info("projecting", topic=job.topic, read_models=[each.name for each in job.projections])
        try:
            await drivers.load(job.driver)(feed, job.kafka, job.topic, stop=stop, group=job.group)
        finally:
            relaying.cancel()
            with suppress(asyncio.CancelledError):
                await relaying
            await projector.close()
            await link.close()


async def _prepare_read_models(job: Job) -> None:
    try:
        async with await connect(job.database, PROJECTOR_ROLE) as connection:
            await prepare(connection, job.projections)
    except DatabaseUnreachable:
        raise
    except DOWN as problem:
        raise DatabaseUnreachable(str(problem)) from problem


async def _patiently(job: Job, work: Callable[[], Awaitable[T]]) -> T:
    deadline = monotonic() + job.patience_s
    while True:
        try:
            return await work()
        except Unreachable as problem:
            if isinstance(problem, BrokerRefuses) or monotonic() > deadline:
                raise
            log.warning("waiting to start", problem=str(problem))
            await asyncio.sleep(RETRY_S)
