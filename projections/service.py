"""The projector as a process: everything that runs until it is told to stop."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import msgspec
import structlog

from event_store.connection import KafkaConnection
from event_store.database import connect
from event_store.log import continuation
from event_store.writer import EventWriter
from projections import worker
from projections.feed import Feed
from projections.link import Link
from projections.metrics import Metrics
from projections.projection import Projection
from projections.projector import DEAD_LETTER_LIMIT, Plan, Projector
from projections.read_model import PROJECTOR_ROLE
from projections.rebuild import prepare
from projections.relay import relay

log = structlog.get_logger(__name__)


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """What one projector process is to do."""

    database: str
    kafka: KafkaConnection
    topic: str
    projections: Sequence[Projection[Any]]
    group: str = worker.GROUP
    dead_letter_limit: int = DEAD_LETTER_LIMIT


async def project(job: Job, metrics: Metrics, stop: asyncio.Event) -> None:
    """Take a topic into PostgreSQL until `stop` is set; raises whatever a person must decide on.

    The topic and the record's schema must exist. Read models that are missing or of an older version are built first.
    """
    await _prepare_read_models(job)
    async with EventWriter(job.kafka, job.topic) as writer:
        plan = Plan(
            database=job.database,
            topic=job.topic,
            partitions=await writer.partitions(),
            projections=job.projections,
            dead_letter_limit=job.dead_letter_limit,
        )
        projector = Projector(plan, lambda number, offset: continuation(job.kafka, job.topic, number, offset))
        feed, link = Feed(projector, metrics), Link(job.database)
        relaying = asyncio.create_task(
            relay(link, writer, job.topic, owned=projector.owned, derived=feed.derived), name="relay"
        )
        log.info("projecting", topic=job.topic, read_models=[each.name for each in job.projections])
        try:
            await worker.run(feed, job.kafka, job.topic, stop=stop, group=job.group)
        finally:
            relaying.cancel()
            with suppress(asyncio.CancelledError):
                await relaying
            await projector.close()
            await link.close()


async def _prepare_read_models(job: Job) -> None:
    connection = await connect(job.database, PROJECTOR_ROLE)
    try:
        await prepare(connection, job.projections)
    finally:
        await connection.close()
