"""How much of each of several periods a store's cameras watched."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from projections.read_models.coverage import COVERAGE, MILLISECOND
from projections.read_models.periods import QUARTER, buckets_of, ceiling, floor
from projections.scope import Range, StoreKey


async def find_watched(
    connection: AsyncConnection, store: StoreKey, cuts: Sequence[datetime]
) -> Mapping[str, Sequence[timedelta]]:
    """Return for each camera how long it watched in the quarter-hours that each period between cuts touches.

    A camera that delivered nothing is left out.
    """
    quarters = sorted({floor(cut, QUARTER) for cut in cuts} | {ceiling(cut, QUARTER) for cut in cuts})
    bucket = buckets_of(COVERAGE.c.start, quarters)
    statement = (
        select(COVERAGE.c.camera_id, bucket, func.sum(COVERAGE.c.covered_ms))
        .where(store.of(COVERAGE), Range(quarters[0], quarters[-1]).holds(COVERAGE.c.start))
        .group_by(COVERAGE.c.camera_id, bucket)
    )
    watched: dict[str, list[timedelta]] = {}
    for camera, number, covered in await connection.execute(statement):
        watched.setdefault(camera, [timedelta()] * len(quarters))[number - 1] = int(covered) * MILLISECOND
    touched = [
        slice(bisect_left(quarters, floor(start, QUARTER)), bisect_left(quarters, ceiling(end, QUARTER)))
        for start, end in pairwise(cuts)
    ]
    return {camera: [sum(rows[each], timedelta()) for each in touched] for camera, rows in watched.items()}


def elapsed(start: datetime, end: datetime, now: datetime) -> timedelta:
    """Return how much of the quarter-hours that a period touches has passed by now."""
    return max(timedelta(), min(ceiling(end, QUARTER), now) - floor(start, QUARTER))
