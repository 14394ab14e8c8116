"""The same transactions without Kafka: facts from memory, in batches of the size that the projector merges up to."""

import asyncio
import time
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path

from event_store.partitions import partition_of
from infra.bench.contenders.core import Core, Record
from infra.bench.contenders.task import Stopwatch, Taken, Task, answer, read_task
from infra.bench.history import Fact, read_facts
from projections.feeding.feed import MOST_RECORDS


async def run(task: Task, facts: list[Fact]) -> Taken:
    """Take every fact, partition by partition."""
    core, stopwatch = Core(task), Stopwatch(task.records)
    batches = list(_batches(task, facts, await core.open()))
    for batch in batches:
        stopwatch.took(await core.take(batch))
    await core.close()
    return stopwatch.taken()


def _batches(task: Task, facts: list[Fact], starts: Mapping[int, int]) -> Iterator[list[Record]]:
    logs: dict[int, list[Record]] = {number: [] for number in range(task.partitions)}
    now = int(time.time() * 1000)
    for fact in facts:
        number = partition_of(fact.key, task.partitions)
        log = logs[number]
        log.append(
            Record(
                topic=task.topic,
                partition=number,
                offset=starts[number] + len(log),
                timestamp=now,
                key=fact.key.encode(),
                value=fact.value,
            )
        )
    for log in logs.values():
        records = iter(log)
        while batch := list(islice(records, MOST_RECORDS)):
            yield batch


if __name__ == "__main__":
    told = read_task()
    answer(asyncio.run(run(told, read_facts(Path(told.facts), told.records))))
