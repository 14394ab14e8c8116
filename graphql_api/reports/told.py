"""What the claims are worked out from: the figures of two stretches, and how far both were watched."""

from collections.abc import Sequence

import msgspec

from event_store.layout.model import Layout
from graphql_api.reports.fact_sheet import Fact
from graphql_api.reports.period_figures import PeriodFigures
from graphql_api.reports.places_watched import PlacesWatched, is_whole
from graphql_api.reports.values import Change, Count, Counted, Duration, Earlier, Percent
from projections.scope import StoreKey

SHARES_FROM = 20
"""A smaller figure of before changes by so many; from this on by so many percent."""
MOST_TIED = 3
MOST_NAMED = 3


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """One store's figures, and those of the period that it is compared with, if that is known."""

    store: StoreKey
    layout: Layout
    now: PeriodFigures
    before: PeriodFigures | None
    is_first: bool
    """Whether the store was not known yet in the period before."""
    heard_of: bool
    """Whether any camera has ever reported, and the store was known by the end of the period."""

    @property
    def coverage(self) -> PlacesWatched:
        """How far the places were watched."""
        return PlacesWatched(self.layout, self.now.watched)

    @property
    def coverage_before(self) -> PlacesWatched:
        """How far they were watched in the period before."""
        return PlacesWatched(self.layout, {} if self.before is None else self.before.watched)

    def fact(self, find: str, subject: str, measure: str, value: float | None, unit: str, share: float | None) -> Fact:
        """Return a figure of this known with the question that it answers."""
        return self._fact(self.now, find, subject, measure, value, unit, share)

    def fact_before(self, find: str, subject: str, measure: str, value: float | None, unit: str, share: float) -> Fact:
        """Return a figure of the known before."""
        assert self.before is not None  # noqa: S101  # it was compared with
        return self._fact(self.before, find, subject, f"{measure} before", value, unit, share)

    def _fact(  # noqa: PLR0913, PLR0917  # the fields of a fact
        self, figures: PeriodFigures, find: str, subject: str, measure: str, value: float | None, unit: str,
        share: float | None,
    ) -> Fact:  # fmt: skip
        within = figures.known
        bounds = f"from={within.start:%Y-%m-%dT%H:%M:%SZ}, to={within.end:%Y-%m-%dT%H:%M:%SZ}"
        query = f"{find}(store={self.store.organisation}/{self.store.store}, {bounds})"
        return Fact(subject=subject, measure=measure, value=value, unit=unit, coverage=share, query=query)

    def earlier(self, value: Count | Duration) -> Earlier:
        """Return a figure of the known before as it is told."""
        before = self.now.known.before
        return Earlier(value, before.dates, before.is_over)


def change(now: int, before: int, what: Counted) -> Change:
    """Return by how much a count has changed."""
    if before < SHARES_FROM:
        return Count(abs(now - before), what)
    return Percent(max(1, round(100 * abs(now - before) / before)))


def comparable(*shares: float) -> bool:
    """Tell whether counts can be compared: all were watched all the time."""
    return all(map(is_whole, shares))


def named(names: Sequence[str]) -> tuple[Sequence[str], int]:
    """Return the names to tell, and how many others there are."""
    if len(names) <= MOST_NAMED + 1:
        return names, 0
    return names[:MOST_NAMED], len(names) - MOST_NAMED
