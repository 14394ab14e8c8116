"""Which bytes are a fact for everybody: text throughout, within bounds, with the attributes that every fact has.

Shopfloor has the same rule where it takes records. What it does not take is no fact here either: it has no number,
belongs to no store and forgets nobody.
"""

import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from itertools import accumulate
from math import inf
from typing import Any

MOST_BYTES, DEEPEST, LONGEST_NAME = 60_000, 64, 500
FARTHEST = timedelta(hours=16)
FIRST, BEHIND = datetime(2, 1, 1), datetime(9999, 1, 1)  # noqa: DTZ001  # UTC, compared without a zone
MAX_NUMBER = 2**63 - 1

_TEXT = rb'"[ !#-\[\]-~]{1,500}"'
_FLAT = rb'"[ !#-\[\]-~]*"'
_UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_PLACE = "[A-Za-z0-9][A-Za-z0-9._-]{0,63}"
_MOMENT = rb"(?!000[01]|9999)\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z"
_BEGINNING = re.compile(
    rb'\{"specversion":"1\.0","id":"(?P<id>%(uuid)b)","source":(?P<source>%(text)b),"type":(?P<type>%(text)b)'
    rb',"subject":%(flat)b,"time":"%(moment)b","datacontenttype":%(flat)b,"dataschema":%(flat)b'
    rb',"organisation":"%(place)b","store":"%(place)b","actor":%(text)b,"sequence":(?P<number>[1-9]\d{0,17})'
    rb'(?:,"causationid":%(text)b)?(?:,"correlationid":%(text)b)?(?:,"traceparent":%(text)b)?,"data":'
    % {
        b"uuid": _UUID.encode(),
        b"place": _PLACE.encode(),
        b"moment": _MOMENT,
        b"text": _TEXT,
        b"flat": _FLAT,
    }
)
"""How Shopfloor writes a fact, up to its data; what is written otherwise is read as JSON, which takes longer."""
_RFC_3339 = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ]([01]\d|2[0-3]):([0-5]\d):([0-5]\d)(?:\.(\d+))?(?:[Zz]|([+-])([01]\d|2[0-3]):?([0-5]\d))",
    re.ASCII,
)
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*+"')
_STEPS = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}
_NO_BRACKETS = bytes(set(range(256)) - _STEPS.keys())
_HIGH, _LOW = r"\\u[dD][89abAB][0-9a-fA-F]{2}", r"\\u[dD][c-fC-F][0-9a-fA-F]{2}"
_ESCAPE = re.compile(rf"{_HIGH}{_LOW}|(?P<half>{_HIGH}|{_LOW})|\\.")


class _Pairs(list[tuple[str, Any]]):
    """An object as it was written, names that come twice included."""


def read_object(record: bytes) -> Mapping[str, Any]:
    """Return what a record says, of names that come twice the last; nothing of bytes that are no readable object."""
    pairs = _read_pairs(record)
    return {} if pairs is None else _plain(pairs)


def attributes(record: bytes) -> Mapping[str, Any] | None:
    """Return what a fact says, its attributes and its data; None of bytes that are none."""
    pairs = _read_pairs(record)
    if pairs is None or not all(_ATTRIBUTES[name](value) for name, value in pairs if name in _ATTRIBUTES):
        return None
    told: Mapping[str, Any] = _plain(pairs)
    if not told.keys() >= _NEEDED or not all(check(told[name]) for name, check in _FINALLY.items() if name in told):
        return None
    return told


def begins_as_written(record: bytes) -> "re.Match[bytes] | None":
    """Return what a fact begins with that is one as Shopfloor writes it; None of what must be read as JSON first."""
    begun = _BEGINNING.match(record)
    if begun is None or len(record) > MOST_BYTES or b"\\" in record:
        return None
    try:
        text = record.decode()
        _, end = _scan(text, begun.end())
    except (ValueError, StopIteration, RecursionError):
        return None
    return begun if text[end:] == "}" and not _is_deep(record) else None


def is_place(name: Any) -> bool:
    """Tell whether a value can be the name of an organisation or a store."""
    return type(name) is str and re.fullmatch(_PLACE, name) is not None


