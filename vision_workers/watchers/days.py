"""When a store's day begins and ends."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo


def next_midnight(moment: datetime, zone: ZoneInfo) -> datetime:
    """Return the first local midnight after a moment, in UTC; days of 23 and 25 hours included."""
    tomorrow = moment.astimezone(zone).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(), zone).astimezone(UTC)


def start_of_day(moment: datetime, zone: ZoneInfo) -> datetime:
    """Return the last local midnight that is not after a moment, in UTC; the earlier one where there are two."""
    return datetime.combine(moment.astimezone(zone).date(), time(), zone).astimezone(UTC)
