"""Stays as they are made again from samples, and who makes them: whoever starts a restatement hands that in."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

import msgspec

from event_store.events.restatements import ZoneFigures
from event_store.layout.model import Layout


class RestatedStay(msgspec.Struct, frozen=True, kw_only=True):
    """One person's stay in a zone, as samples and a layout say."""

    zone_id: str
    person: str
    """The visit where it is known, otherwise the person within one camera."""
    entered_at: datetime
    exited_at: datetime


class StayRestater(Protocol):
    """Makes stays from the samples of one store: the same watchers that make them from pictures."""

    def __call__(self, layout: Layout, samples: Sequence[bytes]) -> Sequence[RestatedStay]:
        """Return the stays that the layout's zones and their minimum dwell make of these samples."""


def figures(stays: Sequence[RestatedStay]) -> ZoneFigures:
    """Return what stays in one zone come to, as the read model of zones counts them."""
    dwells = sorted((stay.exited_at - stay.entered_at) / timedelta(milliseconds=1) for stay in stays)
    return ZoneFigures(
        people=len({stay.person for stay in stays}),
        stays=len(stays),
        median_ms=_percentile(dwells, 0.5),
        p90_ms=_percentile(dwells, 0.9),
    )


def _percentile(ordered: Sequence[float], share: float) -> float | None:
    """Return a share of ordered values, between two of them in proportion, as PostgreSQL's percentile_cont does."""
    if not ordered:
        return None
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return round(ordered[low] + (ordered[high] - ordered[low]) * (place - low), 3)