def is_name(value: Any) -> bool:
    """Tell whether a value is a text that fits every index."""
    return type(value) is str and 0 < len(value.encode()) <= LONGEST_NAME


def _read_pairs(record: bytes) -> _Pairs | None:
    if len(record) > MOST_BYTES or b"\\u0000" in record:
        return None
    try:
        text = record.decode()
        read = json.loads(text, object_pairs_hook=_Pairs, parse_int=_whole, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None
    if type(read) is not _Pairs or _is_deep(record) or any(each["half"] for each in _ESCAPE.finditer(text)):
        return None
    return read


def _is_deep(record: bytes) -> bool:
    """Tell whether JSON is nested too deep."""
    if record.count(b"[") + record.count(b"{") <= DEEPEST:
        return False
    brackets = _STRING.sub(b"", record).translate(None, _NO_BRACKETS)
    return max(accumulate(map(_STEPS.__getitem__, brackets)), default=0) > DEEPEST


def _plain(value: Any) -> Any:
    match value:
        case _Pairs():
            return {name: _plain(each) for name, each in value}
        case list():
            return [_plain(each) for each in value]
    return value


def _whole(digits: str) -> int | float:
    """Read a whole number; one with more digits than any that is used is no number that counts."""
    return int(digits) if len(digits) <= len(str(-MAX_NUMBER)) else inf


def _refuse(word: str) -> None:
    raise ValueError(f"{word} is no JSON")


_scan = json.JSONDecoder(parse_constant=_refuse).scan_once  # type: ignore[attr-defined]  # it has no types


def _is_text(value: Any) -> bool:
    return type(value) is str


def _is_words(value: Any) -> bool:
    return type(value) is str and 0 < len(value) <= LONGEST_NAME


def _is_words_or_null(value: Any) -> bool:
    return value is None or _is_words(value)


def _is_name_or_null(value: Any) -> bool:
    return value is None or is_name(value)


def _is_moment(value: Any) -> bool:
    return _utc(value) is not None


def _utc(value: Any) -> tuple[datetime, timedelta] | None:
    """Return a time as it is written, and its offset from UTC."""
    if type(value) is not str or not (said := _RFC_3339.fullmatch(value)):
        return None
    day, hours, minutes, seconds, fraction, sign, away_hours, away_minutes = said.groups()
    digits = (fraction or "").ljust(7, "0")
    offset = timedelta(hours=int(away_hours or 0), minutes=int(away_minutes or 0))
    try:
        moment = datetime.fromisoformat(f"{day}T{hours}:{minutes}:{seconds}")
        moment += timedelta(microseconds=int(digits[:6]) + (digits[6] >= "5"))
    except (ValueError, OverflowError):
        return None
    return moment, -offset if sign == "-" else offset


def _is_kept_moment(value: Any) -> bool:
    moment, offset = _utc(value) or (FIRST, FARTHEST)
    return abs(offset) < FARTHEST and moment - FIRST >= offset and BEHIND - moment > -offset


def _is_number(value: Any) -> bool:
    return type(value) is int and 0 < value <= MAX_NUMBER


_ATTRIBUTES: Mapping[str, Callable[[Any], bool]] = {
    "specversion": lambda value: value == "1.0",
    "sequence": _is_number,
    "time": _is_moment,
    **dict.fromkeys(("id", "organisation", "store"), _is_text),
    **dict.fromkeys(("source", "type", "actor"), _is_words),
    **dict.fromkeys(("causationid", "correlationid", "traceparent"), _is_words_or_null),
}
"""What each attribute must be, every time that it is written."""
_NEEDED = {"specversion", "id", "source", "type", "time", "organisation", "store", "actor", "sequence", "data"}
_FINALLY: Mapping[str, Callable[[Any], bool]] = {
    "id": lambda value: re.fullmatch(_UUID, value) is not None,
    "organisation": is_place,
    "store": is_place,
    "time": _is_kept_moment,
    **dict.fromkeys(("source", "type", "actor", "causationid", "correlationid", "traceparent"), _is_name_or_null),
}
"""What the one that counts must be besides."""
