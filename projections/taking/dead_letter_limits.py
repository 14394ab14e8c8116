"""How many records of a partition may fail before it is no accident: it is stopped then, and parks no more."""

from collections import deque
from collections.abc import Iterable, Sequence

import msgspec

from event_store.events import FACTS
from event_store.ledger import Disposition
from event_store.rereading import recorded_types
from projections.errors import TooLargeShareDead, TooManyDeadLetters
from projections.folding.amendments import AMENDING_TYPES
from projections.folding.order import Letter

DECISIONS = recorded_types([FACTS[name] for name in AMENDING_TYPES])
"""What a person decided and nobody can carry out keeps nothing waiting, and so counts for nothing here.

Everybody who may correct a fact may ask for one that fails; the partition's other stores have no part in that.
"""


class DeadLetterLimits(msgspec.Struct, frozen=True, kw_only=True):
    """What one partition may lose."""

    in_a_row: int = 100
    """Dead letters without an applied record between them."""
    share: float = 0.5
    """Share of dead and parked records among the last `window` offsets; 1 sets no limit."""
    window: int = 2_000


class Losses(msgspec.Struct, frozen=True, kw_only=True):
    """What a partition has lost lately, as far as nobody has decided about it."""

    in_a_row: int = 0
    recent: tuple[int, ...] = ()
    """Offsets of dead and parked records, as far as they are in the window."""
    accepted_before: int = 0
    """The first offset that somebody has not accepted to lose."""


class LossCount:
    """Counts what one partition loses; begins with what the database says was lost before."""

    def __init__(self, limits: DeadLetterLimits, before: Losses) -> None:
        self.limits = limits
        self._losses = before

    def after(self, dispositions: Sequence[Disposition], letters: Sequence[Letter]) -> Losses:
        """Return what is lost after a batch; raises `TooManyDeadLetters` where that is too much."""
        before = self._losses
        if letters:
            return self._walk(dispositions, letters)
        return msgspec.structs.replace(before, in_a_row=0 if "applied" in dispositions else before.in_a_row)

    def commit(self, losses: Losses) -> None:
        """The batch is written; go on counting from its end."""
        self._losses = losses

    def _walk(self, dispositions: Iterable[Disposition], letters: Iterable[Letter]) -> Losses:
        in_a_row, recent, lost = self._losses.in_a_row, deque(self._losses.recent), iter(letters)
        for disposition in dispositions:
            if disposition == "applied":
                in_a_row = 0
            if disposition in {"applied", "duplicate"}:
                continue
            letter = next(lost)
            if letter.reading.attributes.type in DECISIONS:
                continue
            offset = letter.reading.record.offset
            if offset < self._losses.accepted_before:
                continue
            recent.append(offset)
            while recent[0] <= offset - self.limits.window:
                recent.popleft()
            in_a_row += disposition == "dead"
            self._refuse(letter, in_a_row, len(recent))
        return msgspec.structs.replace(self._losses, in_a_row=in_a_row, recent=tuple(recent))

    def _refuse(self, letter: Letter, in_a_row: int, recent: int) -> None:
        record, limits = letter.reading.record, self.limits
        if in_a_row > limits.in_a_row and letter.refusal.reason != "parked":
            raise TooManyDeadLetters(
                record.topic, record.partition, count=in_a_row, offset=record.offset, error=letter.refusal.error
            )
        if recent > limits.share * limits.window:
            raise TooLargeShareDead(
                record.topic, record.partition, count=recent, window=limits.window, error=letter.refusal.error
            )
