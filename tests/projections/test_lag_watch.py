"""A projector's lag is looked up beside its batches: it grows while they stand still, and is no number when unknown."""

from math import isnan

import pytest

from event_store.connection import KafkaConnection
from event_store.log_ends import Ends, LogEnds
from projections.feeding.lag_watch import look
from projections.taking.metrics import Metrics
from projections.taking.projector import Projector
from tests.builders.facts import crossed
from tests.builders.logs import TOPIC, Log
from tests.builders.records import NOON
from tests.builders.tallies import Takings

pytestmark = pytest.mark.postgres


class Grown(LogEnds):
    """A log that has grown behind the projector's back."""

    def __init__(self, partition: int, end: int) -> None:
        super().__init__(None, TOPIC)
        self._grown = Ends({partition: end}, NOON)

    async def find(self, taken: object) -> Ends | None:  # noqa: ARG002
        return self._grown


class Slow(Grown):
    """A log that a projector goes on to take while Kafka says where it ends."""

    def __init__(self, log: Log, takings: Takings) -> None:
        super().__init__(log.partition, log.end)
        self._goes_on = takings.apply(log, log.records[1:])

    async def find(self, taken: object) -> Ends | None:
        await self._goes_on
        return await super().find(taken)


async def looked(projector: Projector, ends: LogEnds, database: str, partition: int) -> tuple[float | None, ...]:
    """Return lag and open dead letters after one look."""
    metrics = Metrics()
    await look(projector, ends, database, metrics)
    await ends.close()
    told = metrics.registry.get_sample_value
    return told("shopfloor_lag_records", {"partition": str(partition)}), told("shopfloor_open_dead_letters")


async def test_the_lag_grows_while_no_batch_is_written_and_is_unknown_while_kafka_is_away(database: str) -> None:
    takings, log = Takings(database), Log().add(crossed("gate"), crossed("cursed"))
    await takings.take(log)
    away = LogEnds(KafkaConnection(bootstrap="127.0.0.1:1"), TOPIC)

    assert await looked(takings.projector, Grown(log.partition, 9), database, log.partition) == (7.0, 1.0)
    lag, letters = await looked(takings.projector, away, "postgresql://nobody@127.0.0.1:1/x", log.partition)
    assert isnan(lag or 0)
    assert isnan(letters or 0)
    await takings.close()


async def test_what_is_taken_while_kafka_is_asked_waits_no_more(database: str) -> None:
    takings, log = Takings(database), Log().add(crossed("gate"), crossed("gate"), crossed("gate"))
    await takings.start(log)
    await takings.apply(log, log.records[:1])

    assert await looked(takings.projector, Slow(log, takings), database, log.partition) == (0.0, 0.0)
    await takings.close()
