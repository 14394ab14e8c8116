"""Being a member of the projectors' group, with whatever library: how soon it looks again, and why it gave up."""

from aiokafka.errors import InconsistentGroupProtocolError, KafkaError, KafkaTimeoutError, KafkaUnavailableError

from event_store.connection import KafkaConnection
from event_store.errors import ShopfloorError
from event_store.refusals import unreachable
from projections.errors import MixedDrivers, WorkerCrashed

METADATA_AGE_S = 5.0
"""A group's leader that did not yet know the topic when it joined gave nobody a partition; so soon it looks again."""


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
