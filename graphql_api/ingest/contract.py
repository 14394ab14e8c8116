"""What the OpenAPI document says of requests and answers."""

from typing import Any

from event_store.sales import CHANNELS, FIELDS, LONGEST_KEY
from graphql_api.ingest.bodies import JSON, MOST_BYTES, MOST_LINES, NDJSON

DESCRIPTION = (
    "Each sale becomes one fact, once, by the till's own number. Lines that are no sale are refused with their "
    "reasons, and the others are taken. What got no answer, or one with `Retry-After`, may be sent again as it was."
)
_PLACE = "[A-Za-z0-9][A-Za-z0-9._-]{0,63}"


def _text(words: str, **more: Any) -> dict[str, Any]:
    return {"type": "string", "description": words, **more}


_KEY = {"minLength": 1, "maxLength": LONGEST_KEY}
SALE: dict[str, Any] = {
    "type": "object",
    "required": list(FIELDS),
    "additionalProperties": False,
    "properties": {
        "store": _text("ORGANISATION/STORE", pattern=f"^{_PLACE}/{_PLACE}$", maxLength=129),
        "till": _text("The till; at most 50 bytes.", **_KEY),
        "sale": _text("The till's own number of the sale; at most 50 bytes. The same number is the same sale.", **_KEY),
        "time": _text("When it was closed, with its offset from UTC.", format="date-time", maxLength=64),
        "channel": _text("Where it was paid.", enum=list(CHANNELS)),
        "total": _text("An exact decimal; negative for a refund.", pattern=r"^-?[0-9]{1,12}(\.[0-9]{1,4})?$"),
        "currency": _text("ISO 4217.", pattern="^[A-Z]{3}$"),
        "voids": _text("The number of the sale that this one takes back, as if it had never been.", maxLength=50),
    },
}
_COUNT = {"type": "integer", "minimum": 0}
SUMMARY: dict[str, Any] = {
    "type": "object",
    "required": ["taken", "repeated", "refused", "refusals"],
    "additionalProperties": False,
    "properties": {
        "taken": {**_COUNT, "description": "Sales that the record has now and had not before."},
        "repeated": {**_COUNT, "description": "Sales that the record, or an earlier line, has."},
        "refused": {**_COUNT, "description": "Lines that are no sale; correct and send them alone."},
        "refusals": {
            "type": "array",
            "maxItems": 1_000,
            "items": {
                "type": "object",
                "required": ["line", "reason"],
                "additionalProperties": False,
                "properties": {"line": {"type": "integer", "minimum": 1}, "reason": {"type": "string"}},
            },
        },
    },
}
PROBLEM: dict[str, Any] = {
    "type": "object",
    "required": ["status", "detail", "code"],
    "properties": {"status": {"type": "integer"}, "detail": {"type": "string"}, "code": {"type": "string"}},
}
OPERATION: dict[str, Any] = {
    "summary": "Tell the record sales of tills",
    "parameters": [
        {
            "name": "Idempotency-Key",
            "in": "header",
            "required": False,
            "description": "Another one for each body. The same with the same body gets the same answer, for a day.",
            "schema": {"type": "string", "pattern": "^[A-Za-z0-9._-]{8,128}$"},
        }
    ],
    "requestBody": {
        "required": True,
        "description": f"At most {MOST_LINES} sales and {MOST_BYTES} bytes.",
        "content": {
            JSON: {"schema": {"type": "array", "minItems": 1, "maxItems": MOST_LINES, "items": SALE}},
            NDJSON: {"schema": {"type": "string", "description": "One sale a line, as in the JSON array."}},
        },
    },
}


def _answer(words: str, schema: dict[str, Any], media_type: str, *headers: str) -> dict[str, Any]:
    told = {name: {"schema": {"type": "string"}} for name in headers}
    return {"description": words, "content": {media_type: {"schema": schema}}, **({"headers": told} if told else {})}


def _problem(words: str, *headers: str) -> dict[str, Any]:
    return _answer(words, PROBLEM, "application/problem+json", *headers)


RESPONSES: dict[int | str, dict[str, Any]] = {
    200: _answer("Every line is in the record.", SUMMARY, JSON),
    400: _problem("The body or the key is none; nothing was taken."),
    401: _problem("No token, or one that nobody was given.", "WWW-Authenticate"),
    403: _problem("The token may not tell sales."),
    408: _problem("The body did not come in time."),
    409: _problem("The key was used for another body."),
    413: _problem("The body is too large."),
    415: _problem("The body is of another media type."),
    422: _answer("Some lines were refused; the others are in the record.", SUMMARY, JSON),
    429: _problem("The token sends more than it may.", "Retry-After"),
    503: _problem("Kafka or PostgreSQL does not answer; send the same again.", "Retry-After"),
}
