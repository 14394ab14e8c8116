"""What really happened at the shelves: the part of the simulator's file that the demo asks about."""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

Place = tuple[str, int]
"""Shelf and slot."""


class Happened(NamedTuple):
    """Something at a facing, in seconds."""

    place: Place
    at_s: float


class _AtFacing(msgspec.Struct, frozen=True, kw_only=True):
    shelf_id: str
    slot: int

    @property
    def place(self) -> Place:
        """Shelf and slot."""
        return self.shelf_id, self.slot


class Handled(_AtFacing, frozen=True, kw_only=True):
    """A hand was in a facing."""

    movement: str
    at_s: float


class Gap(_AtFacing, frozen=True, kw_only=True):
    """A facing was empty."""

    from_s: float
    to_s: float | None


class LabelText(_AtFacing, frozen=True, kw_only=True):
    """What a label says."""

    price: str


class ShelfTruth(msgspec.Struct, frozen=True, kw_only=True):
    """All that the truth says of shelves."""

    handled: Sequence[Handled] = ()
    gaps: Sequence[Gap] = ()
    labels: Sequence[LabelText] = ()

    def of(self, movement: str) -> list[Handled]:
        """Return what hands did, of one kind."""
        return [each for each in self.handled if each.movement == movement]


def count_real(told: Sequence[Happened], real: Sequence[Happened], within_s: float) -> int:
    """Return how many of those told were real: at the same facing, within some seconds, each real one once."""
    left = [*real]
    for each in sorted(told, key=lambda happened: happened.at_s):
        near = [(abs(one.at_s - each.at_s), one) for one in left if one.place == each.place]
        if near and min(near)[0] <= within_s:
            left.remove(min(near)[1])
    return len(real) - len(left)
