"""Rebuilding read models from a ledger that is full, in one pass, as `shopfloor rebuild` does."""

import asyncio
import gc
from time import perf_counter

from event_store.database import connect
from infra.bench.contenders.task import Taken, Task, answer, read_task
from projections.feeding.service import OBJECTS_BETWEEN_COLLECTIONS
from projections.rebuilding.rebuild import rebuild
from projections.tables.read_model import PROJECTOR_ROLE


async def run(task: Task) -> Taken:
    """Rebuild the task's read models in its database; the whole of it is timed."""
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)
    connection = await connect(task.database, PROJECTOR_ROLE)
    started = perf_counter()
    try:
        await rebuild(connection, task.projections())
    finally:
        await connection.close()
    return Taken(records=task.records, seconds=perf_counter() - started)


if __name__ == "__main__":
    answer(asyncio.run(run(read_task())))
