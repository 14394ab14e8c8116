"""Whatever a stranger sends over a websocket, the server says why it closes it, and works on."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import msgspec
import pytest

from graphql_api import store_scope
from graphql_api.limits import MOST_BODY_BYTES
from graphql_api.snapshots import CONNECTIONS
from graphql_api.transport import Lifetime
from projections.read_models.stores import find_store
from tests.builders.asking import ADMIN
from tests.builders.facts import came, published
from tests.builders.projected import Shop
from tests.builders.websockets import answer, begun, close_code, opened, received, send, serving_websockets

pytestmark = pytest.mark.postgres

QUESTION = "{ stores { nodes { id } } }"
STREAM = 'subscription { events(store: "acme/ginza-3") { id } }'
BEGIN = json.dumps({"type": "connection_init", "payload": {"authorization": f"Bearer {ADMIN}"}})
MALFORMED: tuple[Any, ...] = (
    b"\x00\x01",
    "",
    "no JSON",
    "5",
    "null",
    "[]",
    '"connection_init"',
    "{}",
    '{"type": 7}',
    '{"type": {}}',
    '{"type": "%s"}' % ("x" * 500),
    '{"type": "connection_init", "payload": {"authorization": "Bearer \\ud800"}}',
    "[" * 5_000,
    '{"type": "ping", "payload": %s}' % ("1" * 5_000),
    '{"type": "subscribe"}',
    '{"type": "subscribe", "id": {}, "payload": {"query": "{ __typename }"}}',
    '{"type": "subscribe", "id": "", "payload": {"query": "{ __typename }"}}',
    '{"type": "subscribe", "id": "1", "payload": 7}',
    '{"type": "subscribe", "id": "1", "payload": {"query": ["{ __typename }"]}}',
    '{"type": "subscribe", "id": "1", "payload": {"query": "{ __typename }", "variables": []}}',
    '{"type": "subscribe", "id": "1", "payload": {"query": "{ __typename }", "operationName": {}}}',
    '{"type": "complete", "id": []}',
)


@pytest.fixture
async def server(projected_database: str) -> AsyncIterator[str]:
    async with serving_websockets(projected_database) as address:
        yield address


@pytest.mark.parametrize("begins", [False, True])
async def test_a_message_that_the_protocol_does_not_know_closes_the_websocket(server: str, *, begins: bool) -> None:
    for message in MALFORMED:
        async with opened(server) as socket:
            if begins:
                await socket.send(BEGIN)
                await socket.recv()
            await socket.send(message)

            assert await close_code(socket) == 4400, message
    async with begun(server) as socket:
        assert (await answer(socket, QUESTION))["payload"] == {"data": {"stores": {"nodes": []}}}


async def test_a_message_that_is_too_large_closes_the_websocket_before_it_is_read(server: str) -> None:
    async with opened(server) as socket:
        await socket.send("x" * (MOST_BODY_BYTES + 1))

        assert await close_code(socket) == 1009


async def test_a_handshake_with_an_unusable_position_is_closed_with_what_is_wrong(server: str) -> None:
    async with opened(server, shopfloor_at_least="nonsense") as socket:
        assert await close_code(socket) == 4400
        assert "nonsense" in str(socket.close_reason)


async def test_a_request_without_a_question_is_no_mistake_of_ours(server: str) -> None:
    for query in ("", "fragment A on Query { __typename }", "type A { b: Int }"):
        async with begun(server) as socket:
            message = await answer(socket, query)

        assert message["type"] == "error"
        assert [error["extensions"]["code"] for error in message["payload"]] == ["BAD_REQUEST"]


async def test_one_websocket_has_twenty_operations_at_a_time(shop: Shop, server: str) -> None:
    await shop.happened(published())
    async with begun(server) as socket:
        for n in range(21):
            await send(socket, id=str(n), type="subscribe", payload={"query": STREAM})
        refused = await received(socket)

        assert (refused["id"], refused["type"]) == ("20", "error")
        for n in range(5):
            await send(socket, id=str(n), type="complete")
        await send(socket, id="again", type="subscribe", payload={"query": QUESTION})
        assert (await received(socket))["id"] == "again"


async def test_a_websocket_is_closed_when_its_time_is_over_whatever_it_does(
    shop: Shop, projected_database: str
) -> None:
    await shop.happened(published())
    lifetime = Lifetime(most=0.3, idle=60)
    async with serving_websockets(projected_database, websockets=lifetime) as server, begun(server) as socket:
        await send(socket, id="1", type="subscribe", payload={"query": STREAM})

        assert await close_code(socket) == 4410
        assert "open another" in str(socket.close_reason)


async def test_an_idle_websocket_is_closed_and_one_that_follows_is_not(shop: Shop, projected_database: str) -> None:
    await shop.happened(published())
    lifetime = Lifetime(most=60, idle=0.2)
    async with (
        serving_websockets(projected_database, websockets=lifetime) as server,
        begun(server) as follower,
        begun(server) as idle,
    ):
        await send(follower, id="1", type="subscribe", payload={"query": STREAM})
        assert await close_code(idle) == 4411
        await send(follower, type="ping")
        assert await received(follower) == {"type": "pong"}
        await shop.happened(came("ann"))
        assert (await received(follower))["type"] == "next"


async def test_answers_that_nobody_reads_hold_no_connection_to_the_database(
    shop: Shop, projected_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def endless(*args: Any) -> Any:
        found = await find_store(*args)
        return found and msgspec.structs.replace(found, name="x" * 20_000_000)

    monkeypatch.setattr(store_scope, "find_store", endless)
    await shop.happened(published())
    async with AsyncExitStack() as until_end, serving_websockets(projected_database) as server:
        for _ in range(CONNECTIONS):
            deaf = await until_end.enter_async_context(begun(server))
            until_end.callback(deaf.transport.abort)
            deaf.transport.pause_reading()
            await send(deaf, id="1", type="subscribe", payload={"query": '{ store(id: "acme/ginza-3") { name } }'})
        async with begun(server) as reader:
            assert (await answer(reader, QUESTION))["payload"]["data"]["stores"]["nodes"] == [{"id": "acme/ginza-3"}]


async def test_a_question_over_a_websocket_may_take_no_longer_than_one_over_http(
    projected_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def slow(*_: object) -> None:
        await asyncio.sleep(60)

    monkeypatch.setattr(store_scope, "find_store", slow)
    async with serving_websockets(projected_database, seconds=0.05) as server, begun(server) as socket:
        message = await answer(socket, '{ store(id: "acme/x") { id } }')

    assert "TIMEOUT" in json.dumps(message)
