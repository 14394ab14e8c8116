"""Facts of the record as clients see them: one type for each, made from the event classes."""

import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from enum import Enum
from typing import Any

import strawberry
from msgspec import inspect

from event_store.envelope import Position, RecordedEvent
from event_store.events import FACTS
from event_store.events.event import Event as Recorded
from event_store.serialization import data_of
from graphql_api.attribute_docs import first_sentence
from graphql_api.cameras import Camera, camera_of
from graphql_api.context import Asked
from graphql_api.doors import Door
from graphql_api.fact_values import described_fields, shape_of
from graphql_api.fields import field
from graphql_api.ids import GlobalId, id_of
from graphql_api.lines import Line
from graphql_api.nodes import InStore
from graphql_api.rules import needs
from graphql_api.scalars import Json
from graphql_api.shelves import Shelf
from graphql_api.store_scope import Scope
from graphql_api.tokens import Permission
from graphql_api.visits import Visit, visit_of
from graphql_api.zones import Zone
from projections.deciding.decision_errors import RefusedDecision
from projections.deciding.decisions import find_fact


def _constant(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).upper()


EventType: Any = strawberry.enum(  # type: ignore[call-overload]
    Enum(
        "EventType",
        {
            _constant(fact.__name__): strawberry.enum_value(fact.__name__, description=first_sentence(fact))
            for fact in FACTS.values()
        },
    ),
    description="What became true. A new version of a fact has the same word.",
)


@strawberry.interface(
    description="A fact of the record. Each kind has a type of its own.", directives=needs(Permission.READ)
)
class Event(InStore):
    """A fact of the record."""

    recorded: strawberry.Private[Recorded]
    position: Position = strawberry.field(description="Its place in the record: the cursor to resume behind.")
    type: EventType = strawberry.field(description="What became true.")
    subject: str = strawberry.field(description="What it is about, such as `visit/…`; facts of one stay in order.")
    time: datetime = strawberry.field(description="When it became true.")
    recorded_at: datetime = strawberry.field(description="When the record took it.")

    @field("The fact's data in the record's own names, which docs/asyncapi.json describes.")
    def data(self) -> Json:
        """Return the data as the record has it."""
        return Json(data_of(self.recorded))


async def _visit(self: Any, info: Asked) -> Visit | None:
    return self.visit_id and await visit_of(info, self.scope, self.visit_id, (self.visit_id,))


async def _camera(self: Any, info: Asked) -> Camera | None:
    return await camera_of(info, self.scope, self.camera_id)


def _door(self: Any) -> Door | None:
    return self.door_id and Door.of(self.scope, self.door_id)


def _line(self: Any) -> Line | None:
    return self.line_id and Line.of(self.scope, self.line_id)


def _zone(self: Any) -> Zone | None:
    return self.zone_id and Zone.of(self.scope, self.zone_id)


def _shelf(self: Any) -> Shelf | None:
    return self.shelf_id and Shelf.of(self.scope, self.shelf_id)


async def _event(self: Any, info: Asked) -> Event | None:
    return await find_event(info, self.scope, GlobalId("event", "", "", (self.event_id,)))


REFERENCES: Mapping[str, tuple[str, str, Callable[..., Any] | Callable[..., Awaitable[Any]]]] = {
    "visit_id": ("visit", "The visit; null where it is not known.", _visit),
    "camera_id": ("camera", "The camera.", _camera),
    "door_id": ("door", "The door; null where there was none.", _door),
    "line_id": ("line", "The line.", _line),
    "zone_id": ("zone", "The zone.", _zone),
    "shelf_id": ("shelf", "The shelf.", _shelf),
    "event_id": ("event", "The fact that it is about; null where it counts no more.", _event),
}
"""Fields of facts that name something with an id, which answers have in their place; a new one is added here."""


KEY: Any = strawberry.Private[str | None]  # type: ignore[misc]


def _make(fact: type[Recorded]) -> Any:
    fields = {each.name: each.type for each in inspect.type_info(fact).fields if each.name not in {"time", "store_id"}}  # type: ignore[attr-defined]
    shapes = {name: shape_of(type_, name, fact) for name, type_ in fields.items() if name not in REFERENCES}
    named = {name: REFERENCES[name] for name in fields if name in REFERENCES}

    def of(cls: Any, scope: Scope, written: RecordedEvent) -> Any:
        envelope, event = written.envelope, written.envelope.event
        return cls(
            scope=scope,
            recorded=event,
            id=id_of(scope.key, "event", envelope.id),
            position=written.position,
            type=EventType(fact.__name__),
            subject=event.subject,
            time=event.time,
            recorded_at=written.recorded_at,
            **{name: getattr(event, name) for name in named},
            **{name: shape.convert(getattr(event, name)) for name, shape in shapes.items()},
        )

    references = {field_name: field(description)(resolver) for field_name, description, resolver in named.values()}
    made = type(
        fact.__name__,
        (Event,),
        {
            "__doc__": fact.__doc__,
            "__annotations__": {
                **dict.fromkeys(named, KEY),
                **{name: shape.annotation for name, shape in shapes.items()},
            },
            "of": classmethod(of),
            **references,
            **described_fields(fact, shapes),
        },
    )
    return strawberry.type(made, description=first_sentence(fact), directives=needs(Permission.READ))


TYPES: Mapping[type[Recorded], Any] = {fact: _make(fact) for fact in FACTS.values()}
"""The type of each fact of the catalogue."""


def shape_event(scope: Scope, written: RecordedEvent) -> Event:
    """Shape a fact of a store."""
    shaped: Event = TYPES[type(written.envelope.event)].of(scope, written)
    return shaped


async def find_event(info: Asked, scope: Scope, wanted: GlobalId) -> Event | None:
    """Return the fact of an id, if it counts or waits."""
    try:
        found = await info.context.ask_once(find_fact, info.context.services.topic, "/".join(wanted.key), scope.key)
    except RefusedDecision:
        return None
    return shape_event(scope, found)
