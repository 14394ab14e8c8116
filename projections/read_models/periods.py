"""Stretches of time: minutes and quarter-hours in UTC, hours, days, weeks and months in a store's own zone."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from itertools import pairwise, takewhile
from zoneinfo import ZoneInfo

from sqlalchemy import ARRAY, ColumnElement, DateTime, func, literal

from projections.errors import RaggedRange, TooLongRange

MINUTE = timedelta(minutes=1)
QUARTER = timedelta(minutes=15)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

MOST_PERIODS = 1_500
"""A day by minutes fits, with the 25th hour that it has once a year."""


class Grain(StrEnum):
    """What a table of counts keeps: every fact is counted once in each grain."""

    MINUTE = "minute"
    QUARTER = "quarter"

    def start(self, moment: datetime) -> datetime:
        """Return where the minute or quarter-hour of a moment begins, in UTC."""
        return floor(moment, _LENGTHS[self])


class Period(StrEnum):
    """What an answer sums to; all but minutes are those of the store. Weeks begin on Monday."""

    MINUTE = "minute"
    QUARTER_HOUR = "quarter-hour"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


Counted = tuple[datetime, datetime, int, int]
"""Where a period begins and ends, and two counts."""

_LENGTHS = {Grain.MINUTE: MINUTE, Grain.QUARTER: QUARTER}


def edges(period: Period, start: datetime, end: datetime, zone: ZoneInfo) -> list[datetime]:
    """Return where the periods between two moments begin, and `end`; all in UTC.

    The first and the last period are cut by the range. Refuses a range that is no whole minutes, or whose periods
    are more than an answer holds.
    """
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    if start >= end or not (is_whole(start, MINUTE) and is_whole(end, MINUTE)):
        raise RaggedRange(start, end)
    found = [start]
    for edge in _after(period, start, zone):
        if edge >= end:
            break
        if len(found) == MOST_PERIODS:
            raise TooLongRange(start, end, period, MOST_PERIODS)
        found.append(edge)
    return [*found, end]


def grain_of(cuts: Sequence[datetime]) -> Grain:
    """Return the coarsest grain whose sums can be cut at these moments; refuses moments within a minute."""
    if not all(is_whole(cut, MINUTE) for cut in cuts):
        raise RaggedRange(cuts[0], cuts[-1])
    return Grain.QUARTER if all(is_whole(cut, QUARTER) for cut in cuts) else Grain.MINUTE


def is_whole(moment: datetime, length: timedelta) -> bool:
    """Tell whether a moment is a multiple of a length, in UTC."""
    return floor(moment, length) == moment


def floor(moment: datetime, length: timedelta) -> datetime:
    """Return the last multiple of a length, in UTC, that is not after a moment."""
    return moment - (moment - _EPOCH) % length


def ceiling(moment: datetime, length: timedelta) -> datetime:
    """Return the first multiple of a length, in UTC, that is not before a moment."""
    return moment + (_EPOCH - moment) % length


def periods(cuts: Sequence[datetime], counted: Iterable[Sequence[int]]) -> Iterator[Counted]:
    """Yield each period between cuts with its two counts, from rows of (number of the bucket, count, count)."""
    counts = {number: (one, other) for number, one, other in counted}
    for number, (start, end) in enumerate(pairwise(cuts), start=1):
        yield start, end, *counts.get(number, (0, 0))


def start_of_day(moment: datetime, zone: ZoneInfo) -> datetime:
    """Return when the store's day of a moment began, in UTC."""
    return midnight(moment.astimezone(zone).date(), zone)


def start_of_hour(moment: datetime, zone: ZoneInfo) -> datetime:
    """Return when the store's hour of a moment began, in UTC."""
    return moment.astimezone(UTC) - _past(moment.astimezone(zone))


def end_of_hour(moment: datetime, zone: ZoneInfo) -> datetime:
    """Return when the store's hour of a moment ends, in UTC; the moment itself where it ends just then."""
    start = start_of_hour(moment, zone)
    return moment.astimezone(UTC) if start == moment else next(_after(Period.HOUR, start, zone))


def buckets_of(column: ColumnElement[datetime], cuts: Sequence[datetime]) -> ColumnElement[int]:
    """Return the number, from 1, of the cut that a time comes after; the times lie between the cuts."""
    return func.width_bucket(column, literal(list(cuts), ARRAY(DateTime(timezone=True))))


def starts_of_days(start: datetime, end: datetime, zone: ZoneInfo) -> list[datetime]:
    """Return when each of the store's days between two moments began, that of the first moment included."""
    first = start_of_day(start, zone)
    return [first, *takewhile(lambda day: day < end, _after(Period.DAY, first, zone))]


def _after(period: Period, start: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    edge = start
    while True:
        match period:
            case Period.MINUTE:
                edge += MINUTE
            case Period.QUARTER_HOUR:
                edge += QUARTER - _past(edge.astimezone(zone)) % QUARTER
            case Period.HOUR:
                edge += HOUR - _past(edge.astimezone(zone))
            case _:
                edge = midnight(_next_first_day(period, edge.astimezone(zone).date()), zone)
        yield edge


def _past(local: datetime) -> timedelta:
    return timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)


def _next_first_day(period: Period, day: date) -> date:
    match period:
        case Period.WEEK:
            return day + timedelta(days=7 - day.weekday())
        case Period.MONTH:
            return (day.replace(day=28) + timedelta(days=4)).replace(day=1)
    return day + timedelta(days=1)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """Return when a day of the store begins, in UTC."""
    begins = datetime.combine(day, time(), zone).astimezone(UTC)
    if begins.astimezone(zone).date() < day:  # the clock went back to the evening before: midnight comes twice
        return datetime.combine(day, time(fold=1), zone).astimezone(UTC)
    return begins


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
