import copy
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import jsonschema
import msgspec
import pytest

from event_store.asyncapi import document
from event_store.compatibility import IncompatibleChange, breaking_changes, demand_compatible
from event_store.errors import UndecodableRecord
from event_store.events import CATALOGUE, FACTS, OPERATIONS
from event_store.events.consents import ConsentWithdrawn
from event_store.events.event import CameraFact, Encrypted, Event, RandomId
from event_store.events.labels import LabelRead
from event_store.events.past import PAST
from event_store.events.visits import ShopperEntered
from event_store.serialization import encode
from infra.contract import PUBLISHED, asyncapi_text
from tests.builders.records import envelope
from tests.builders.samples import PROFILE, sample_envelope
from vision_workers.samples import Sample

PUBLISHED_DOCUMENT = json.loads(PUBLISHED.read_text())
SPECIFICATION = json.loads((Path(__file__).parent / "asyncapi-3.0.0.schema.json").read_text())
BIOMETRIC = {
    *("face", "faces", "embedding", "embeddings", "crop", "crops", "picture", "pictures", "image", "images", "photo"),
    *("video", "gait", "gender", "sex", "age", "ethnicity", "emotion", "biometric", "fingerprint", "iris", "person"),
    *("keypoints", "skeleton", "silhouette", "descriptor", "features", "pixels"),
}


def test_the_document_is_asyncapi_3() -> None:
    jsonschema.Draft7Validator(SPECIFICATION).validate(PUBLISHED_DOCUMENT)


def test_a_document_that_is_not_asyncapi_3_is_noticed() -> None:
    broken = copy.deepcopy(PUBLISHED_DOCUMENT)
    broken["channels"]["events"]["bindings"]["kafka"]["partitions"] = 0

    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft7Validator(SPECIFICATION).validate(broken)


def test_every_topic_is_a_channel_and_every_fact_a_message_of_its_channel() -> None:
    channels = PUBLISHED_DOCUMENT["channels"]

    assert set(channels["events"]["messages"]) == {*FACTS, *PAST}
    assert set(channels["ops"]["messages"]) == set(OPERATIONS)
    assert {channel["address"] for channel in channels.values()} == {
        "shopfloor.events",
        "shopfloor.samples",
        "shopfloor.ops",
    }


@pytest.mark.parametrize("type_name", CATALOGUE)
def test_a_record_fits_the_published_schema_of_its_type(type_name: str) -> None:
    payload = PUBLISHED_DOCUMENT["components"]["messages"][type_name]["payload"]
    schema = {"components": PUBLISHED_DOCUMENT["components"], **payload}
    record = json.loads(encode(sample_envelope(type_name)))

    jsonschema.Draft7Validator(schema).validate(record)
    del record["sequence"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft7Validator(schema).validate(record)


def test_the_classes_say_what_was_published() -> None:
    assert asyncapi_text() == PUBLISHED.read_text(), "a fact has changed: run make schemas, which refuses what breaks"


class Tea(msgspec.Struct, kw_only=True):
    leaves: int
    kind: Literal["green", "black"]
    milk: bool = False


def contract_of(**fields: Any) -> Any:
    """Return a document whose one fact has the fields of tea, changed; `None` takes a field away."""
    kept = {"leaves": (int,), "kind": (Literal["green", "black"],), "milk": (bool, False)} | fields
    defined = [(name, *spec) for name, spec in kept.items() if spec]
    schemas, components = msgspec.json.schema_components(
        [msgspec.defstruct("Tea", defined, kw_only=True)], ref_template="#/components/schemas/{name}"
    )
    return {"components": {"messages": {"tea.v1": {"payload": schemas[0]}}, "schemas": components}}


def test_an_optional_field_may_be_added_and_words_may_be_changed() -> None:
    changed = contract_of(sugar=(int, 0))
    changed["components"]["schemas"]["Tea"]["description"] = "Better tea."

    demand_compatible(contract_of(), changed)


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"sugar": (int,)}, "sugar is new and has no default"),
        ({"milk": None}, "milk is gone"),
        ({"leaves": None}, "leaves is gone"),
        ({"leaves": (str,)}, "leaves.type was 'integer' and is 'string'"),
        ({"leaves": (int, 1)}, "leaves may now be absent"),
        ({"milk": (bool,)}, "milk must now be there"),
        ({"milk": (bool, True)}, "milk.default was False and is True"),
        ({"kind": (Literal["green", "black", "white"],)}, "kind.enum was"),
        ({"kind": (Literal["green"],)}, "kind.enum was"),
        ({"leaves": (int | None,)}, "the rule"),
    ],
    ids=str,
)
def test_any_other_change_of_a_fact_needs_a_new_version(fields: dict[str, Any], complaint: str) -> None:
    with pytest.raises(IncompatibleChange, match=re.escape(complaint)):
        demand_compatible(contract_of(), contract_of(**fields))


