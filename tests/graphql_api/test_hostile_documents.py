"""Whatever a client writes into a document, its variables, a cursor or a layout, it is told what is wrong with it."""

import base64
import json
from typing import Any

import pytest
from graphql import get_introspection_query

from graphql_api import snapshots
from graphql_api.documents import MOST_CHARACTERS, Documents
from graphql_api.limits import Limits, validation_rules
from graphql_api.metrics import Metrics
from graphql_api.schema import make_schema
from tests.builders.asking import Client
from tests.builders.facts import came, published
from tests.builders.projected import Shop

pytestmark = pytest.mark.postgres

STORE = '{ store(id: "acme/ginza-3") { %s } }'
CORRECTION = """mutation { correctEvent(input: {
    event: "acme/ginza-3/event/%s", right: %s, reason: MISPLACED, idempotencyKey: "abcdefgh"
}) { userErrors { message } } }"""
PUBLISH = """mutation ($t: String!) {
    publishLayout(input: {toml: $t, idempotencyKey: "abcdefgh"}) { userErrors { message } }
}"""
LAYOUT = """
[store]
id = "ginza-3"
organisation = "acme"
name = "Gin%sza"
valid_from = %s
time_zone = "Asia/Tokyo"

[[camera]]
id = "entrance"
source = "entrance.mp4"
"""
DAY = "2026-03-02T00:00:00+09:00"


def cursor(key: Any) -> str:
    written = key if isinstance(key, bytes) else json.dumps(key).encode()
    return base64.urlsafe_b64encode(written).decode().rstrip("=")


def chain(length: int, last: str) -> str:
    spread = "".join(f"fragment F{n} on Query {{ ...F{n + 1} }} " for n in range(length))
    return f"{{ ...F0 }} {spread} fragment F{length} on Query {{ {last} }}"


INVALID = (
    ("{a" * 900 + "}" * 900, "too deeply"),
    ("{" + "...{" * 600 + "__typename" + "}" * 600 + "}", "too deeply"),
    ("{ store(id: " + "[" * 900 + "]" * 900 + ") { id } }", "too deeply"),
    ("query($a: " + "[" * 900 + "Int" + "]" * 900 + ") { __typename }", "too deeply"),
    (chain(200, "__typename"), "201 fragments, at most 100"),
    (chain(200, "...F0"), "201 fragments, at most 100"),
    (chain(90, "...F0"), "within itself"),
    ("{ ...A } fragment A on Query { ...A }", "within itself"),
    ("{ store(id: " + "1" * 5_000 + ") { id } }", "more than 40 digits"),
    (STORE % ("visits(first: " + "1" * 5_000 + ") { nodes { id } }"), "more than 40 digits"),
    (STORE % "visits(first: 2147483648) { nodes { id } }", "32-bit"),
    ('{ store(id: "acme/\\ud800") { id } }', "Invalid Unicode escape"),
    ("{" + "freshness { position } " * 480 + "}", "fields, at most 500"),
    (STORE % ("name " * 1_900), "fields, at most 500"),
    ("{ __schema { types { " + " ".join(f"a{n}: fields {{ name }}" for n in range(200)) + " } } }", "aliases"),
    ("{ __schema { types { fields { type { fields { type { fields { type { fields { name } } } } } } } } } }", "depth"),
    *((STORE % f'inside(at: "{at}")', "is not in the years") for at in ("0001-01-01T00:00:00+14:00", f"9999{DAY[4:]}")),
    *((STORE % f'inside(at: "{at}")', "no RFC 3339 time") for at in ("0000-01-01T00:00:00Z", "x", f"{DAY[:-5]}99:99")),
)
UNUSABLE = (
    ('{ store(id: "acme/\\u0000") { id } }', "U+0000"),
    (STORE % f'visits(after: "{cursor(["visits", [DAY, chr(0)]])}") {{ nodes {{ id }} }}', "U+0000"),
    (f'{{ stores(after: "{cursor(["stores", [chr(0), "b"]])}") {{ nodes {{ id }} }} }}', "U+0000"),
    *(
        (STORE % f'{field}(after: "{cursor(key)}") {{ __typename }}', "is no cursor of this list")
        for field, key in (
            ("visits", ["visits", [None, "a"]]),
            ("visits", ["visits", ["a"]]),
            ("visits", ["visits"]),
            ("visits", [DAY, "a"]),
            ("visits", {}),
            ("visits", b"[" * 5_000),
            ("visits", b'["visits",["2026-03-02T12:00:00Z","\\ud800"]]'),
            ("stays", ["visits", [DAY, "a"]]),
            ("deadLetters", ["deadLetters", ["t", 10**25, 1]]),
            ("deadLetters", ["deadLetters", ["t", 1, -1]]),
            ("deadLetters", b'["deadLetters",["t",1' + b"0" * 400 + b",1]]"),
        )
    ),
    *(
        (f'{{ stores(atLeast: "{at}") {{ nodes {{ id }} }} }}', "is no position")
        for at in ("secret.topic/0/0", "shopfloor.events/99999/1", "shopfloor.events/0/" + "9" * 25, "a\\u0000/0/0")
    ),
)
LAYOUTS = (
    (LAYOUT % ("\\u0000", DAY), "U+0000"),
    (LAYOUT % ("\\ud800", DAY), "no valid TOML"),
    (LAYOUT % ("", "9999-12-31T23:59:59-12:00"), "valid_from"),
    (LAYOUT % ("", "0001-01-01T00:00:00+12:00"), "valid_from"),
    ("a = " + "[" * 5_000, "nested too deeply"),
    ("a = " + "1" * 5_000, "no valid TOML"),
    (".".join(["a"] * 20_000) + " = 1", "a key of more than 16 parts"),
    ("[ " + " . ".join(["'a'"] * 9_000) + " ]", "a key of more than 16 parts"),
    (LAYOUT % ("", DAY) + "[" + '."\\"'.join(["b"] + ['a"'] * 9_000) + "]", "a key of more than 16 parts"),
)


