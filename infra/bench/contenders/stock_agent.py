"""A Faust agent as its guide shows it, with `take_events`, around the same statements."""

import asyncio
from typing import Any

import faust

from infra.bench.contenders.core import Core, Record
from infra.bench.contenders.task import Stopwatch, Taken, Task, answer, read_task

MOST_EVENTS = 1_000
WITHIN_S = 0.05


async def run(task: Task) -> Taken:
    """Take the whole topic."""
    core, stopwatch, done = Core(task), Stopwatch(task.records), asyncio.Event()
    await core.open()
    app = _app(task, core, stopwatch, done)
    await app.start()
    await done.wait()
    await app.stop()
    await core.close()
    return stopwatch.taken()


def _app(task: Task, core: Core, stopwatch: Stopwatch, done: asyncio.Event) -> Any:
    app = faust.App(
        task.group,
        broker=f"kafka://{task.kafka}",
        consumer_auto_offset_reset="earliest",
        topic_allow_declare=False,
        topic_disable_leader=True,
        store="memory://",
        web_enabled=False,
        key_serializer="raw",
        value_serializer="raw",
    )
    topic = app.topic(task.topic, key_type=bytes, value_type=bytes, key_serializer="raw", value_serializer="raw")

    @app.agent(topic)
    async def project(stream: Any) -> None:
        async for events in stream.take_events(MOST_EVENTS, within=WITHIN_S):
            if stopwatch.took(await core.take([_record(event.message) for event in events])):
                done.set()

    return app


def _record(message: Any) -> Record:
    return Record(
        topic=message.topic,
        partition=message.partition,
        offset=message.offset,
        timestamp=round(message.timestamp * 1000),
        key=message.key,
        value=message.value,
    )


if __name__ == "__main__":
    answer(asyncio.run(run(read_task())))
