"""Rebuilding read models from a ledger that is full, one after the other, as `shopfloor rebuild` does."""

import asyncio
from time import perf_counter

from event_store.database import connect
from infra.bench.contenders.task import Taken, Task, answer, read_task
from projections.read_model import PROJECTOR_ROLE
from projections.rebuild import rebuild


async def run(task: Task) -> Taken:
    """Rebuild the task's read models in its database; the whole of it is timed."""
    connection = await connect(task.database, PROJECTOR_ROLE)
    started = perf_counter()
    try:
        for projection in task.projections():
            await rebuild(connection, projection)
    finally:
        await connection.close()
    return Taken(records=task.records, seconds=perf_counter() - started)


if __name__ == "__main__":
    answer(asyncio.run(run(read_task())))
