"""Stretches of time as clients give them."""

from datetime import datetime
from enum import Enum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import strawberry

from graphql_api.errors import UnusableArgument
from projections.read_models.periods import Period as Length
from projections.read_models.periods import edges
from projections.scope import Range


@strawberry.enum(description="What counts are summed to. Hours and days are those of the store's own time zone.")
class Period(Enum):
    """What counts are summed to."""

    MINUTE = Length.MINUTE.value
    HOUR = Length.HOUR.value
    DAY = Length.DAY.value


def between(start: datetime | None, end: datetime | None) -> Range:
    """Return the range from `start` up to `end`; refuses one that ends before it begins."""
    if start is not None and end is not None and start >= end:
        raise UnusableArgument("`from` is not before `to`; a range holds its start and not its end")
    return Range(start, end)


def cuts(period: Period, within: Range, zone: ZoneInfo) -> list[datetime]:
    """Return where a range's periods begin, and its end; refuses a range that is open."""
    if within.start is None or within.end is None:
        raise UnusableArgument("periods need a range with both ends; give `from` and `to`")
    return edges(Length(period.value), within.start, within.end, zone)


def zone_of(name: str) -> ZoneInfo:
    """Return a store's time zone."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")
