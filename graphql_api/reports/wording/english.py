"""Numbers, names and times in English."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from graphql_api.reports.calendar import Dates, Length
from graphql_api.reports.clock import clock
from graphql_api.reports.names import shown
from graphql_api.reports.values import (
    AllCameras,
    AnyZone,
    Count,
    Duration,
    Earlier,
    Moments,
    Names,
    On,
    Percent,
    Until,
    Value,
    Watched,
)

_COUNTED = {
    "people": ("person", "people"),
    "visitors": ("visitor", "visitors"),
    "inward": ("crossing inward", "crossings inward"),
    "outward": ("crossing outward", "crossings outward"),
}
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_WORDS = {"nobody": "nobody", "unknown": "not known"}
FULL_STOP = "."


def fill(value: Value) -> str:  # noqa: C901, PLR0911  # one for each kind of value
    """Put a value in words."""
    match value:
        case Count():
            return _count(value)
        case Percent(number):
            return f"{number:,}%"
        case Duration(seconds):
            return _duration(seconds)
        case Earlier():
            return _earlier(value)
        case Moments(spans, are_days):
            return _and([_moment(start, end, are_days=are_days) for start, end in spans])
        case Names(names, more):
            return _named([shown(name) for name in names], more, "other")
        case Watched(cameras, more):
            return _named([f"{shown(name)} ({_share(share)} of the time)" for name, share in cameras], more, "other")
        case On(dates):
            return _on(dates)
        case Until(moment, length):
            return _until(moment, length)
        case AllCameras(number):
            return {1: "the camera", 2: "both cameras"}.get(number, f"all {number} cameras")
        case AnyZone(number):
            return f"any of the {number} zones"
        case str():
            return _WORDS[value]


def _count(count: Count) -> str:
    one, many = _COUNTED[count.what]
    text = f"{count.number:,} {one if count.number == 1 else many}"
    return f"at least {text}" if count.at_least else text


def _share(percent: int) -> str:
    return f"{percent}%" if percent else "less than 1%"


def _duration(seconds: int) -> str:
    hours, minutes, rest = seconds // 3600, seconds // 60 % 60, seconds % 60
    parts = [(hours, "hour"), (minutes, "minute"), (rest, "second")]
    told = [f"{number} {unit}{'' if number == 1 else 's'}" for number, unit in parts if number]
    return " ".join(told) or "less than a second"


def _earlier(earlier: Earlier) -> str:
    value = _count(earlier.value) if isinstance(earlier.value, Count) else _duration(earlier.value.seconds)
    match earlier.dates.length:
        case Length.DAY:
            when = f"on the {_DAYS[earlier.dates.first.weekday()]} before"
        case Length.WEEK:
            when = "in the week before"
        case Length.MONTH:
            when = "in the month before"
    return f"{value} {when}" if earlier.is_over else f"{value} {when} up to the same time"


def _moment(start: datetime, end: datetime, *, are_days: bool) -> str:
    if are_days:
        return f"on {_weekday(start.date())}"
    return f"between {clock(start)} and {clock(end)}"


def _weekday(day: date) -> str:
    return f"{_DAYS[day.weekday()]} {day.day} {_MONTHS[day.month - 1]}"


def _on(dates: Dates) -> str:
    match dates.length:
        case Length.DAY:
            return f"on {_weekday(dates.first)} {dates.first.year}"
        case Length.WEEK:
            last = dates.after - timedelta(days=1)
            year, week, _ = dates.first.isocalendar()
            return f"during week {week} of {year} ({_span(dates.first, last)})"
        case Length.MONTH:
            return f"during {_MONTHS[dates.first.month - 1]} {dates.first.year}"


def _span(first: date, last: date) -> str:
    until = f"{last.day} {_MONTHS[last.month - 1]}"
    return (
        f"{first.day} to {until}" if first.month == last.month else f"{first.day} {_MONTHS[first.month - 1]} to {until}"
    )


def _until(moment: datetime, length: Length) -> str:
    until = f"up to {clock(moment)}"
    return until if length is Length.DAY else f"{until} on {_weekday(moment.date())}"


def _named(names: Sequence[str], more: int, other: str) -> str:
    return _and([*names, f"{more} {other}s" if more > 1 else f"1 {other}"] if more else names)


def _and(texts: Sequence[str]) -> str:
    *first, last = texts
    return f"{', '.join(first)} and {last}" if first else last
