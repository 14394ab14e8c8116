"""Values that travel as one string or number."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any, NewType

import strawberry
from graphql import GraphQLError
from strawberry.types.scalar import ScalarDefinition

from event_store.envelope import Position
from graphql_api.errors import token

MOST_SAFE = 2**53 - 1
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
MOMENT = re.compile(
    r"(?P<minute>[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}):(?P<second>[0-9]{2})"
    r"(?P<rest>(\.[0-9]+)?(?P<offset>[Zz]|[+-][0-9]{2}:[0-9]{2})?)"
)
LEAP = "60"
"""A leap second is the first moment of the second after it: clocks of computers have no place for it."""
PLACE = re.compile(r"[0-9]{1,18}")
YEARS = range(2, 9999)
"""A day before and after each of their moments, in every time zone, there is a date."""


def _datetime(value: Any) -> datetime:
    found = MOMENT.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise GraphQLError(f"{value!r} is no RFC 3339 time such as 2026-03-02T12:00:00Z")
    if found["offset"] is None:
        raise GraphQLError(f"{value!r} says no time zone; add Z, or an offset such as +09:00")
    leap = timedelta(seconds=found["second"] == LEAP)
    try:
        moment = datetime.fromisoformat(f"{found['minute']}:{'59' if leap else found['second']}{found['rest']}".upper())
        moment += leap
    except (OverflowError, ValueError):
        raise GraphQLError(f"{value!r} is no RFC 3339 time: calendar and clock have no such moment") from None
    if moment.year not in YEARS:
        raise GraphQLError(f"{value!r} is not in the years {YEARS[0]} to {YEARS[-1]}")
    return moment.astimezone(UTC)


def _date(value: Any) -> date:
    if not (isinstance(value, str) and DATE.fullmatch(value)):
        raise GraphQLError(f"{value!r} is no day such as 2026-03-02")
    try:
        day = date.fromisoformat(value)
    except ValueError:
        raise GraphQLError(f"{value!r} is no day of the calendar") from None
    if day.year not in YEARS:
        raise GraphQLError(f"{value!r} is not in the years {YEARS[0]} to {YEARS[-1]}")
    return day


def _text(moment: datetime) -> str:
    return f"{moment.astimezone(UTC).isoformat(timespec='milliseconds')[:-6]}Z"


def read_position(value: Any) -> Position:
    """Read a position as clients write it."""
    topic, _, rest = str(value).partition("/")
    partition, _, offset = rest.partition("/")
    if not (topic and PLACE.fullmatch(partition) and PLACE.fullmatch(offset)):
        raise GraphQLError(f"{value!r} is no position; give one back as an answer gave it")
    return Position(topic=topic, partition=int(partition), offset=int(offset))


def _milliseconds(value: timedelta) -> int:
    return value // timedelta(milliseconds=1)


def _refuse(value: Any) -> Any:
    raise GraphQLError(f"{value!r} cannot be given, it only comes in answers")


Long = NewType("Long", int)
Json = NewType("Json", object)

SCALARS: dict[object, ScalarDefinition] = {
    datetime: strawberry.scalar(
        name="DateTime",
        description="A moment, RFC 3339 with its offset from UTC; answers are in UTC, to the millisecond.",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc3339",
        serialize=_text,
        parse_value=_datetime,
    ),
    date: strawberry.scalar(
        name="Date",
        description="A day of the calendar, such as 2026-03-02.",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc3339",
        serialize=date.isoformat,
        parse_value=_date,
    ),
    Position: strawberry.scalar(
        name="Position",
        description="Where the record holds a fact: `topic/partition/offset`. Positions of one store ascend.",
        serialize=token,
        parse_value=read_position,
    ),
    timedelta: strawberry.scalar(
        name="Milliseconds",
        description="A length of time in whole milliseconds.",
        serialize=_milliseconds,
        parse_value=_refuse,
    ),
    Long: strawberry.scalar(
        name="Long",
        description="A whole number up to 2^53 - 1.",
        serialize=int,
        parse_value=_refuse,
    ),
    Json: strawberry.scalar(
        name="JSON",
        description="A JSON value as it was recorded, or is to be.",
        serialize=lambda value: value,
        parse_value=lambda value: value,
    ),
}