def test_a_fact_that_was_published_can_not_be_taken_back() -> None:
    without = copy.deepcopy(PUBLISHED_DOCUMENT)
    del without["components"]["messages"]["shopfloor.LineCrossed.v1"]

    assert list(breaking_changes(PUBLISHED_DOCUMENT, without)) == ["shopfloor.LineCrossed.v1 is gone"]


def test_a_change_deep_inside_a_fact_is_found() -> None:
    changed = document(Sample)
    changed["components"]["schemas"]["Evidence"]["properties"]["frame"]["type"] = "string"

    (change,) = {line.rpartition(".frame")[2] for line in breaking_changes(PUBLISHED_DOCUMENT, changed)}
    assert change == ".type was 'integer' and is 'string'"


def fields_of(schema: Any, components: Any) -> Iterator[tuple[str, Any]]:
    """Yield every field in a schema, at any depth, with its own schema."""
    for part in filter(None, (schema, *schema.get("anyOf", ()), schema.get("items"))):
        if "$ref" in part:
            yield from fields_of(components[part["$ref"].rpartition("/")[2]], components)
        for name, field in part.get("properties", {}).items():
            yield name, field
            yield from fields_of(field, components)


def complaints(event: type[msgspec.Struct]) -> list[str]:
    """Return the fields of a fact that could hold something of a person's body."""
    (schema,), components = msgspec.json.schema_components([event])
    found = []
    for name, field in fields_of(schema, components):
        numbers = field.get("type") == "array" and (field.get("items") or {}).get("type") == "number"
        if BIOMETRIC & set(name.split("_")) or numbers or "contentEncoding" in field:
            found.append(name)
    return found


@pytest.mark.parametrize("event", [*filter(lambda event: issubclass(event, CameraFact), CATALOGUE.values()), Sample])
def test_no_fact_of_a_camera_can_hold_a_body(event: type[msgspec.Struct]) -> None:
    assert complaints(event) == []


@pytest.mark.parametrize(
    "field", [("face_id", str), ("person_embedding", list[float]), ("v", list[float]), ("blob", bytes)]
)
def test_a_camera_fact_that_could_is_noticed(field: tuple[str, Any]) -> None:
    with_body = msgspec.defstruct("LineCrossed", [field], bases=(CameraFact,), frozen=True, kw_only=True)

    assert complaints(with_body) == [field[0]]


WORDS_FOR_PERSONS = {
    *("name", "forename", "surname", "email", "mail", "phone", "address", "birth", "birthday", "customer", "member"),
    *("loyalty", "card", "iban", "account", "receipt", "payment", "reference", "signature", "statement", "comment"),
    *("note", "remark", "text", "message", "words", "staff", "cashier", "user", "concerns"),
}
"""What a field of a person would be called; a visit, profile or payment itself is named by its random id."""

NAMES_OF_THINGS = {"zone_name", "name"}
"""Fields with such a name that the shop itself has: a zone, or a place or product in a layout."""

PRINTED = {(LabelRead, "text")}
"""What the shop has printed itself, on the price labels of its shelves."""


