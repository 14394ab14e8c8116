"""Stretches of time as clients give them, and as answers are about them."""

from datetime import UTC, date, datetime, timedelta
from enum import Enum
from zoneinfo import ZoneInfo

import msgspec
import strawberry

from graphql_api.errors import UnusableArgument
from graphql_api.words import word
from projections.read_models import periods
from projections.read_models.periods import MINUTE, ceiling, edges, floor, midnight
from projections.scope import Range

DAY = timedelta(days=1)
MOST_DAYS = 400
value = strawberry.enum_value


@strawberry.enum(description="What figures are summed to. All but minutes are those of the store's own time zone.")
class Period(Enum):
    """What figures are summed to."""

    MINUTE = value("minute", description="Minutes.")
    QUARTER_HOUR = value("quarter-hour", description="Quarters of an hour.")
    HOUR = value("hour", description="Hours.")
    DAY = value("day", description="Days; when the clock is changed one has 23 or 25 hours.")
    WEEK = value("week", description="Weeks, which begin on Monday.")
    MONTH = value("month", description="Months of the calendar.")


@strawberry.enum(description="Days by what people call them, in the store's own time zone.")
class Preset(Enum):
    """Days by what people call them."""

    TODAY = value("today", description="This day, to its end.")
    YESTERDAY = value("yesterday", description="The day before.")
    THIS_WEEK = value("this-week", description="From Monday to Sunday.")
    LAST_WEEK = value("last-week", description="The week before.")
    THIS_MONTH = value("this-month", description="This month of the calendar, to its end.")
    LAST_MONTH = value("last-month", description="The month before.")
    LAST_7_DAYS = value("last-7-days", description="The seven days before today.")
    LAST_28_DAYS = value("last-28-days", description="The 28 days before today.")


@strawberry.input(description="Whole days in the store's own time zone.")
class DatesInput:
    """Whole days."""

    start: date = strawberry.field(description="The first day.")
    end: date = strawberry.field(description="The last day, which is in the range.")


@strawberry.input(description="Moments; figures are cut at whole minutes, outwards.")
class MomentsInput:
    """Moments."""

    start: datetime = strawberry.field(description="The first moment of the range.")
    end: datetime | None = strawberry.field(
        default=None, description="The first moment after the range; now if absent."
    )


@strawberry.input(one_of=True, description="A stretch of time, in one of three ways; at most 400 days for figures.")
class RangeInput:
    """A stretch of time."""

    preset: Preset | None = strawberry.field(default=strawberry.UNSET, description="What people call it.")
    dates: DatesInput | None = strawberry.field(default=strawberry.UNSET, description="From one day to another.")
    moments: MomentsInput | None = strawberry.field(default=strawberry.UNSET, description="From a moment to another.")


class Stretch(msgspec.Struct, frozen=True, kw_only=True):
    """From `start` up to, not including, `end`, both whole minutes in UTC."""

    start: datetime
    end: datetime
    now: datetime
    zone: ZoneInfo
    days: int | None = None
    """How many days of the store it is, where it is whole days."""
    monthly: bool = False

    @property
    def so_far(self) -> datetime:
        """Where it ends, or the end of this minute if that comes first; never before the first minute has passed."""
        return max(self.start + MINUTE, min(self.end, ceiling(self.now, MINUTE)))

    def cuts(self, period: Period | None = None) -> tuple[datetime, ...]:
        """Return where its periods begin, and its end; without a period it is one."""
        if period is None:
            return (self.start, self.end)
        return tuple(edges(periods.Period(word(period)), self.start, self.end, self.zone))

    def until_now(self) -> "Stretch":
        """Return what has passed of it."""
        return self._like(self.start, self.so_far)

    def before(self) -> "Stretch":
        """Return the stretch before it that is as long, as far as this one has got."""
        if self.days is None:
            return self._like(self.start - (self.end - self.start), self.start)
        first = self.start.astimezone(self.zone).date()
        earlier = (first - DAY).replace(day=1) if self.monthly else first - self.days * DAY
        start = midnight(earlier, self.zone)
        if self.so_far >= self.end:
            return self._like(start, self.start)
        return self._like(start, min(self.start, _shifted(self.so_far, first - earlier, self.zone)))

    def _like(self, start: datetime, end: datetime) -> "Stretch":
        return msgspec.structs.replace(self, start=start, end=max(end, start + MINUTE))


