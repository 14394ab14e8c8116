"""GraphQL's types for what facts hold: made from the event classes, so that a new field appears by itself."""

import base64
import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from enum import Enum
from functools import cache
from typing import Any

import msgspec
import strawberry
from msgspec import inspect

from event_store.layout.model import Layout
from graphql_api.attribute_docs import attribute_docs, first_sentence
from graphql_api.rules import needs
from graphql_api.scalars import Json, Long
from graphql_api.tokens import Permission
from graphql_api.words import WORDS

NAMES = {"ZoneFigures": "RestatedZoneFigures", "Encrypted": "EncryptedText"}
"""What a part of a fact is called where its class has the name of something else."""

KEYS = {name: name.replace("_id", "_key") for name in ("camera_id", "door_id", "line_id", "zone_id", "shelf_id")}
"""What parts of facts call places by, which are no ids here: an id is nobody else's."""

Convert = Callable[[Any], Any]


class Shape(msgspec.Struct, frozen=True):
    """How a value of a fact is answered."""

    annotation: Any
    convert: Convert


def _same(value: Any) -> Any:
    return value


PLAIN: dict[type, Shape] = {
    inspect.IntType: Shape(Long, Long),
    inspect.FloatType: Shape(float, float),
    inspect.BoolType: Shape(bool, _same),
    inspect.StrType: Shape(str, _same),
    inspect.BytesType: Shape(str, lambda value: base64.b64encode(value).decode()),
    inspect.DateTimeType: Shape(datetime, _same),
}


def shape_of(type_: inspect.Type, name: str, owner: type) -> Shape:
    """Return how values of a type are answered; the names are of the field and the class that it is in."""
    match type_:
        case inspect.UnionType(types=types):
            inner = shape_of(next(each for each in types if not isinstance(each, inspect.NoneType)), name, owner)
            return Shape(inner.annotation | None, lambda value: None if value is None else inner.convert(value))
        case inspect.IntType() if name.endswith("_ms"):
            return Shape(timedelta, lambda value: timedelta(milliseconds=value))
        case inspect.LiteralType(values=values):
            words = words_of(tuple(values), f"{owner.__name__}{name.title().replace('_', '')}")
            return Shape(words, words)
        case inspect.ListType(item_type=item):
            each = shape_of(item, name, owner)
            return Shape(list[each.annotation], lambda values: [each.convert(value) for value in values])  # type: ignore[name-defined]
        case inspect.StructType(cls=cls) if cls is not Layout:
            made = part_type(cls)
            return Shape(made, made.of)
    return PLAIN.get(type(type_), ANYTHING)


ANYTHING = Shape(Json, lambda value: Json(msgspec.to_builtins(value)))


@cache
def words_of(values: Sequence[str], name: str) -> Any:
    """Return the enum of a closed list of words, made under a name where none is known."""
    for known in WORDS:
        if set(values) <= {getattr(each.value, "value", each.value) for each in known}:
            return known
    members = {
        re.sub(r"\W+", "_", each).upper(): strawberry.enum_value(each, description=f"`{each}` in the record.")
        for each in values
    }
    return strawberry.enum(Enum(name, members), description="One of the words that this field of a fact has.")  # type: ignore[call-overload]


@cache
def part_type(part: type[msgspec.Struct]) -> Any:
    """Return the type of a part of a fact."""
    shapes = {
        field.name: shape_of(field.type, field.name, part)
        for field in inspect.type_info(part).fields  # type: ignore[attr-defined]
    }

    def of(cls: Any, value: Any) -> Any:
        return cls(**{name: shape.convert(getattr(value, name)) for name, shape in shapes.items()})

    made = type(
        NAMES.get(part.__name__, part.__name__),
        (),
        {
            "__doc__": part.__doc__,
            "__annotations__": {name: shape.annotation for name, shape in shapes.items()},
            "of": classmethod(of),
            **described_fields(part, shapes),
        },
    )
    return strawberry.type(made, description=first_sentence(part), directives=needs(Permission.READ))


def described_fields(owner: type, names: Any) -> dict[str, Any]:
    """Return a field for each name with what the class says of it."""
    docs = attribute_docs(owner)
    return {name: strawberry.field(name=_name(name), description=docs.get(name) or _words(name)) for name in names}


def _name(name: str) -> str:
    first, *rest = (KEYS.get(name) or name).split("_")
    return first + "".join(map(str.title, rest))


def _words(name: str) -> str:
    return f"The {name.replace('_', ' ')}."
