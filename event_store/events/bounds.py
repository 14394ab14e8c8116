"""Which texts and times of a fact must be within bounds, found once for each class of fact."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from operator import attrgetter
from typing import Any

import msgspec
from msgspec import inspect

from event_store.readability import FIRST_YEAR, LAST_YEAR, LONGEST_NAME, SURELY_SHORT, is_short

FARTHEST = timedelta(hours=16)
"""An offset from UTC that PostgreSQL does not take any more."""
ONLY_SHOWN = ("cause", "why", "_name")
"""How the names of texts end that no index holds."""

_Take = Callable[[Any], tuple[Any, ...]]


class _Checks(msgspec.Struct, frozen=True):
    """Where the values are in a struct, and the parts of it that may be absent or several."""

    names: _Take
    moments: _Take
    parts: tuple[tuple[Callable[[Any], Any], "_Checks"], ...]


def out_of_bounds(fact: msgspec.Struct) -> str | None:
    """Return what of a fact's data no index or no calendar takes; None where nothing is. Its `time` is left aside."""
    return _first(fact, _checks_of(type(fact)))


def no_moment_in(fact: msgspec.Struct) -> str | None:
    """Return why a time in a fact's data cannot be kept; None where all can. Its `time` is left aside."""
    return _first_moment(fact, _checks_of(type(fact)))


def is_no_moment(moment: datetime) -> str | None:
    """Return why a time cannot be kept; None where it can."""
    if moment.tzinfo is UTC and FIRST_YEAR < moment.year < LAST_YEAR:  # most times, at little cost
        return None
    offset = moment.utcoffset() or timedelta()
    if abs(offset) >= FARTHEST:
        return f"{moment.isoformat()} has an offset from UTC of 16 hours or more"
    if FIRST_YEAR < moment.year < LAST_YEAR or _is_within(moment.replace(tzinfo=None), offset):
        return None
    return f"{moment.isoformat()} is not in the years {FIRST_YEAR} to {LAST_YEAR} of UTC"


def _is_within(local: datetime, offset: timedelta) -> bool:
    first, behind = datetime(FIRST_YEAR, 1, 1), datetime(LAST_YEAR + 1, 1, 1)  # noqa: DTZ001  # as the other one
    return local - first >= offset and behind - local > -offset


def _first(fact: Any, checks: _Checks) -> str | None:
    for name in checks.names(fact):
        if name is not None and len(name) > SURELY_SHORT and not is_short(name):
            return f"a name has more than {LONGEST_NAME} bytes: {name[:40]!r} …"
    for moment in checks.moments(fact):
        if moment is not None and (why := is_no_moment(moment)):
            return why
    for part, inside in checks.parts:
        value = part(fact)
        for each in value if isinstance(value, list) else (value,):
            if each is not None and (why := _first(each, inside)):
                return why
    return None


def _first_moment(fact: Any, checks: _Checks) -> str | None:
    for moment in checks.moments(fact):
        if moment is not None and (why := is_no_moment(moment)):
            return why
    for part, inside in checks.parts:
        value = part(fact)
        for each in value if isinstance(value, list) else (value,):
            if each is not None and (why := _first_moment(each, inside)):
                return why
    return None


@cache
def _checks_of(kind: type[msgspec.Struct], *, own: bool = True) -> _Checks:
    """Return where a fact's class has what must be checked; of its parts, whose texts are not its `own`, the ids."""
    names, moments, parts = list[str](), list[str](), list[tuple[Callable[[Any], Any], _Checks]]()
    for path, found in _fields(kind):
        match found:
            case inspect.StrType(pattern=None) if _is_kept(path, own=own):
                names.append(path)
            case inspect.DateTimeType() if path != "time":
                moments.append(path)
            case inspect.StructType(cls=part) | inspect.ListType(item_type=inspect.StructType(cls=part)):
                parts.append((attrgetter(path), _checks_of(part, own=False)))
    return _Checks(_all_of(names), _all_of(moments), tuple(each for each in parts if _has_any(each[1])))


def _fields(kind: type[msgspec.Struct], prefix: str = "") -> Iterator[tuple[str, inspect.Type]]:
    """Yield the path and the type of each field, those of parts that are always there included."""
    info = inspect.type_info(kind)
    for field in info.fields if isinstance(info, inspect.StructType) else ():
        path = prefix + field.name
        if isinstance(field.type, inspect.StructType):
            yield from _fields(field.type.cls, f"{path}.")
        else:
            kinds = field.type.types if isinstance(field.type, inspect.UnionType) else (field.type,)
            yield from ((path, each) for each in kinds)


def _is_kept(path: str, *, own: bool) -> bool:
    """Tell whether an index may hold a text."""
    return path.endswith("_id") or (own and "." not in path and not path.endswith(ONLY_SHOWN))


def _has_any(checks: _Checks) -> bool:
    return checks.names is not _nothing or checks.moments is not _nothing or bool(checks.parts)


def _nothing(_: Any) -> tuple[Any, ...]:
    return ()


def _all_of(paths: list[str]) -> _Take:
    if not paths:
        return _nothing
    get = attrgetter(*paths)
    return get if len(paths) > 1 else lambda fact: (get(fact),)