def stretch_of(wanted: RangeInput | None, zone: ZoneInfo, now: datetime) -> Stretch:
    """Return what a client means, today without a word; refuses what ends before it begins or is too long."""
    match wanted:
        case RangeInput(moments=MomentsInput(start=start, end=end)):
            moments = _ordered(start, end or now)
            found = Stretch(start=floor(moments[0], MINUTE), end=ceiling(moments[1], MINUTE), now=now, zone=zone)
        case RangeInput(dates=DatesInput(start=first, end=last)):
            found = _days(first, last, zone, now)
        case RangeInput(preset=Preset() as preset):
            found = _days(*_preset(preset, now.astimezone(zone).date()), zone, now, monthly="MONTH" in preset.name)
        case _:
            found = _days(*_preset(Preset.TODAY, now.astimezone(zone).date()), zone, now)
    if found.end - found.start > MOST_DAYS * DAY:
        raise UnusableArgument(f"the range is longer than {MOST_DAYS} days; ask for less at a time")
    return found


def range_of(wanted: RangeInput | None, zone: ZoneInfo, now: datetime) -> Range:
    """Return the moments that a client wants rows of; all without a word."""
    match wanted:
        case None:
            return Range()
        case RangeInput(moments=MomentsInput(start=start, end=end)):
            return Range(*_ordered(start, end or max(start + MINUTE, now)))
    found = stretch_of(wanted, zone, now)
    return Range(found.start, found.end)


def _ordered(start: datetime, end: datetime) -> tuple[datetime, datetime]:
    if start >= end:
        raise UnusableArgument("`start` is not before `end`; a range holds its start and not its end")
    return start, end


def _days(first: date, last: date, zone: ZoneInfo, now: datetime, *, monthly: bool = False) -> Stretch:
    if first > last:
        raise UnusableArgument("`start` is after `end`; a range of days holds both")
    return Stretch(
        start=midnight(first, zone),
        end=midnight(last + DAY, zone),
        now=now,
        zone=zone,
        days=(last - first).days + 1,
        monthly=monthly,
    )


def _preset(preset: Preset, today: date) -> tuple[date, date]:
    """Return the first and the last day of what people call so."""
    monday, first = today - today.weekday() * DAY, today.replace(day=1)
    month_before, month_after = (first - DAY).replace(day=1), (first + 31 * DAY).replace(day=1)
    return {
        Preset.TODAY: (today, today),
        Preset.YESTERDAY: (today - DAY, today - DAY),
        Preset.THIS_WEEK: (monday, monday + 6 * DAY),
        Preset.LAST_WEEK: (monday - 7 * DAY, monday - DAY),
        Preset.THIS_MONTH: (first, month_after - DAY),
        Preset.LAST_MONTH: (month_before, first - DAY),
        Preset.LAST_7_DAYS: (today - 7 * DAY, today - DAY),
        Preset.LAST_28_DAYS: (today - 28 * DAY, today - DAY),
    }[preset]


def _shifted(moment: datetime, back: timedelta, zone: ZoneInfo) -> datetime:
    """Return the same time of day so many days earlier, whatever the clock did between."""
    local = moment.astimezone(zone)
    earlier = (local.replace(tzinfo=None) - back).replace(tzinfo=zone, fold=local.fold)
    return ceiling(earlier.astimezone(UTC), MINUTE)


def stretch_until(moment: datetime, zone: ZoneInfo, now: datetime) -> Stretch:
    """Return the day of a moment as far as that."""
    start = periods.start_of_day(moment, zone)
    return Stretch(start=start, end=max(start + MINUTE, ceiling(moment, MINUTE)), now=now, zone=zone)
