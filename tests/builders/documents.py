"""Random GraphQL documents that a schema takes: aliases, fragments, directives, variables and introspection."""

from collections.abc import Mapping
from typing import Any

import msgspec
from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_required_argument,
)
from hypothesis import strategies as st

DEEPEST = 5
MOST_FIELDS = 25
INTROSPECTION = (
    "__typename",
    "__schema { __typename queryType { name fields { name type { kind name } } } }",
    '__type(name: "Visit") { name kind enumValues { name } }',
)
LEFT_OUT = {"report"}
"""Fields that ask more than the read models: a language model writes for minutes."""

ARGUMENTS = {
    "id": ('"acme/ginza-3"', '"nonsense"', "$store"),
    "first": ("1", "3", "0", "$first"),
    "after": ('"nonsense"', "null"),
    "before": ('"nonsense"', "null"),
    "last": ("2", "0"),
    "organisation": ('"acme"', '"globex"', '""'),
    "ids": ('["acme/ginza-3/visit/ann", "acme"]', "[]", "[$store]"),
    "range": (
        "{preset: LAST_WEEK}",
        '{dates: {start: "2026-03-02", end: "2026-03-03"}}',
        "{moments: {start: $start}}",
        "null",
    ),
    "where": ("{ended: $yes}", "{reason: LOST}", "{}"),
    "orderBy": ("LATEST_FIRST",),
    "at": ('"2026-03-02T13:00:00Z"', "$start"),
    "every": ("HOUR", "DAY", "MONTH"),
    "parked": ("$no",),
    "atLeast": ('"shopfloor.events/0/0"',),
}
VARIABLES = {
    "store": "ID!",
    "first": "Int",
    "start": 'DateTime! = "2026-03-02T12:30:00Z"',
    "yes": "Boolean! = true",
    "no": "Boolean!",
}


class Question(msgspec.Struct, frozen=True):
    """A document with values for its variables."""

    text: str
    variables: Mapping[str, Any]


class _Writer:
    def __init__(self, draw: st.DrawFn, schema: GraphQLSchema) -> None:
        self._draw = draw
        self._schema = schema
        self._arguments: dict[tuple[str, str], str] = {}
        self._fragments: dict[str, str] = {}
        self._left = MOST_FIELDS
        self._kind: GraphQLObjectType | None = None

    def document(self) -> str:
        """Write one query with every fragment that it uses."""
        assert self._schema.query_type is not None
        asked = self._selection(self._schema.query_type, 0)
        if self._chance(4):
            asked += f" {self._draw(st.sampled_from(INTROSPECTION))}"
        text = self._with_fragments(f"{{ {asked} }}", set())
        used = [f"${name}: {type_}" for name, type_ in VARIABLES.items() if f"${name}" in text]
        return f"query ({', '.join(used)}) {text}" if used else f"query {text}"

    def _with_fragments(self, text: str, known: set[str]) -> str:
        used = {name for name in self._fragments if f"...{name} " in text} - known
        if not used:
            return text
        return self._with_fragments(" ".join([text, *(self._fragments[each] for each in sorted(used))]), known | used)

    def _chance(self, of: int) -> bool:
        return self._draw(st.integers(1, of)) == 1

    def _selection(self, type_: GraphQLObjectType | GraphQLInterfaceType, depth: int) -> str:
        if isinstance(type_, GraphQLInterfaceType):  # one kind in each document: fields of two need not fit together
            if self._kind is None:
                self._kind = self._draw(st.sampled_from(self._schema.get_possible_types(type_)))
            return f"__typename id ... on {self._kind} {{ {self._selection(self._kind, depth)} }}"
        wanted = self._draw(
            st.lists(st.sampled_from(["__typename", *sorted(type_.fields.keys() - LEFT_OUT)]), min_size=1, max_size=5)
        )
        parts = [self._field(type_, name, depth) for name in wanted]
        return " ".join(self._wrapped(type_, part) for part in parts if part) or "__typename"

    def _wrapped(self, type_: GraphQLObjectType, part: str) -> str:
        match self._draw(st.integers(1, 8)):
            case 1:
                return f"... on {type_} {self._directive()} {{ {part} }}"
            case 2:
                name = f"Of{type_}"
                self._fragments.setdefault(name, f"fragment {name} on {type_} {{ {part} }}")
                return f"...{name} {self._directive()}"
        return part

    def _directive(self) -> str:
        if not self._chance(4):
            return ""
        return (
            f"@{self._draw(st.sampled_from(['skip', 'include']))}(if: {self._draw(st.sampled_from(['$yes', '$no']))})"
        )

    def _field(self, type_: GraphQLObjectType, name: str, depth: int) -> str:
        alias = f"other_{name}: " if self._chance(5) else ""
        if name == "__typename":
            return f"{alias}__typename {self._directive()}"
        field = type_.fields[name]
        inner = get_named_type(field.type)
        within = ""
        self._left -= 1
        if isinstance(inner, GraphQLObjectType | GraphQLInterfaceType):
            if depth == DEEPEST or self._left < 0:
                return ""
            within = f"{{ {self._selection(inner, depth + 1)} }}"
        return f"{alias}{name}{self._arguments_of(type_, name, field)} {self._directive()} {within}"

    def _arguments_of(self, type_: GraphQLObjectType, name: str, field: GraphQLField) -> str:
        """Write the same arguments wherever the field stands, as fields of one name must have."""
        place = (str(type_), name)
        if place not in self._arguments:
            given = [
                f"{each}: {self._draw(st.sampled_from(ARGUMENTS[each]))}"
                for each, argument in field.args.items()
                if is_required_argument(argument) or (each in ARGUMENTS and self._chance(3))
            ]
            self._arguments[place] = f"({', '.join(given)})" if given else ""
        return self._arguments[place]


@st.composite
def questions(draw: st.DrawFn, schema: GraphQLSchema) -> Question:
    """Return documents, each with values for its variables, some of which do not fit."""
    variables = {
        "store": "acme/ginza-3",
        "no": draw(st.booleans()),
        **draw(st.sampled_from([{}, {"first": 2}, {"first": None}, {"first": "many"}, {"yes": False}])),
    }
    return Question(_Writer(draw, schema).document(), variables)
