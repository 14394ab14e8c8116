"""The AsyncAPI 3 document: every topic with the schema of each fact that it carries, generated from the classes."""

from collections.abc import Mapping
from typing import Any

import msgspec

from event_store.events import FACTS, OPERATIONS
from event_store.events.event import Event
from event_store.events.past import PAST
from event_store.serialization import CONTENT_TYPE, data_schema
from event_store.topics import PARTITIONS, Topics

CONTRACT_VERSION = "1.0.0"
"""Of the document; each fact has its own major version in its type."""

KAFKA_BINDING = "0.5.0"
REFERENCE = "#/components/schemas/{name}"

Document = dict[str, Any]


def document(samples: type[msgspec.Struct]) -> Document:
    """Return the document; `samples` is what a record of the samples topic holds."""
    facts = {**FACTS, **PAST}
    types = {**facts, **OPERATIONS}
    schemas, components = msgspec.json.schema_components([*types.values(), samples], ref_template=REFERENCE)
    components = {name: _draft_7(schema) for name, schema in components.items()}
    for event in types.values():
        components[event.__name__]["properties"].pop("time")  # it travels in the envelope
    payloads = dict(zip([*types, samples.__name__], schemas, strict=True))
    topics = Topics()
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Shopfloor",
            "version": CONTRACT_VERSION,
            "description": "What happens on the shop floor, as an append-only record of facts.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": CONTENT_TYPE,
        "channels": {
            "events": _channel(topics.events, "All facts, kept for ever.", facts, PARTITIONS),
            "samples": _channel(topics.samples, "Where people stand.", {samples.__name__: samples}, PARTITIONS),
            "ops": _channel(topics.ops, "The workers' own health.", OPERATIONS, 1),
        },
        "operations": {
            f"{action}{channel.title()}": {"action": verb, "channel": {"$ref": f"#/channels/{channel}"}}
            for channel in ("events", "samples", "ops")
            for action, verb in (("write", "send"), ("read", "receive"))
            if (channel, action) != ("samples", "read")
        },
        "components": {
            "messages": {
                **{name: _fact(name, event, payloads[name]) for name, event in types.items()},
                samples.__name__: _sample(samples, payloads[samples.__name__]),
            },
            "messageTraits": {"envelope": _envelope()},
            "schemas": {"Envelope": _ENVELOPE, **components},
        },
    }


def _draft_7(schema: Any) -> Any:
    """Write tuples as JSON Schema draft 7 does, which is what AsyncAPI's schemas extend."""
    match schema:
        case {"prefixItems": places, "items": False, **rest}:
            return {**rest, "items": _draft_7(places), "additionalItems": False}
        case dict():
            return {name: _draft_7(part) for name, part in schema.items()}
        case list():
            return [_draft_7(part) for part in schema]
        case _:
            return schema


def _channel(topic: str, description: str, messages: Mapping[str, object], partitions: int) -> Document:
    return {
        "address": topic,
        "description": description,
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages},
        "bindings": {"kafka": {"topic": topic, "partitions": partitions, "bindingVersion": KAFKA_BINDING}},
    }


def _fact(name: str, event: type[Event], payload: Document) -> Document:
    fact = {"type": "object", "required": ["type", "data"], "properties": {"type": {"const": name}, "data": payload}}
    return {
        "name": name,
        "title": event.__name__,
        "summary": _first_sentence(event),
        "contentType": CONTENT_TYPE,
        "traits": [{"$ref": "#/components/messageTraits/envelope"}],
        "payload": {"allOf": [{"$ref": "#/components/schemas/Envelope"}, fact]},
    }


def _sample(sample: type[msgspec.Struct], payload: Document) -> Document:
    return {
        "name": sample.__name__,
        "title": sample.__name__,
        "summary": _first_sentence(sample),
        "contentType": "application/json",
        "payload": payload,
        "bindings": _key_binding(),
    }


def _envelope() -> Document:
    headers = {"type": "object", "properties": {"content-type": {"const": CONTENT_TYPE}}}
    return {"headers": headers, "bindings": _key_binding()}


def _key_binding() -> Document:
    key = {"type": "string", "description": "organisation/store; the partitioner is murmur2"}
    return {"kafka": {"key": key, "bindingVersion": KAFKA_BINDING}}


def _first_sentence(described: type[Any]) -> str:
    return " ".join((described.__doc__ or "").split("\n\n")[0].split())


_TEXT = {"type": "string", "minLength": 1, "maxLength": 500}
_PLACE = {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"}
_ENVELOPE: Document = {
    "title": "CloudEvents 1.0 in structured JSON",
    "type": "object",
    "required": [
        *("specversion", "id", "source", "type", "subject", "time", "datacontenttype", "dataschema"),
        *("organisation", "store", "actor", "sequence", "data"),
    ],
    "properties": {
        "specversion": {"const": "1.0"},
        "id": {"type": "string", "format": "uuid", "description": "The same for a fact that is sent again."},
        "source": {**_TEXT, "description": "Who numbers the facts: `/organisation/store/…`."},
        "type": {**_TEXT, "description": "The fact with its major version."},
        "subject": {**_TEXT, "description": "The entity, `kind/id`; its facts stay in order."},
        "time": {"type": "string", "format": "date-time", "description": "When it became true, UTC, milliseconds."},
        "datacontenttype": {"const": "application/json"},
        "dataschema": {"type": "string", "description": f"`{data_schema('<type>')}`"},
        "organisation": _PLACE,
        "store": _PLACE,
        "actor": {**_TEXT, "description": "Process, till or person, `kind/id`."},
        "sequence": {"type": "integer", "minimum": 1, "description": "1, 2, 3 … by source, without holes."},
        "causationid": _TEXT,
        "correlationid": {**_TEXT, "description": "The visit."},
        "traceparent": {**_TEXT, "description": "W3C trace context."},
        "data": {"type": "object"},
    },
}
