"""The projector's core without any driver: batches in, transactions out."""

from collections.abc import Mapping, Sequence

import msgspec

from event_store.connection import KafkaConnection
from event_store.log import continuation
from infra.bench.contenders.task import Task
from projections.taking.partition import Applied
from projections.taking.projector import Plan, Projector


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

    async def open(self) -> Mapping[int, int]:
        """Own every partition; return where each goes on."""
        await self._projector.assign(dict.fromkeys(range(self._partitions), 2**62))
        return {number: self._projector.next_offset(number) or 0 for number in range(self._partitions)}

    async def take(self, records: Sequence[Record]) -> int:
        """Write consecutive records of one partition in one transaction; return how many were new."""
        outcome = await self._projector.apply(records[0].partition, records, log_end=records[-1].offset + 1)
        if not isinstance(outcome, Applied):
            raise TypeError(f"the batch from offset {records[0].offset} was not applied: {outcome}")
        return outcome.records

    async def close(self) -> None:
        """Give the connection back."""
        await self._projector.close()
