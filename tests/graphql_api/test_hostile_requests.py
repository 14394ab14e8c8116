"""Whatever a stranger sends over HTTP, the answer says what is wrong with it; none of it is a mistake of ours."""

import asyncio
import json
from collections.abc import AsyncIterator

import httpx
import pytest
import structlog

from graphql_api import health, view
from graphql_api.headers import HEADERS
from graphql_api.wording import SAID
from tests.builders.asking import ADMIN, serving
from tests.builders.facts import published
from tests.builders.projected import Shop

pytestmark = pytest.mark.postgres

JSON = {"authorization": f"Bearer {ADMIN}", "content-type": "application/json"}
QUESTION = '{"query": "{ __typename }", "variables": {"a": %s}}'
UNUSABLE = (
    b"",
    b"5",
    b"null",
    b'"query"',
    b"[]",
    b'[{"query": "{ __typename }"}]',
    b"[5]",
    b'{"query": "\xff\xfe"}',
    '{"query": "{ __typename }"}'.encode("utf-16"),
    b'{"query": 5}',
    b'{"query": "{ __typename }", "variables": "{}"}',
    b'{"query": "{ __typename }", "variables": [1]}',
    b'{"query": "{ __typename }", "extensions": [1]}',
    b'{"query": "{ __typename }", "operationName": ["a"]}',
    b'{"query": "{ __typename }", "operationName": {}}',
    b'{"query": ""}',
    (QUESTION % ("1" * 5_000)).encode(),
    (QUESTION % "NaN").encode(),
    (QUESTION % '"\\ud800"').encode(),
    (QUESTION % ("[" * 40 + "]" * 40)).encode(),
    (QUESTION % ("[" * 50_000)).encode(),
)


def codes(response: httpx.Response) -> list[str]:
    return [error["extensions"]["code"] for error in response.json()["errors"]]


@pytest.mark.parametrize("body", UNUSABLE, ids=[str(each[:40]) for each in UNUSABLE])
async def test_a_body_that_is_no_question_is_told_so(body: bytes) -> None:
    async with serving("postgresql://nobody@127.0.0.1:1/nothing") as api:
        response = await api.http.post("/graphql", content=body, headers=JSON)

    assert (response.status_code, codes(response)) == (400, ["BAD_REQUEST"])


async def test_a_request_of_the_wrong_form_is_told_what_would_be_right() -> None:
    text = {**JSON, "content-type": "text/plain"}
    question = b'{"query": "{ __typename }"}'
    async with serving("postgresql://nobody@127.0.0.1:1/nothing") as api:
        responses = [
            await api.http.post("/graphql", content=b"{", headers=JSON),
            await api.http.post("/graphql", content=b"[%s]" % question, headers=JSON),
            await api.http.post("/graphql", content=question, headers=text),
            await api.http.put("/graphql", content=question, headers=JSON),
            await api.http.post("/graphql", content=b'{"query": "type A { b: Int }"}', headers=JSON),
        ]

    assert [each.json()["errors"][0]["message"] for each in responses] == list(SAID.values())


@pytest.mark.parametrize("length", ["abc", "-5", "+5", "1_0", "²", "9" * 30, "262145"])
async def test_a_length_that_is_none_or_too_large_is_refused_before_the_body_is_read(length: str) -> None:
    headers = [(name.encode(), value.encode("latin-1")) for name, value in [*JSON.items(), ("content-length", length)]]
    async with serving("postgresql://nobody@127.0.0.1:1/nothing") as api:
        response = await api.http.post("/graphql", content=b"{", headers=headers)

    assert (response.status_code, codes(response)) == (413 if length.isdecimal() else 400, ["BAD_REQUEST"])


async def test_variables_of_an_address_are_read_as_those_of_a_body() -> None:
    async with serving("postgresql://nobody@127.0.0.1:1/nothing") as api:
        for variables in ("{bad", "5", "[" * 3_000, "{" * 3_000):
            asked = {"query": "{ __typename }", "variables": variables}
            response = await api.http.get("/graphql", params=asked, headers=JSON)

            assert (response.status_code, codes(response)) == (400, ["BAD_REQUEST"])