@pytest.mark.parametrize(("document", "message"), INVALID, ids=[each[:40] for each, _ in INVALID])
async def test_a_document_that_is_too_much_is_refused_before_it_is_executed(
    api: Client, document: str, message: str
) -> None:
    refusal = await api.refusal(document)

    assert message in refusal["message"]
    assert refusal["extensions"]["code"] in {"GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED"}


async def test_values_that_nothing_recorded_can_have_are_told_as_such(shop: Shop, api: Client) -> None:
    await shop.happened(published())

    for document, message in UNUSABLE:
        refusal = await api.refusal(document)

        assert message in refusal["message"], document[:200]
        assert refusal["extensions"]["code"] in {"BAD_USER_INPUT", "GRAPHQL_VALIDATION_FAILED"}


async def test_a_layout_that_cannot_be_recorded_is_told_as_the_clients_error(api: Client) -> None:
    for toml, message in LAYOUTS:
        told = await api.ask(PUBLISH, t=toml)

        assert message in told["publishLayout"]["userErrors"][0]["message"], toml[:200]
    told = await api.ask(PUBLISH, t="#" * 70_000)
    assert "make it smaller" in told["publishLayout"]["userErrors"][0]["message"]


async def test_a_correction_that_cannot_be_recorded_is_told_as_the_clients_error(shop: Shop, api: Client) -> None:
    await shop.happened(published())
    await shop.happened(came("ann"))
    listed = await api.ask(STORE % "visits { nodes { id } }")
    assert listed["store"]["visits"]["nodes"] == [{"id": "acme/ginza-3/visit/ann"}]

    for event in ("\\u0000", "x" * 5_000, "1"):
        told = await api.ask(CORRECTION % (event, "{}"))
        assert "no fact with the id" in told["correctEvent"]["userErrors"][0]["message"]
    for right in ("[]", "7", "null", '"x"'):
        assert (await api.refusal(CORRECTION % ("1", right)))["extensions"]["code"] == "BAD_USER_INPUT"


async def test_an_answer_has_no_more_rows_than_it_may_however_they_are_asked_for(
    shop: Shop, api: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "MOST_ROWS", 100)
    await shop.happened(published())
    minutes = """%s: figures(range: {moments: {start: "2026-03-02T12:00:00Z", end: "2026-03-02T12:40:00Z"}}) {
        traffic { series(every: MINUTE) { entered } }
    }"""

    assert await api.ask(STORE % (minutes % "a" + minutes % "b"))
    refusal = await api.refusal(STORE % (minutes % "a" + minutes % "b" + minutes % "c"))

    assert "more than 100 rows" in refusal["message"]


async def test_the_query_that_tools_ask_the_schema_with_is_within_the_limits(api: Client) -> None:
    assert await api.ask(get_introspection_query())
    assert await api.ask(chain(99, "__typename")) == {"__typename": "Query"}


def test_documents_that_are_remembered_have_a_bound_together() -> None:
    schema = make_schema()._schema
    documents = Documents(validation_rules(Limits(), introspection=True), Metrics())

    for n in range(300):
        documents.examine(schema, f"{{ __typename }} # {n} {'x' * 1_000}")
    documents.examine(schema, "{ __typename } #" + "x" * MOST_CHARACTERS)

    assert documents._characters == sum(map(len, documents._known)) == 0
