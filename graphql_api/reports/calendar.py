"""Days, weeks and months of a store, in its own time zone."""

import re
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Self
from zoneinfo import ZoneInfo

import msgspec

from graphql_api.reports.errors import FuturePeriod, UnknownPeriod
from projections.read_models.periods import start_of_day
from projections.scope import Range

_WEEK = re.compile(r"(\d{4})-W(\d{2})")
_MONTH = re.compile(r"(\d{4})-(\d{2})")


class Length(StrEnum):
    """How long a report's period is."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class Dates(msgspec.Struct, frozen=True):
    """The dates of a period, from `first` up to, not including, `after`."""

    length: Length
    first: date
    after: date

    @classmethod
    def of(cls, length: Length, day: date) -> Self:
        """Return the day, week (from Monday) or month that a date lies in."""
        match length:
            case Length.DAY:
                return cls(length, day, day + timedelta(days=1))
            case Length.WEEK:
                monday = day - timedelta(days=day.weekday())
                return cls(length, monday, monday + timedelta(days=7))
            case Length.MONTH:
                first = day.replace(day=1)
                return cls(length, first, (first + timedelta(days=31)).replace(day=1))

    @classmethod
    def read(cls, length: Length, text: str) -> Self:
        """Read `2026-01-05`, `2026-W02` or `2026-01`; raises `UnknownPeriod`."""
        try:
            match length:
                case Length.DAY:
                    return cls.of(length, date.fromisoformat(text))
                case Length.WEEK if found := _WEEK.fullmatch(text):
                    return cls.of(length, date.fromisocalendar(int(found[1]), int(found[2]), 1))
                case Length.MONTH if found := _MONTH.fullmatch(text):
                    return cls.of(length, date(int(found[1]), int(found[2]), 1))
        except (ValueError, OverflowError):
            pass
        raise UnknownPeriod(text, _WANTED[length])

    def __str__(self) -> str:
        """Write it as it is read."""
        match self.length:
            case Length.DAY:
                return self.first.isoformat()
            case Length.WEEK:
                year, week, _ = self.first.isocalendar()
                return f"{year}-W{week:02}"
            case Length.MONTH:
                return f"{self.first:%Y-%m}"

    @property
    def before(self) -> Self:
        """What it is compared with: the same day a week earlier, the week before, the month before."""
        earlier = timedelta(days=7 if self.length is Length.DAY else 1)
        return type(self).of(self.length, self.first - earlier)

    def start(self, zone: ZoneInfo) -> datetime:
        """Return when it begins, in UTC."""
        return _midnight(self.first, zone)

    def end(self, zone: ZoneInfo) -> datetime:
        """Return when the next one begins, in UTC."""
        return _midnight(self.after, zone)


_WANTED = {
    Length.DAY: "day; write it as 2026-01-05",
    Length.WEEK: "week of the ISO calendar; write it as 2026-W02",
    Length.MONTH: "month; write it as 2026-01",
}


class KnownPeriod(msgspec.Struct, frozen=True):
    """The part of a period that is known: all of it, or up to now."""

    dates: Dates
    zone: ZoneInfo
    start: datetime
    end: datetime
    """A whole minute."""
    seen_until: datetime
    """When cameras are expected to have watched to: the end, or the last frame of a period that is not over."""
    is_over: bool

    @property
    def range(self) -> Range:
        """The same for a question to the read models."""
        return Range(self.start, self.end)

    @property
    def length(self) -> timedelta:
        """How long it is."""
        return self.end - self.start

    @property
    def before(self) -> Self:
        """The known as long of the period that this one is compared with."""
        dates = self.dates.before
        start, end = dates.start(self.zone), dates.end(self.zone)
        end = end if self.is_over else min(end, start + self.length)
        return type(self)(dates, self.zone, start, end, end, self.is_over)


def known_period(dates: Dates, zone: ZoneInfo, now: datetime, last_seen: datetime | None) -> KnownPeriod:
    """Return what is known of a period by now: up to the last frame, where it is not over; raises `FuturePeriod`."""
    start, end = dates.start(zone), dates.end(zone)
    if start > now:
        raise FuturePeriod(str(dates))
    if end <= now:
        return KnownPeriod(dates, zone, start, end, end, is_over=True)
    known = now if last_seen is None or last_seen < start else min(now, last_seen)
    until = max(_minute_after(known), start + timedelta(minutes=1))
    return KnownPeriod(dates, zone, start, until, max(known, start), is_over=False)


def _minute_after(moment: datetime) -> datetime:
    floor = moment.astimezone(UTC).replace(second=0, microsecond=0)
    return floor if floor == moment else floor + timedelta(minutes=1)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    """Return when a date begins; where its midnight is skipped or comes twice, as the read models count."""
    return start_of_day(datetime.combine(day, time(12), zone), zone)
