"""The figures of a store's day, week or month, as the read models answer them."""

from collections.abc import Awaitable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

import msgspec

from event_store.layout.model import Layout
from graphql_api.reports.calendar import KnownPeriod
from graphql_api.reports.calendar import Length as PeriodLength
from graphql_api.reports.opening import open_spans
from projections.read_models.coverage_periods import find_watched
from projections.read_models.lines import find_crossings
from projections.read_models.occupancy import Inside, find_occupancy
from projections.read_models.periods import Period, edges
from projections.read_models.traffic import Passage, find_passages
from projections.read_models.visits import VisitLengths, find_visit_lengths
from projections.read_models.zones import find_zone_stays
from projections.scope import StoreKey

SHORT = timedelta(hours=2)
"""A shorter period is cut by minutes."""
MOST_DAYS = 16
"""Occupancy is asked for at most a month at a time; half a month always fits."""


class Ask(Protocol):
    """Asks a question of the read models; all answers reflect one position."""

    def __call__(self, find: Any, /, *args: Any, **kwargs: Any) -> Awaitable[Any]:
        """Return the answer."""


class ZoneFigures(msgspec.Struct, frozen=True, kw_only=True):
    """A zone of the layout with the stays that began in the period."""

    zone_id: str
    name: str
    visitors: int = 0
    median_ms: float | None = None


class LineFigures(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the layout with its crossings."""

    line_id: str
    name: str
    inward: int = 0
    outward: int = 0


class PeriodFigures(msgspec.Struct, frozen=True, kw_only=True):
    """What the read models say of one period as far as it is known."""

    known: KnownPeriod
    entered: int
    left: int
    lengths: VisitLengths
    passages: Sequence[Passage]
    """Who came and went in each part of it."""
    inside: Sequence[Inside]
    """Who was inside in each part of it."""
    zones: Sequence[ZoneFigures]
    lines: Sequence[LineFigures]
    watched: Mapping[str, float]
    """The share of the time that each camera of the layout watched, 0 to 1."""


async def find_figures(ask: Ask, store: StoreKey, layout: Layout, known: KnownPeriod, since: datetime) -> PeriodFigures:
    """Ask for every figure of a period; a camera is expected to watch since the store is known."""
    whole, cuts = [known.start, known.end], cuts_of(known)
    (total,) = await ask(find_passages, store, whole)
    stays, crossings = await ask(find_zone_stays, store, whole), await ask(find_crossings, store, whole)
    return PeriodFigures(
        known=known,
        entered=total.entered,
        left=total.left,
        lengths=await ask(find_visit_lengths, store, known.range),
        passages=await ask(find_passages, store, cuts),
        inside=[each for part in _parts(cuts, known) for each in await ask(find_occupancy, store, part, known.zone)],
        zones=[
            ZoneFigures(zone_id=zone.id, name=zone.name, visitors=found.visitors, median_ms=found.median_ms)
            if (found := next(iter(stays.get(zone.id, ())), None))
            else ZoneFigures(zone_id=zone.id, name=zone.name)
            for zone in layout.zone
        ],
        lines=[
            LineFigures(line_id=line.id, name=line.name or line.id, inward=found.inward, outward=found.outward)
            if (found := next(iter(crossings.get(line.id, ())), None))
            else LineFigures(line_id=line.id, name=line.name or line.id)
            for line in layout.line
        ],
        watched=await _find_watched(ask, store, layout, known, since),
    )


def cuts_of(known: KnownPeriod) -> list[datetime]:
    """Return where the parts of a period begin and end in which people are counted: minutes, hours or days."""
    return edges(part_of(known), known.start, known.end, known.zone)


def part_of(known: KnownPeriod) -> Period:
    """Return what a period is cut into."""
    if known.length <= SHORT:
        return Period.MINUTE
    return Period.HOUR if known.dates.length is PeriodLength.DAY else Period.DAY


def _parts(cuts: list[datetime], known: KnownPeriod) -> list[list[datetime]]:
    """Cut where a day begins: the count of people inside begins anew there."""
    if part_of(known) is not Period.DAY:
        return [cuts]
    return [cuts[at : at + MOST_DAYS + 1] for at in range(0, len(cuts) - 1, MOST_DAYS)]


async def _find_watched(
    ask: Ask, store: StoreKey, layout: Layout, known: KnownPeriod, since: datetime
) -> dict[str, float]:
    expected = timedelta()
    watched = {camera.id: timedelta() for camera in layout.camera}
    for start, end in open_spans(layout.store, known, since):
        expected += end - start
        covered = await ask(find_watched, store, [start, end])
        for camera in watched:
            (time,) = covered.get(camera, [timedelta()])
            watched[camera] += min(time, end - start)
    return {camera: time / expected if expected else 0.0 for camera, time in watched.items()}
