"""Numbers, names and times in Japanese."""

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

_COUNTED = {"people": "{}人", "visitors": "{}人", "inward": "内向き{}回", "outward": "外向き{}回"}
_DAYS = "月火水木金土日"
_WORDS = {"nobody": "0人", "unknown": "不明"}


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
            return "と".join(_moment(start, end, are_days=are_days) for start, end in spans)
        case Names(names, more):
            return _named([_name(name) for name in names], more)
        case Watched(cameras, more):
            return _named([f"{_name(name)}（見ていた時間{_share(share)}）" for name, share in cameras], more)
        case On(dates):
            return _on(dates)
        case Until(moment, length):
            until = f"{clock(moment)}まで"
            return until if length is Length.DAY else f"{_day(moment.date())}{until}"
        case AllCameras(number):
            return f"{number}台すべてのカメラ" if number > 1 else "1台のカメラ"
        case AnyZone(number):
            return f"{number}つのゾーンのどこ"
        case str():
            return _WORDS[value]


def _count(count: Count) -> str:
    text = _COUNTED[count.what].format(f"{count.number:,}")
    return f"少なくとも{text}" if count.at_least else text


def _name(name: str) -> str:
    """Return a name in Japanese quotes, whatever it says."""
    plain = shown(name).removeprefix("“").removesuffix("”")
    return f"「{plain.replace('「', '『').replace('」', '』')}」"


def _share(percent: int) -> str:
    return f"{percent}%" if percent else "1%未満"


def _duration(seconds: int) -> str:
    parts = [(seconds // 3600, "時間"), (seconds // 60 % 60, "分"), (seconds % 60, "秒")]
    return "".join(f"{number}{unit}" for number, unit in parts if number) or "1秒未満"


def _earlier(earlier: Earlier) -> str:
    value = _count(earlier.value) if isinstance(earlier.value, Count) else _duration(earlier.value.seconds)
    match earlier.dates.length:
        case Length.DAY:
            when = f"前の週の{_DAYS[earlier.dates.first.weekday()]}曜日の"
        case Length.WEEK:
            when = "前の週の"
        case Length.MONTH:
            when = "前の月の"
    return f"{when}{value}" if earlier.is_over else f"{when}同じ時点までの{value}"


def _moment(start: datetime, end: datetime, *, are_days: bool) -> str:
    return _day(start.date()) if are_days else f"{clock(start)}〜{clock(end)}"


def _day(day: date) -> str:
    return f"{day.month}月{day.day}日（{_DAYS[day.weekday()]}）"


def _on(dates: Dates) -> str:
    match dates.length:
        case Length.DAY:
            return f"{dates.first.year}年{_day(dates.first)}"
        case Length.WEEK:
            last = dates.after - timedelta(days=1)
            year, week, _ = dates.first.isocalendar()
            return f"{year}年第{week}週（{dates.first.month}月{dates.first.day}日〜{last.month}月{last.day}日）"
        case Length.MONTH:
            return f"{dates.first.year}年{dates.first.month}月"


def _named(names: Sequence[str], more: int) -> str:
    listed = "、".join(names)
    return f"{listed}、ほか{more}件" if more else listed
