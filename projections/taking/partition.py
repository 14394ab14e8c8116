"""One partition of the record on its way into PostgreSQL: where it stands."""

import hashlib
from collections.abc import Sequence

import msgspec

from event_store.ledger import LogRecord
from event_store.progress import Advance, Checkpoint
from projections.folding.readings import Reading
from projections.taking.dead_letter_limits import LossCount, Losses

CHANNEL = "shopfloor_events"
"""PostgreSQL's channel that says, after each batch, which offsets of which partition can be queried now."""


class Applied(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a batch of one partition."""

    next_offset: int
    records: int
    letters: int
    duplicates: int
    derived: int

    def __add__(self, later: "Applied") -> "Applied":
        return Applied(
            next_offset=later.next_offset,
            records=self.records + later.records,
            letters=self.letters + later.letters,
            duplicates=self.duplicates + later.duplicates,
            derived=self.derived + later.derived,
        )


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """What is notified after a batch: offsets `first` up to, not including, `next` are queryable."""

    topic: str
    partition: int
    first: int
    next: int


class Partition:
    """Holds what this process knows of a partition while it is the only one that writes it."""

    def __init__(self, topic: str, number: int, checkpoint: Checkpoint, losses: LossCount) -> None:
        self.topic = topic
        self.number = number
        self.checkpoint = checkpoint
        self.verified = checkpoint.last_digest is None
        """Whether the record taken last has been compared with the log."""
        self.losses = losses

    @property
    def next_offset(self) -> int:
        """The first offset that has not been taken."""
        return self.checkpoint.next_offset

    def is_last_taken(self, record: LogRecord) -> bool:
        """Tell whether a record is the one that was taken last: same place, same bytes."""
        return record.offset == self.next_offset - 1 and _digest(record) == self.checkpoint.last_digest

    def is_verified_at(self, checkpoint: Checkpoint) -> bool:
        """Tell whether this process has compared the log as far as a checkpoint says that it was taken."""
        return self.verified and (self.checkpoint.next_offset, self.checkpoint.last_digest) == (
            checkpoint.next_offset,
            checkpoint.last_digest,
        )

    def step(self, readings: Sequence[Reading], log_end: int) -> Advance:
        """Return the step over a batch."""
        last = readings[-1].record
        return Advance(
            partition=self.number,
            before=self.checkpoint.next_offset,
            generation=self.checkpoint.generation,
            next_offset=last.offset + 1,
            log_end=max(log_end, last.offset + 1),
            last_digest=_digest(last),
            last_recorded_at=readings[-1].recorded_at,
        )

    def commit(self, step: Advance, losses: Losses) -> None:
        """The step is written."""
        self.checkpoint = Checkpoint(
            next_offset=step.next_offset, generation=step.generation, last_digest=step.last_digest
        )
        self.losses.commit(losses)


def _digest(record: LogRecord) -> bytes:
    return hashlib.sha256(record.value or b"").digest()
