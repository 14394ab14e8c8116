import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
import structlog
from sqlalchemy.exc import OperationalError

from graphql_api import store_scope
from graphql_api.limits import MOST_BODY_BYTES
from graphql_api.snapshots import Database
from tests.builders.asking import ADMIN, READER, Client, serving
from tests.builders.facts import published
from tests.builders.projected import Shop
from tests.builders.records import NOON

pytestmark = pytest.mark.postgres

NEWER = {"accept": "application/graphql-response+json"}
ASKS = {"authorization": f"Bearer {ADMIN}"}
MUTATION = """mutation { publishLayout(input: {toml: "", idempotencyKey: "12345678"}) { position } }"""


def outcome(response: httpx.Response) -> tuple[int, str, str]:
    return (
        response.status_code,
        response.headers["content-type"],
        response.json()["errors"][0]["extensions"]["code"],
    )


async def test_nobody_asks_without_a_token(api: Client) -> None:
    for token in (None, "shopfloor_guessed"):
        response = await api.post("{ stores { nodes { id } } }", token=token)

        assert outcome(response) == (401, "application/json", "UNAUTHENTICATED")
        assert response.headers["www-authenticate"] == "Bearer"


async def test_a_refusal_comes_in_the_media_type_that_the_client_takes(api: Client) -> None:
    newer = "application/graphql-response+json"
    question = "{ stores { nodes { id } } }"

    assert outcome(await api.post(question, token=None, headers=NEWER)) == (401, newer, "UNAUTHENTICATED")
    assert outcome(await api.post("#" * MOST_BODY_BYTES, headers=NEWER)) == (413, newer, "BAD_REQUEST")
    body = await api.http.post("/graphql", content=b"[", headers={**NEWER, "content-type": "application/json", **ASKS})
    assert outcome(body) == (400, newer, "BAD_REQUEST")


async def test_a_large_answer_is_compressed_for_who_takes_it_so(shop: Shop, api: Client) -> None:
    await shop.happened(published(at=NOON))
    question = """{ store(id: "acme/ginza-3") { figures(range: {dates: {start: "2026-03-02", end: "2026-03-02"}}) {
        traffic { series(every: MINUTE) { start entered left coverage } } } } }"""

    plain = await api.post(question, headers={"accept-encoding": "identity"})
    small = await api.post(question, headers={"accept-encoding": "gzip"})
    short = await api.post("{ __typename }", headers={"accept-encoding": "gzip"})

    assert small.headers["content-encoding"] == "gzip"
    assert "accept-encoding" in small.headers["vary"].lower()
    assert small.json() == plain.json()
    assert "content-encoding" not in plain.headers
    assert "content-encoding" not in short.headers
    assert int(small.headers["content-length"]) * 8 < int(plain.headers["content-length"])


async def test_a_server_without_introspection_suggests_nothing_of_its_schema(projected_database: str) -> None:
    guesses: tuple[tuple[str, dict[str, Any]], ...] = (
        ("{ stor { id } }", {}),
        ('{ store(idd: "a/b") { id } }', {}),
        ("query ($x: Rol) { __typename viewer { name } }", {}),
        ("{ store { id } }", {}),
        ('{ store(id: "a/b") { visits(orderBy: LATEST) { nodes { id } } } }', {}),
        ('{ store(id: "a/b") { figures(range: {preset: TODA}) { start } } }', {}),
        ("query ($o: VisitOrder) { stores { nodes { visits(orderBy: $o) { nodes { id } } } } }", {"o": "LATEST"}),
        ("query ($r: RangeInput) { stores { nodes { figures(range: $r) { start } } } }", {"r": {"presett": "TODAY"}}),
        ("{ ...Visitt } fragment Visits on Query { __typename }", {}),
        ('{ node(id: "a") { ... on Vist { id } } }', {}),
        ("{ __typename @skipp(if: true) }", {}),
    )
    async with serving(projected_database, introspection=False) as api:
        told = [(await api.post(query, variables)).text for query, variables in guesses]

    assert all('"errors"' in each for each in told)
    assert [each for each in told if "Did you mean" in each] == []


async def test_a_reader_may_not_change_anything(api: Client) -> None:
    assert outcome(await api.post(MUTATION, token=READER)) == (200, "application/json", "FORBIDDEN")
    assert outcome(await api.post(MUTATION, token=READER, headers=NEWER))[::2] == (403, "FORBIDDEN")


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("{" + " __typename" * 2_000 + "}", "GRAPHQL_PARSE_FAILED"),
        ("{" + " __typename" * 21 + "}", "GRAPHQL_VALIDATION_FAILED"),
        ('{ store(id: "x") { id } }', "BAD_USER_INPUT"),
        ("query ($id: ID!) { store(id: $id) { id } }", "GRAPHQL_VALIDATION_FAILED"),
    ],
)
async def test_a_bad_question_is_told_by_a_stable_code(api: Client, query: str, code: str) -> None:
    older, newer = await api.post(query), await api.post(query, headers=NEWER)

    assert outcome(older) == (200, "application/json", code)
    answered = code == "BAD_USER_INPUT"
    assert outcome(newer) == (200 if answered else 400, "application/graphql-response+json", code)
    assert ("data" in newer.json()) == answered


