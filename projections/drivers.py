"""The libraries that can bring the record to the projector; a setting chooses between them."""

import asyncio
from typing import TYPE_CHECKING, Literal, Protocol

from aiokafka.errors import InconsistentGroupProtocolError, KafkaError, KafkaTimeoutError, KafkaUnavailableError

from event_store.connection import KafkaConnection
from event_store.errors import ShopfloorError
from event_store.refusals import unreachable
from projections.errors import MixedDrivers, WorkerCrashed

if TYPE_CHECKING:  # settings name a driver, and need not load what it feeds
    from projections.feed import Feed

Driver = Literal["faust", "aiokafka"]

GROUP = "shopfloor-projector"
"""The consumer group that all projectors of an installation are members of, whatever their driver."""

METADATA_AGE_S = 5.0
"""A group's leader that did not yet know the topic when it joined gave nobody a partition; so soon it looks again."""


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


async def given_up(problem: BaseException, connection: KafkaConnection) -> ShopfloorError:
    """Return what to raise where a library has given up."""
    if isinstance(problem, InconsistentGroupProtocolError):
        return MixedDrivers()
    return await unreachable(connection, problem) if _is_absence(problem) else WorkerCrashed(problem)


def _is_absence(problem: BaseException) -> bool:
    """Tell whether Kafka was not there, or not as it should be, which passes."""
    if isinstance(problem, KafkaError):
        return problem.retriable or isinstance(problem, (KafkaTimeoutError, KafkaUnavailableError))
    return isinstance(problem, OSError)  # a TimeoutError is one as well


def load(driver: Driver) -> Run:
    """Return a driver; only the chosen library is imported."""
    if driver == "aiokafka":
        from projections import aiokafka_driver  # noqa: PLC0415  # as said

        return aiokafka_driver.run
    from projections import worker  # noqa: PLC0415  # as said

    return worker.run