@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Bearer ", f"Basic {ADMIN}", ADMIN, f"Bearer\t{ADMIN}", f"Bearer {ADMIN}x", "Bearer \xe9\xff"],
)
async def test_only_the_bearers_token_in_the_header_opens_anything(authorization: str) -> None:
    headers = [(b"authorization", authorization.encode("latin-1"))]
    async with serving("postgresql://nobody@127.0.0.1:1/nothing") as api:
        by_header = await api.http.get("/graphql", params={"query": "{ __typename }"}, headers=headers)
        by_address = await api.http.get("/graphql", params={"query": "{ __typename }", "token": ADMIN})

    assert [codes(by_header), codes(by_address)] == [["UNAUTHENTICATED"]] * 2


async def test_a_stranger_is_refused_before_anything_that_they_send_is_read() -> None:
    async def never() -> AsyncIterator[bytes]:
        raise AssertionError("the body of a stranger was read")
        yield b""

    async with serving("postgresql://nobody@127.0.0.1:1/nothing") as api:
        response = await api.http.post("/graphql", content=never(), headers={"authorization": "Bearer guessed"})

    assert response.status_code == 401


async def test_a_body_that_does_not_come_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    async def drop_by_drop() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.sleep(60)

    monkeypatch.setattr(view, "BODY_PATIENCE_S", 0.05)
    async with serving("postgresql://nobody@127.0.0.1:1/nothing") as api:
        response = await api.http.post("/graphql", content=drop_by_drop(), headers=JSON)

    assert (response.status_code, codes(response)) == (408, ["BAD_REQUEST"])


async def test_every_answer_is_kept_by_no_cache_and_read_as_nothing_else() -> None:
    async with serving("postgresql://nobody@127.0.0.1:1/nothing") as api:
        responses = [
            await api.post("{ __typename }"),
            await api.post("{ __typename }", token=None),
            await api.http.get("/health/live"),
            await api.http.get("/graphql/"),
            await api.http.options("/graphql", headers={"origin": "https://elsewhere.example"}),
        ]

    assert [response.status_code for response in responses] == [200, 401, 200, 404, 401]
    for response in responses:
        assert [response.headers[name.decode()] for name, _ in HEADERS] == [value.decode() for _, value in HEADERS]
        assert not [name for name in response.headers if name.startswith("access-control-")]


async def test_strangers_learn_of_health_only_whether_all_is_well(monkeypatch: pytest.MonkeyPatch) -> None:
    looked = 0

    async def secret(*_: object) -> None:
        nonlocal looked
        looked += 1
        raise health._Behind("the store acme/ginza-3 has a secret")

    monkeypatch.setattr(health, "_projector", secret)
    async with serving("postgresql://nobody@127.0.0.1:1/nothing") as api:
        stranger = [await api.http.get("/health/ready") for _ in range(20)]
        known = await api.http.get("/health/ready", headers=JSON)

    assert {each.status_code for each in stranger} == {503}
    assert "secret" in known.text
    assert [each.text for each in stranger if "secret" in each.text or "127.0.0.1" in each.text] == []
    assert looked < len(stranger)


async def test_a_client_that_leaves_while_it_sends_is_no_mistake_of_ours(shop: Shop, projected_database: str) -> None:
    await shop.happened(published())
    with structlog.testing.capture_logs() as lines:
        async with serving(projected_database) as api:
            transport = httpx.ASGITransport(api.http._transport.app)  # type: ignore[attr-defined]
            scope = {
                "type": "http",
                "method": "POST",
                "path": "/graphql",
                "raw_path": b"/graphql",
                "query_string": b"",
                "headers": [(name.encode(), value.encode()) for name, value in JSON.items()],
            }

            async def gone() -> dict[str, str]:
                return {"type": "http.disconnect"}

            async def nobody(message: object) -> None:
                raise AssertionError(json.dumps(str(message)))

            await transport.app(scope, gone, nobody)

    assert lines == []


async def test_a_mistake_of_ours_outside_of_any_question_is_masked_and_logged(monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_: object) -> None:
        raise RuntimeError("at /srv/secret/place")

    monkeypatch.setattr(view.GraphQLView, "run", fail)
    async with serving("postgresql://nobody@127.0.0.1:1/nothing") as api:
        with structlog.testing.capture_logs() as lines:
            response = await api.http.post("/graphql", json={"query": "{ __typename }"}, headers=JSON)

    (error,) = response.json()["errors"]
    (line,) = [each for each in lines if each["log_level"] == "error"]
    assert (response.status_code, error["extensions"]["code"]) == (500, "INTERNAL")
    assert "secret" not in response.text
    assert (line["request"], str(line["exc_info"])) == (error["extensions"]["request"], "at /srv/secret/place")
