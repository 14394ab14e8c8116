"""What a heat map says in words: where most happens, and where hardly anything does."""

from collections.abc import Mapping, Sequence

import msgspec

from event_store.layout.floor_areas import AreaKind, FloorAreas

HOT = 2.0
"""Times the store's mean, from which an area is a hotspot."""
DEAD = 0.25
"""Times the store's mean, up to which an area is dead."""
MOST_AREAS = 10


class HeatArea(msgspec.Struct, frozen=True, kw_only=True):
    """A zone or fixture, and how it compares."""

    kind: AreaKind
    id: str
    mean: float
    """For each of its cells."""
    times_mean: float
    """How often the store's mean that is."""


class Ranked(msgspec.Struct, frozen=True, kw_only=True):
    """A floor's areas beside the mean of all cells that a camera sees and in which one can stand."""

    mean: float
    hotspots: Sequence[HeatArea]
    """The hottest first."""
    dead_areas: Sequence[HeatArea]
    """The deadest first."""


def rank(floor: FloorAreas, values: Mapping[int, float]) -> Ranked:
    """Return the areas that stand out, by the values of cells; a cell without one has nothing."""
    mean = _mean(floor.open, values)
    if mean <= 0:
        return Ranked(mean=0.0, hotspots=[], dead_areas=[])
    found = [
        HeatArea(kind=each.kind, id=each.id, mean=own, times_mean=own / mean)
        for each in floor.areas
        for own in [_mean(each.cells, values)]
    ]
    by_heat = sorted(found, key=lambda each: (each.times_mean, each.kind, each.id))
    hot = [each for each in reversed(by_heat) if each.times_mean >= HOT]
    dead = [each for each in by_heat if each.times_mean <= DEAD]
    return Ranked(mean=mean, hotspots=hot[:MOST_AREAS], dead_areas=dead[:MOST_AREAS])


def _mean(cells: frozenset[int], values: Mapping[int, float]) -> float:
    return sum(values.get(cell, 0.0) for cell in cells) / len(cells) if cells else 0.0
