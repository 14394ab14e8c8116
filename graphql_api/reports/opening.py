"""When a store's cameras are expected to watch."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

from event_store.layout.model import Store
from graphql_api.reports.calendar import KnownPeriod

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def open_spans(store: Store, known: KnownPeriod, since: datetime) -> list[tuple[datetime, datetime]]:
    """Return the opening hours in a known, in UTC; all of it where the layout has none or the store was closed."""
    start = max(known.start, since)
    clipped = [
        (max(start, opened), min(known.seen_until, closed))
        for opened, closed in _hours(store, known)
        if max(start, opened) < min(known.seen_until, closed)
    ]
    return clipped or ([(start, known.seen_until)] if start < known.seen_until else [])


def _hours(store: Store, known: KnownPeriod) -> Iterator[tuple[datetime, datetime]]:
    day = known.dates.first
    while day < known.dates.after:
        text = store.opening_hours.get(_DAYS[day.weekday()])  # type: ignore[call-overload]  # the names are those
        if text is not None and day not in store.holidays:
            opened, closed = (_moment(day, each, known) for each in text.split("-"))
            yield opened, closed if closed > opened else closed + timedelta(days=1)
        day += timedelta(days=1)


def _moment(day: date, clock: str, known: KnownPeriod) -> datetime:
    if clock == "24:00":
        day, clock = day + timedelta(days=1), "00:00"
    return datetime.combine(day, time.fromisoformat(clock), known.zone).astimezone(UTC)
