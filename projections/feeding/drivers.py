"""The libraries that can bring the record to the projector; a setting chooses between them."""

import asyncio
from typing import TYPE_CHECKING, Literal, Protocol

from event_store.connection import KafkaConnection

if TYPE_CHECKING:  # settings name a driver, and need not load what it feeds
    from projections.feeding.feed import Feed

Driver = Literal["faust", "aiokafka"]

GROUP = "shopfloor-projector"
"""The consumer group that all projectors of an installation are members of, whatever their driver."""


class Run(Protocol):
    """A driver."""

    async def __call__(
        self, feed: "Feed", connection: KafkaConnection, topic: str, *, stop: asyncio.Event, group: str
    ) -> None:
        """Feed the projector until `stop` is set.

        Owns partitions as the consumer group divides them, reads each from where the feed says, gives it every
        fetched batch and obeys its seeks; commits group offsets for the lag display only. Raises what ended the feed,
        or what `given_up` says where the library did: `BrokerUnreachable` means that it may be run again.
        """


def load(driver: Driver) -> Run:
    """Return a driver; only the chosen library is imported."""
    if driver == "aiokafka":
        from projections.feeding import aiokafka_driver  # noqa: PLC0415  # as said

        return aiokafka_driver.run
    from projections.feeding import worker  # noqa: PLC0415  # as said

    return worker.run