def open_personal_fields(event: type[msgspec.Struct]) -> list[str]:
    """Return the fields of a fact that could hold something personal and are not encrypted."""
    (schema,), components = msgspec.json.schema_components([event])
    fields = list(fields_of(schema, components))
    ties_a_person = any(_is_encrypted(field) or name in {"profile_id", "payment_id"} for name, field in fields)
    return [
        name
        for name, field in fields
        if not _is_encrypted(field)
        and name not in NAMES_OF_THINGS | {"profile_id", "payment_id", "key_id"}
        and (event, name) not in PRINTED
        and (WORDS_FOR_PERSONS & set(name.split("_")) or (ties_a_person and _is_free_text(field)))
    ]


def _is_encrypted(field: Any) -> bool:
    parts = (field, *field.get("anyOf", ()))
    return any(part.get("$ref", "").endswith("/Encrypted") or "contentEncoding" in part for part in parts)


def _is_free_text(field: Any) -> bool:
    parts = (field, *field.get("anyOf", ()), field.get("items") or {})
    return any(part.get("type") == "string" and not {"enum", "pattern", "format"} & set(part) for part in parts)


@pytest.mark.parametrize("event", CATALOGUE.values())
def test_whatever_ties_a_person_is_encrypted(event: type[msgspec.Struct]) -> None:
    assert open_personal_fields(event) == []


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ([("customer_name", str)], "customer_name"),
        ([("receipt_reference", str | None)], "receipt_reference"),
        ([("profile_id", RandomId), ("anything", str)], "anything"),
        ([("concerns", Encrypted), ("wishes", list[str])], "wishes"),
        ([("payment_id", RandomId), ("receipt", Encrypted), ("shoe_size", str | None)], "shoe_size"),
    ],
    ids=str,
)
def test_a_personal_field_that_is_not_encrypted_is_noticed(fields: list[Any], complaint: str) -> None:
    careless = msgspec.defstruct("SaleRecorded", fields, bases=(Event,), frozen=True, kw_only=True)

    assert open_personal_fields(careless) == [complaint]


def test_a_profile_is_named_by_a_random_id_and_by_nothing_else() -> None:
    with pytest.raises(UndecodableRecord, match="profile_id"):
        encode(envelope(ConsentWithdrawn(profile_id="astrid@example.org", purpose="loyalty")))
    with pytest.raises(UndecodableRecord, match="purpose"):
        encode(envelope(ConsentWithdrawn(profile_id=PROFILE, purpose="as I told Mrs Hansen")))


NAMES_OF_SUBJECTS = {
    *("visit", "visits", "visitor", "visitors", "profile", "profiles", "payment", "payments", "track", "tracks"),
    *("shopper", "shoppers"),
}


def hidden_names(event: Any) -> list[str]:
    """Return the fields that name somebody and that forgetting them would not find."""
    (schema,), components = msgspec.json.schema_components([event])
    naming = [name for name, _ in fields_of(schema, components) if NAMES_OF_SUBJECTS & set(name.split("_"))]
    return [name for name in naming if name not in event.named or naming.count(name) > 1]


@pytest.mark.parametrize("event", CATALOGUE.values())
def test_a_fact_names_a_visit_where_forgetting_finds_it(event: type[Event]) -> None:
    kinds = list(event.named.values())

    assert hidden_names(event) == []
    assert set(event.named) <= set(event.__struct_fields__)
    assert "track" not in kinds or kinds.count("visit") == 1, "nobody can tell whose visit a track is of"


@pytest.mark.parametrize(
    ("fields", "hidden"),
    [
        ([("visit_id", str)], "visit_id"),
        ([("merged_visits", list[str])], "merged_visits"),
        ([("payment_id", str | None)], "payment_id"),
        ([("parts", list[ShopperEntered])], "track_id"),
    ],
    ids=str,
)
def test_a_fact_that_names_somebody_where_forgetting_does_not_look_is_noticed(fields: list[Any], hidden: str) -> None:
    careless = msgspec.defstruct("VisitsMerged", fields, bases=(Event,), frozen=True, kw_only=True)

    assert hidden in hidden_names(careless)
