"""The projector as a process: everything that runs until it is told to stop."""

import asyncio
import gc
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, suppress
from typing import Any

import msgspec
import structlog

from event_store.connection import KafkaConnection
from event_store.errors import Unreachable
from event_store.log import continuation
from event_store.log_ends import LogEnds
from event_store.writer import EventWriter
from projections.feeding import drivers
from projections.feeding.feed import Feed
from projections.feeding.lag_watch import watch_lag
from projections.feeding.patience import Patience, unless
from projections.feeding.preparing import prepare_read_models
from projections.feeding.relay import relay
from projections.folding.projection import Projection
from projections.taking.dead_letter_limits import DeadLetterLimits
from projections.taking.link import Link
from projections.taking.metrics import Metrics
from projections.taking.projector import Plan, Projector

log = structlog.get_logger(__name__)

OBJECTS_BETWEEN_COLLECTIONS = 50_000


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """What one projector process is to do."""

    database: str
    kafka: KafkaConnection
    topic: str
    projections: Sequence[Projection[Any]]
    driver: drivers.Driver = "faust"
    group: str = drivers.GROUP
    dead_letter_limits: DeadLetterLimits = DeadLetterLimits()
    check_schema: Callable[[], None] = lambda: None
    """Raises where the record's schema is not this program's."""
    patience_s: float = 30.0
    """How long Kafka and PostgreSQL may be absent at the start; later absences are waited out."""


def keep_what_is_loaded(driver: drivers.Driver) -> None:
    """Load everything, and look for garbage in it never again, which would stop a batch for a tenth of a second.

    For a process that does nothing but project, at its start.
    """
    drivers.load(driver)
    gc.collect()
    gc.freeze()


async def project(job: Job, metrics: Metrics, stop: asyncio.Event) -> None:
    """Take a topic into PostgreSQL until `stop` is set; raises whatever a person must decide on.

    The topic and the record's schema must exist. Read models that are missing or of an older version are built first,
    which waits for the archive where it is away: what a fact counts for, all read models say together.
    """
    # Batches hold no cycles: looking for them after every few hundred objects is a tenth of the processor's time.
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)
    patience = Patience(job.patience_s)
    async with AsyncExitStack() as open_until_end:
        started = await unless(stop, _start(job, patience, open_until_end))
        if started is None:
            return
        writer, partitions = started
        plan = Plan(
            database=job.database,
            topic=job.topic,
            partitions=partitions,
            projections=job.projections,
            dead_letter_limits=job.dead_letter_limits,
        )
        projector = Projector(plan, lambda number, offset: continuation(job.kafka, job.topic, number, offset))
        open_until_end.push_async_callback(projector.close)
        feed, link = Feed(projector, metrics), Link(job.database)
        open_until_end.push_async_callback(link.close)
        relaying = asyncio.create_task(_relay(feed, link, writer, job.topic), name="relay")
        ends = LogEnds(job.kafka, job.topic)
        looking = asyncio.create_task(watch_lag(projector, ends, job.database, metrics), name="lag watch")
        log.info("projecting", topic=job.topic, read_models=[each.name for each in job.projections])
        try:
            await _drive(job, feed, patience, stop)
        finally:
            for task in (relaying, looking):
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task


async def _start(job: Job, patience: Patience, open_until_end: AsyncExitStack) -> tuple[EventWriter, int]:
    """Check the schema and prepare the read models; return a writer to the topic, and how many partitions that has."""
    await patience.until_done(lambda: asyncio.to_thread(job.check_schema))
    await patience.until_done(lambda: prepare_read_models(job.database, job.projections))
    writer = await patience.until_done(lambda: open_until_end.enter_async_context(EventWriter(job.kafka, job.topic)))
    return writer, await patience.until_done(writer.partitions)


async def _drive(job: Job, feed: Feed, patience: Patience, stop: asyncio.Event) -> None:
    """Let a driver feed the core, and another one after it wherever Kafka's absence ended it."""
    while not stop.is_set():
        try:
            await drivers.load(job.driver)(feed, job.kafka, job.topic, stop=stop, group=job.group)
        except Unreachable as problem:
            if feed.has_begun:
                patience.is_endless()
            await unless(stop, patience.after(problem))
            feed.go_on()
        else:
            return


async def _relay(feed: Feed, link: Link, writer: EventWriter, topic: str) -> None:
    """Send what policies derive until cancelled; whatever else ends that ends the projector."""
    try:
        await relay(link, writer, topic, owned=feed.projector.owned, derived=feed.derived)
    except Exception as problem:  # noqa: BLE001  # raised where the driver was run
        feed.end(problem)
