"""When a store's cameras are expected to watch."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

from event_store.layout.model import Store
from graphql_api.reports.calendar import Stretch

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def open_stretches(store: Store, stretch: Stretch, since: datetime) -> list[tuple[datetime, datetime]]:
    """Return the opening hours in a stretch, in UTC; all of it where the layout has none or the store was closed."""
    start = max(stretch.start, since)
    clipped = [
        (max(start, opened), min(stretch.seen_until, closed))
        for opened, closed in _hours(store, stretch)
        if max(start, opened) < min(stretch.seen_until, closed)
    ]
    return clipped or ([(start, stretch.seen_until)] if start < stretch.seen_until else [])


def _hours(store: Store, stretch: Stretch) -> Iterator[tuple[datetime, datetime]]:
    day = stretch.dates.first
    while day < stretch.dates.after:
        text = store.opening_hours.get(_DAYS[day.weekday()])  # type: ignore[call-overload]  # the names are those
        if text is not None and day not in store.holidays:
            opened, closed = (_moment(day, each, stretch) for each in text.split("-"))
            yield opened, closed if closed > opened else closed + timedelta(days=1)
        day += timedelta(days=1)


def _moment(day: date, clock: str, stretch: Stretch) -> datetime:
    if clock == "24:00":
        day, clock = day + timedelta(days=1), "00:00"
    return datetime.combine(day, time.fromisoformat(clock), stretch.zone).astimezone(UTC)
