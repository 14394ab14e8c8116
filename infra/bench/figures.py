"""The shape of everything that is measured: figures with their peers, aims and spread; and what could not be."""

from collections.abc import Sequence
from statistics import median
from typing import Literal, Self

import msgspec


class Spread(msgspec.Struct, frozen=True):
    """Repeated measurements of one thing: the smallest, the median and the largest."""

    least: float
    median: float
    most: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Self:
        """Return the spread of one or more measurements."""
        return cls(min(values), median(values), max(values))


class Aim(msgspec.Struct, frozen=True, kw_only=True):
    """What a figure should reach: a bound on the median of its ratio or, without a peer, of its value."""

    limit: float
    bound: Literal["at least", "at most"] = "at least"

    def is_met_by(self, measured: float) -> bool:
        """Tell whether a median is on the right side of the limit."""
        return measured >= self.limit if self.bound == "at least" else measured <= self.limit


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One row: what was measured, beside what, in which aim, and how far apart the runs were.

    With a peer, `ratio` is the spread of value over peer value taken run by run, never of the two medians.
    """

    what: str
    value: Spread
    unit: str
    peer: str | None = None
    """The limit or rival that ran in turns with ours."""
    peer_value: Spread | None = None
    ratio: Spread | None = None
    aim: Aim | None = None
    how: str
    """How it was run, in one sentence that lets a reader repeat it."""
    why_missed: str | None = None
    """Where the aim is known to be missed, the reason."""

    @property
    def judged(self) -> float:
        """The number that the aim is held against: the ratio's median, without a peer the value's."""
        return self.value.median if self.ratio is None else self.ratio.median

    @property
    def met(self) -> bool | None:
        """Whether the aim is met; None for a figure that has none."""
        return None if self.aim is None else self.aim.is_met_by(self.judged)


class Missing(msgspec.Struct, frozen=True, kw_only=True):
    """A row that was not measured, and why not."""

    what: str
    why: str


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One raw measurement: who ran, in which round, and what came out."""

    contender: str
    round: int
    value: float
    unit: str


class Results(msgspec.Struct, frozen=True, kw_only=True):
    """What one benchmark hands back."""

    figures: Sequence[Figure] = ()
    missing: Sequence[Missing] = ()
    runs: Sequence[Run] = ()
