"""Batches of several partitions that are taken together, and what each of them comes to."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from event_store.progress import Advance
from projections.folding.order import Folded
from projections.folding.readings import Reading
from projections.taking.dead_letter_limits import Losses
from projections.taking.partition import Applied, Notice, Partition


class Batch(msgspec.Struct, frozen=True, eq=False):
    """Consecutive records of one partition that begin at its checkpoint."""

    partition: Partition
    readings: Sequence[Reading]
    log_end: int

    def step(self) -> Advance:
        """Return the step of the partition over these records."""
        return self.partition.step(self.readings, self.log_end)


class Taken:
    """What becomes of batches, and of their partitions as soon as it is written; raises `TooManyDeadLetters`."""

    def __init__(self, batches: Sequence[Batch], steps: Sequence[Advance], folded: Folded) -> None:
        self._batches = batches
        self._steps = steps
        self._parts = _parts(batches, folded)
        self._losses = [
            batch.partition.losses.after(part.dispositions, part.letters)
            for batch, part in zip(batches, self._parts, strict=True)
        ]

    def commit(self, losses: Sequence[Losses] | None = None) -> Mapping[int, Applied]:
        """Let the partitions stand where they stand now; return what became of each batch.

        `losses` are those that count where decisions changed them.
        """
        for batch, step, lost in zip(self._batches, self._steps, losses or self._losses, strict=True):
            batch.partition.commit(step, lost)
        return {step.partition: _outcome(step, part) for step, part in zip(self._steps, self._parts, strict=True)}


def _parts(batches: Sequence[Batch], folded: Folded) -> list[Folded]:
    """Return what each batch comes to."""
    found, begin = [], 0
    for batch in batches:
        number, end = batch.partition.number, begin + len(batch.readings)
        found.append(
            Folded(
                dispositions=folded.dispositions[begin:end],
                letters=[letter for letter in folded.letters if letter.reading.record.partition == number],
                derived=[fact for fact in folded.derived if fact.cause.record.partition == number],
                parked={},
            )
        )
        begin = end
    return found


def notices(batches: Iterable[Batch]) -> str:
    """Return what is notified when batches can be queried, as JSON."""
    told = [
        Notice(
            topic=batch.partition.topic,
            partition=batch.partition.number,
            first=batch.readings[0].record.offset,
            next=batch.readings[-1].record.offset + 1,
        )
        for batch in batches
    ]
    return msgspec.json.encode(told).decode()


def _outcome(step: Advance, part: Folded) -> Applied:
    """Return what became of a batch."""
    return Applied(
        next_offset=step.next_offset,
        records=len(part.dispositions),
        letters=len(part.letters),
        duplicates=part.dispositions.count("duplicate"),
        derived=len(part.derived),
    )
