"""An archive taken into an empty database, by the very code that takes the record from Kafka."""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any

from event_store.database import connect
from event_store.export.reading import ArchivedRecord, ReadableArchive
from event_store.log import Continuation
from event_store.topics import PARTITIONS
from projections.folding.projection import Projection
from projections.rebuilding.rebuild import prepare
from projections.tables.read_model import PROJECTOR_ROLE
from projections.taking.continuity import Seek
from projections.taking.dead_letter_limits import DeadLetterLimits
from projections.taking.projector import Plan, Projector

BATCH = 4_000
NEVER = 2**62
"""No number of dead letters stops a fold: the archive is all there is."""

Progress = Callable[[int], None]
"""Told after each batch how many records it had."""


class _Following:
    """Answers for a log that has a hole before the batch in hand: another store's records, or none at all."""

    def __init__(self) -> None:
        self.offset = 0

    async def __call__(self, _: int, __: int) -> Continuation:
        return Continuation(0, self.offset)


async def take_archive(
    database: str,
    archive: ReadableArchive,
    projections: Sequence[Projection[Any]],
    partitions: int = PARTITIONS,
    progress: Progress = lambda _: None,
) -> None:
    """Fold an archive that begins with the record into a migrated database that holds nothing.

    What becomes of each record is found anew: an archive says nothing of it. All read models are needed for that,
    because a record that one of them cannot take counts for none.
    """
    async with await connect(database, PROJECTOR_ROLE) as connection:
        await prepare(connection, projections)
    for topic in dict.fromkeys(part.topic for part in archive.slices):
        following = _Following()
        plan = Plan(
            database=database,
            topic=topic,
            partitions=partitions,
            projections=projections,
            dead_letter_limits=DeadLetterLimits(in_a_row=NEVER, share=1),
        )
        projector = Projector(plan, following)
        try:
            numbers = [part.partition for part in archive.slices if part.topic == topic]
            await projector.assign(dict.fromkeys(numbers, NEVER))
            for part in archive.slices:
                for batch in _batches(archive.records(part)):
                    following.offset = batch[0].offset
                    while isinstance(await projector.apply(part.partition, batch, log_end=NEVER), Seek):
                        pass
                    progress(len(batch))
        finally:
            await projector.close()


def _batches(records: Iterator[ArchivedRecord]) -> Iterator[list[ArchivedRecord]]:
    while batch := list(islice(records, BATCH)):
        yield batch
