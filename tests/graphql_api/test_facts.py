"""Facts as clients see them: one type for each event class, made from it."""

from typing import Any

import pytest
from graphql import GraphQLEnumType, GraphQLInterfaceType, GraphQLObjectType, GraphQLSchema, get_named_type

from event_store.envelope import Position, RecordedEvent
from event_store.events import FACTS
from event_store.events.event import Event, Value
from event_store.events.past import PAST
from graphql_api import facts
from graphql_api.schema import make_schema
from tests.builders.answers import STORE, Answers
from tests.builders.asking import ACME, Client
from tests.builders.facts import came, crossed, published, stepped_in, stepped_out
from tests.builders.projected import Shop
from tests.builders.records import NOON, SECOND, envelope
from tests.builders.samples import sample_envelope

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    return make_schema()._schema


def test_every_event_class_has_a_type_of_its_name_and_a_word_without_a_version(schema: GraphQLSchema) -> None:
    event, words = schema.type_map["Event"], schema.type_map["EventType"]
    assert isinstance(event, GraphQLInterfaceType)
    assert isinstance(words, GraphQLEnumType)

    made = {each.name for each in schema.get_possible_types(event)}

    assert made == {fact.__name__ for fact in FACTS.values()}
    assert len(words.values) == len(made)
    assert [word for word in words.values if any(digit in word for digit in "0123456789.")] == []


def test_the_fields_of_a_fact_are_in_its_type_in_the_words_of_the_schema(schema: GraphQLSchema) -> None:
    left = schema.type_map["ShopperExited"]
    assert isinstance(left, GraphQLObjectType)

    types = {name: get_named_type(field.type).name for name, field in left.fields.items()}

    assert {"door": "Door", "visit": "Visit", "camera": "Camera", "reason": "EndReason", "role": "Role"}.items() <= (
        types.items()
    )
    assert [name for name in types if "_" in name or name.endswith("Id")] == ["trackId"]
    assert get_named_type(schema.type_map["ZoneExited"].fields["dwellMs"].type).name == "Milliseconds"  # type: ignore[attr-defined]


def test_a_new_event_class_is_a_type_without_another_line() -> None:
    class Spill(Value, frozen=True, kw_only=True):
        """What was spilled."""

        litres: float

    class FloorWet(Event, frozen=True, kw_only=True):
        """Something was spilled."""

        zone_id: str
        """Where."""
        dried_ms: int | None
        spills: list[Spill]

        @property
        def subject(self) -> str:
            return f"zone/{self.zone_id}"

    made = facts._make(FloorWet)

    fields = {each.name: each for each in made.__strawberry_definition__.fields}
    assert {"zone", "driedMs", "spills", "position", "id"} <= {
        each.graphql_name or each.python_name for each in fields.values()
    }
    assert made.__strawberry_definition__.description == "Something was spilled."


def leaves(type_: GraphQLObjectType) -> str:
    """Everything of a fact but what it names: that is asked for by itself."""
    parts = [
        name
        if not isinstance(inner := get_named_type(field.type), GraphQLObjectType)
        else f"{name} {{ {leaves(inner)} }}"
        for name, field in type_.fields.items()
        if "id" not in getattr(get_named_type(field.type), "fields", {})
    ]
    return " ".join(parts)


@pytest.mark.parametrize("type_name", FACTS)
async def test_every_field_of_every_fact_is_answered(type_name: str, schema: GraphQLSchema) -> None:
    fact = sample_envelope(type_name)
    recorded = RecordedEvent(position=Position(topic="t", partition=0, offset=0), recorded_at=NOON, envelope=fact)
    type_ = schema.type_map[type(fact.event).__name__]
    assert isinstance(type_, GraphQLObjectType)
    question = f'{{ node(id: "acme/ginza-3/event/x") {{ __typename ... on {type_} {{ {leaves(type_)} }} }} }}'

    told = await make_schema().execute(question, context_value=Answers(find_store=STORE, find_fact=recorded))

    assert told.errors is None
    assert told.data is not None
    assert told.data["node"]["__typename"] == str(type_)


def test_every_past_version_is_read_as_a_type_that_there_is() -> None:
    assert {name.split(".")[1] for name in PAST} <= {fact.__name__ for fact in FACTS.values()}


async def test_what_a_fact_names_can_be_walked_to_from_it(shop: Shop, api: Client) -> None:
    happened = [
        published(),
        came("ann"),
        stepped_in("ann", "dairy"),
        stepped_out("ann", "dairy", NOON, NOON + 4 * SECOND),
        crossed("gate"),
    ]
    await shop.happened(*happened)
    ids = [f"acme/ginza-3/event/{envelope(event, n).id}" for n, event in enumerate(happened, start=1)]

    nodes = (
        await api.ask(
            """query ($ids: [ID!]!) { nodes(ids: $ids) {
                id
                ... on Event { position type subject store { name } data }
                ... on LayoutPublished { layoutDigest validFrom }
                ... on ShopperEntered { door { name } visit { enteredAt } camera { name } evidence { limits { name } } }
                ... on ZoneExited { zone { id name } dwellMs ended: reason enteredAt }
                ... on LineCrossed { line { name } direction }
            } }""",
            ids=ids,
        )
    )["nodes"]

    assert [node["id"] for node in nodes] == ids
    assert [node["type"] for node in nodes] == [
        "LAYOUT_PUBLISHED", "SHOPPER_ENTERED", "ZONE_ENTERED", "ZONE_EXITED", "LINE_CROSSED"
    ]  # fmt: skip
    assert nodes[1]["door"] == {"name": "main"}
    assert nodes[1]["visit"] == {"enteredAt": "2026-03-02T12:00:00.000Z"}
    assert nodes[1]["data"]["door_id"] == "main"
    assert (nodes[3]["zone"]["id"], nodes[3]["dwellMs"], nodes[3]["ended"]) == (
        "acme/ginza-3/zone/dairy", 4000, "LEFT"
    )  # fmt: skip
    assert (nodes[4]["line"], nodes[4]["direction"]) == ({"name": "gate"}, "INWARD")


async def test_a_foreign_stores_fact_and_one_that_is_none_are_null(shop: Shop, api: Client) -> None:
    await shop.happened(published())
    eve: Any = came("eve")
    position: Position = await shop.happened(published("rival/oslo-1"), eve, store="rival/oslo-1")
    theirs = envelope(eve, position.offset + 1, store="rival/oslo-1").id

    told = await api.ask(
        "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }",
        token=ACME,
        ids=[f"rival/oslo-1/event/{theirs}", f"acme/ginza-3/event/{theirs}", "acme/ginza-3/event/nonsense"],
    )

    assert told["nodes"] == [None, None, None]
