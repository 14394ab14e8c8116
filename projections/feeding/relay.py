"""Sends what policies derived to Kafka, after their causes were written, until it is told to stop."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress

import structlog
from aiokafka.errors import KafkaError

from event_store.errors import BrokerUnreachable, UnfitTopic
from event_store.writer import EventWriter
from projections.taking.link import Link
from projections.taking.outbox import send_waiting

log = structlog.get_logger(__name__)

LOOK_AGAIN_S = 5.0
"""What another process left behind is found this soon after its partitions became ours, at the latest."""


async def relay(
    link: Link, writer: EventWriter, topic: str, *, owned: Callable[[], Sequence[int]], derived: asyncio.Event
) -> None:
    """Empty the outbox of the partitions that are ours whenever `derived` is set; runs until cancelled.

    Kafka down is a reason to wait, and so is a topic that would lose what is sent. A fact that was sent and not yet
    forgotten is sent again; its id is the same.
    """
    while True:
        with suppress(TimeoutError):
            await asyncio.wait_for(derived.wait(), LOOK_AGAIN_S)
        derived.clear()
        try:
            while await link.run(lambda connection: send_waiting(connection, writer, topic, owned())):
                pass
        except (BrokerUnreachable, UnfitTopic, KafkaError) as problem:
            log.warning("waiting for Kafka", problem=str(problem))
            await asyncio.sleep(LOOK_AGAIN_S)
            derived.set()
