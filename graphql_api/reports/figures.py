"""The figures of a stretch of a store's time, as the read models answer them."""

from collections.abc import Awaitable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

import msgspec

from event_store.layout.model import Layout
from graphql_api.reports.calendar import Length as PeriodLength
from graphql_api.reports.calendar import Stretch
from graphql_api.reports.opening import open_stretches
from projections.read_models.coverage import find_coverage
from projections.read_models.lines import LineCount, find_line_counts
from projections.read_models.occupancy import Inside, find_occupancy
from projections.read_models.periods import QUARTER, Grain, Period, edges
from projections.read_models.traffic import Passage, Total, find_passages, find_total
from projections.read_models.visits import VisitLengths, find_visit_lengths
from projections.read_models.zones import ZoneVisits, find_zone_visits
from projections.scope import Page, Range, StoreKey

MOST_PLACES = 1_000
SHORT = timedelta(hours=2)
"""A shorter stretch is cut by minutes."""
MOST_DAYS = 16
"""Occupancy is asked for at most a month at a time; half a month always fits."""


class Ask(Protocol):
    """Asks a question of the read models; all answers reflect one position."""

    def __call__(self, find: Any, /, *args: Any, **kwargs: Any) -> Awaitable[Any]:
        """Return the answer."""


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """What the read models say of one stretch."""

    stretch: Stretch
    total: Total
    lengths: VisitLengths
    passages: Sequence[Passage]
    inside: Sequence[Inside]
    zones: Sequence[ZoneVisits]
    lines: Sequence[LineCount]
    watched: Mapping[str, float]
    """The share of the time that each camera of the layout watched, 0 to 1."""


async def find_figures(ask: Ask, store: StoreKey, layout: Layout, stretch: Stretch, since: datetime) -> Figures:
    """Ask for every figure of a stretch; a camera is expected to watch since the store is known."""
    within, cuts = stretch.range, cuts_of(stretch)
    return Figures(
        stretch=stretch,
        total=await ask(find_total, store, within),
        lengths=await ask(find_visit_lengths, store, within),
        passages=await ask(find_passages, store, cuts),
        inside=[
            each for part in _parts(cuts, stretch) for each in await ask(find_occupancy, store, part, stretch.zone)
        ],
        zones=await ask(find_zone_visits, store, within, Page(MOST_PLACES)),
        lines=await ask(find_line_counts, store, within, Page(MOST_PLACES)),
        watched=await _find_watched(ask, store, layout, stretch, since),
    )


def cuts_of(stretch: Stretch) -> list[datetime]:
    """Return where the parts of a stretch begin and end in which people are counted: minutes, hours or days."""
    return edges(part_of(stretch), stretch.start, stretch.end, stretch.zone)


def part_of(stretch: Stretch) -> Period:
    """Return what a stretch is cut into."""
    if stretch.length <= SHORT:
        return Period.MINUTE
    return Period.HOUR if stretch.dates.length is PeriodLength.DAY else Period.DAY


def _parts(cuts: list[datetime], stretch: Stretch) -> list[list[datetime]]:
    """Cut where a day begins: the count of people inside begins anew there."""
    if part_of(stretch) is not Period.DAY:
        return [cuts]
    return [cuts[at : at + MOST_DAYS + 1] for at in range(0, len(cuts) - 1, MOST_DAYS)]


async def _find_watched(
    ask: Ask, store: StoreKey, layout: Layout, stretch: Stretch, since: datetime
) -> dict[str, float]:
    expected = timedelta()
    watched = {camera.id: timedelta() for camera in layout.camera}
    for start, end in open_stretches(layout.store, stretch, since):
        expected += end - start
        covered = await ask(find_coverage, store, Range(Grain.QUARTER.start(start), _quarter_after(end)))
        for camera in watched:
            watched[camera] += min(covered.get(camera, timedelta()), end - start)
    return {camera: time / expected if expected else 0.0 for camera, time in watched.items()}


def _quarter_after(moment: datetime) -> datetime:
    floor = Grain.QUARTER.start(moment)
    return floor if floor == moment else floor + QUARTER
