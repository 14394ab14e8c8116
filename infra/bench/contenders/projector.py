"""The projector as it runs in production: Faust, one event for each fetch, fenced transactions."""

import asyncio
from collections.abc import Mapping

from event_store.connection import KafkaConnection
from infra.bench.contenders.task import Stopwatch, Taken, Task, answer, read_task
from projections.feeding import service
from projections.taking.metrics import Metrics
from projections.taking.partition import Applied


class _Timed(Metrics):
    """Times the batches, and stops after the last."""

    def __init__(self, stopwatch: Stopwatch, stop: asyncio.Event) -> None:
        super().__init__()
        self._stopwatch = stopwatch
        self._stop = stop

    def applied(self, outcomes: Mapping[int, Applied], *, log_ends: Mapping[int, int], seconds: float) -> None:
        super().applied(outcomes, log_ends=log_ends, seconds=seconds)
        if self._stopwatch.took(sum(outcome.records for outcome in outcomes.values())):
            self._stop.set()


async def run(task: Task) -> Taken:
    """Project the whole topic."""
    stop, stopwatch = asyncio.Event(), Stopwatch(task.records)
    job = service.Job(
        database=task.database,
        kafka=KafkaConnection(bootstrap=task.kafka),
        topic=task.topic,
        projections=task.projections(),
        group=task.group,
    )
    service.keep_what_is_loaded(job.driver)
    await service.project(job, _Timed(stopwatch, stop), stop)
    return stopwatch.taken()


if __name__ == "__main__":
    answer(asyncio.run(run(read_task())))
