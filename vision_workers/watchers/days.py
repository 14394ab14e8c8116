"""When a store's day ends."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo


def next_midnight(moment: datetime, zone: ZoneInfo) -> datetime:
    """Return the first local midnight after a moment, in UTC; days of 23 and 25 hours included."""
    tomorrow = moment.astimezone(zone).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(), zone).astimezone(UTC)
