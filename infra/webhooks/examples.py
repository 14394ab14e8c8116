"""An example of any fact: every field that it must have, filled by the field's own type."""

import re
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import msgspec
from msgspec import inspect

from event_store.envelope import Envelope
from event_store.events import FACTS
from event_store.serialization import encode
from projections.webhooks.errors import UnknownType
from projections.webhooks.subscriptions import TYPES

WORDS = (
    "example",
    "00000000-0000-4000-8000-000000000000",
    "0" * 64,
    "visit/00000000-0000-4000-8000-000000000000",
    "1",
    "EUR",
)
"""Texts of which one fits whatever a text must look like."""
NO_ZONE, PLACE = "UTC", "example"


def example_of(name: str) -> bytes:
    """Return the bytes of a fact by its name, as if it had been recorded now; raises `UnknownType`."""
    if name not in TYPES:
        raise UnknownType(name, TYPES)
    now = datetime.now(UTC)
    event = msgspec.structs.replace(msgspec.convert(_struct(FACTS[TYPES[name]], now), FACTS[TYPES[name]]), time=now)
    envelope = Envelope(
        id=str(uuid4()),
        source=f"/{PLACE}/{PLACE}/example/1",
        sequence=1,
        organisation=PLACE,
        store=PLACE,
        actor="person/example",
        event=event,
    )
    return encode(envelope)


def _struct(kind: type[msgspec.Struct], now: datetime) -> dict[str, Any]:
    info = inspect.type_info(kind)
    fields = info.fields if isinstance(info, inspect.StructType) else ()
    return {each.name: _value(each.type, each.name, now) for each in fields if each.required}


def _value(kind: inspect.Type, name: str, now: datetime) -> Any:  # noqa: PLR0911  # a line for each type
    match kind:
        case inspect.Metadata(type=inner):
            return _value(inner, name, now)
        case inspect.UnionType(types=types):
            return _value(types[0], name, now)
        case inspect.StructType(cls=part):
            return _struct(part, now)
        case inspect.ListType(item_type=item) | inspect.VarTupleType(item_type=item):
            return [_value(item, name, now)]
        case inspect.TupleType(item_types=items):
            return [_value(item, name, now) for item in items]
        case inspect.StrType(pattern=pattern):
            return _text(name, pattern)
        case _:
            return _simple(kind, now)


def _text(name: str, pattern: str | None) -> str:
    if name == "time_zone":
        return NO_ZONE
    return next(each for each in WORDS if pattern is None or re.search(pattern, each))


def _simple(kind: inspect.Type, now: datetime) -> Any:  # noqa: PLR0911  # a line for each type
    match kind:
        case inspect.LiteralType(values=values):
            return values[0]
        case inspect.BytesType(min_length=least):
            return bytes(least or 1)
        case inspect.DateTimeType():
            return now
        case inspect.DateType():
            return now.date()
        case inspect.IntType(ge=least):
            return max(1, least or 0)
        case inspect.FloatType() | inspect.BoolType():
            return 0.5 if isinstance(kind, inspect.FloatType) else True
        case _:
            return {} if isinstance(kind, inspect.DictType) else None
