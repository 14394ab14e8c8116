"""The projector's core without any driver: batches in, transactions out."""

from collections.abc import Sequence

import msgspec

from event_store.connection import KafkaConnection
from event_store.log import continuation
from infra.bench.contenders.task import Task
from projections.partition import Applied
from projections.projector import Plan, Projector


class Record(msgspec.Struct, kw_only=True):
    """A record as the core wants it."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]] = ()


class Core:
    """Takes batches with the very statements that the projector uses."""

    def __init__(self, task: Task) -> None:
        kafka = KafkaConnection(bootstrap=task.kafka)
        plan = Plan(
            database=task.database, topic=task.topic, partitions=task.partitions, projections=task.projections()
        )
        self._projector = Projector(plan, lambda number, offset: continuation(kafka, task.topic, number, offset))
        self._partitions = task.partitions
        self._log_end = task.records

    async def open(self) -> None:
        """Own every partition, from its checkpoint."""
        await self._projector.assign(dict.fromkeys(range(self._partitions), self._log_end))

    async def take(self, records: Sequence[Record]) -> int:
        """Write consecutive records of one partition in one transaction; return how many were new."""
        outcome = await self._projector.apply(records[0].partition, records, log_end=self._log_end)
        if not isinstance(outcome, Applied):
            raise TypeError(f"the batch from offset {records[0].offset} was not applied: {outcome}")
        return outcome.records

    async def close(self) -> None:
        """Give the connection back."""
        await self._projector.close()