async def test_a_right_question_is_answered_in_the_media_type_that_the_client_takes(api: Client) -> None:
    for accepted, given in (
        ("application/graphql-response+json, application/json;q=0.9", "application/graphql-response+json"),
        ("application/json", "application/json"),
        ("*/*", "application/json"),
    ):
        response = await api.post("{ stores { nodes { id } } }", headers={"accept": accepted})

        assert (response.status_code, response.headers["content-type"]) == (200, given)
        assert response.json() == {"data": {"stores": {"nodes": []}}}


async def test_a_body_that_is_too_large_is_not_read(api: Client) -> None:
    response = await api.post("#" * MOST_BODY_BYTES)

    assert outcome(response) == (413, "application/json", "BAD_REQUEST")


async def test_a_body_that_hides_its_size_is_not_read_either(api: Client) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b"x" * 10_000

    headers = {"authorization": "Bearer shopfloor_test-administrator", "content-type": "application/json"}
    response = await api.http.post("/graphql", content=endless(), headers=headers)

    assert response.status_code == 413


async def test_changes_and_streams_are_not_asked_for_with_get(api: Client) -> None:
    headers = {"authorization": "Bearer shopfloor_test-administrator"}
    stream = """subscription { events(store: "acme/x") { id } }"""

    change = await api.http.get("/graphql", params={"query": MUTATION}, headers=headers)
    question = await api.http.get("/graphql", params={"query": "{ stores { nodes { id } } }"}, headers=headers)

    assert change.status_code == 405
    assert question.json() == {"data": {"stores": {"nodes": []}}}
    assert outcome(await api.post(stream)) == (400, "application/json", "BAD_REQUEST")


async def test_a_mistake_of_ours_is_told_without_its_cause_and_logged_in_one_line(
    shop: Shop, api: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def mistaken(*_: object) -> None:
        raise ZeroDivisionError("the secret cause")

    await shop.happened(published())
    monkeypatch.setattr(store_scope, "find_store", mistaken)
    with structlog.testing.capture_logs() as lines:
        answer = (await api.post('query Why { store(id: "acme/ginza-3") { id } }')).json()

    (error,) = answer["errors"]
    (line,) = lines
    assert answer["data"] == {"store": None}
    assert error["message"] == "unexpected error; its cause is in the server's log"
    assert error["extensions"] == {"code": "INTERNAL", "request": line["request"]}
    assert (line["log_level"], line["operation"]) == ("error", "Why")
    assert "the secret cause" in str(line["exc_info"])


async def test_a_request_with_many_mistakes_writes_one_line_and_tells_twenty(
    api: Client, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO), structlog.testing.capture_logs() as lines:
        answer = (await api.post("{ stores { " + " ".join(f"no{n}" for n in range(90)) + " } }")).json()

    assert len(answer["errors"]) == 20
    assert len(lines) == 1
    assert [record.name for record in caplog.records if record.name != "httpx"] == []


async def test_a_database_that_is_gone_is_told_as_such(api: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    @asynccontextmanager
    async def gone(*_: object) -> AsyncIterator[Any]:
        import psycopg  # noqa: PLC0415

        raise OperationalError("SELECT", {}, psycopg.OperationalError("server closed the connection"))
        yield

    monkeypatch.setattr(Database, "reading", gone)

    assert outcome(await api.post("{ stores { nodes { id } } }"))[2] == "UNAVAILABLE"


async def test_a_question_that_takes_too_long_is_ended(
    projected_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def slow(connection: Any, *_: object) -> None:
        from sqlalchemy import text  # noqa: PLC0415

        await connection.execute(text("SELECT pg_sleep(20)"))

    monkeypatch.setattr(store_scope, "find_store", slow)
    async with serving(projected_database, database_seconds=0.05) as api:
        ended_by_database = await api.refusal('{ store(id: "acme/x") { id } }')
    async with serving(projected_database, seconds=0.05) as api:
        ended_by_server = await api.refusal('{ store(id: "acme/x") { id } }')

    assert [each["extensions"]["code"] for each in (ended_by_database, ended_by_server)] == ["TIMEOUT", "TIMEOUT"]


async def test_the_schema_is_shown_only_where_it_may_be(api: Client, projected_database: str) -> None:
    question = "{ __schema { queryType { name } } }"

    assert await api.ask(question) == {"__schema": {"queryType": {"name": "Query"}}}
    async with serving(projected_database, introspection=False) as closed:
        refusal = await closed.refusal(question)
        suggestion = await closed.refusal('{ store(id: "a/b") { nam } }')
    assert "introspection" in refusal["message"]
    assert "name" not in suggestion["message"].replace("nam'", "")
