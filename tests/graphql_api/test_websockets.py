import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from graphql_api import events, view
from graphql_api.live import LiveFacts
from graphql_api.open_sockets import Sockets
from tests.builders.asking import ADMIN, READER
from tests.builders.facts import published
from tests.builders.projected import Shop
from tests.builders.websockets import PROTOCOL, answer, begun, close_code, opened, received, send, serving_websockets

pytestmark = pytest.mark.postgres

STREAM = 'subscription { events(store: "acme/ginza-3") { id } }'


@pytest.fixture
async def server(projected_database: str) -> AsyncIterator[str]:
    async with serving_websockets(projected_database) as address:
        yield address


async def test_pages_of_other_sites_open_no_websocket(server: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await opened(server, origin="https://elsewhere.example")

    assert refused.value.response.status_code == 403
    for origin in ("https://dashboard.example", server.replace("ws://", "http://").removesuffix("/graphql")):
        async with opened(server, origin=origin) as socket:
            assert socket.subprotocol == PROTOCOL


@pytest.mark.parametrize("payload", [None, {}, {"authorization": "Bearer wrong"}, {"authorization": 7}, []])
async def test_a_first_message_without_the_token_closes_the_websocket(server: str, payload: Any) -> None:
    async with opened(server) as socket:
        await send(socket, type="connection_init", payload=payload)

        assert await close_code(socket) in {4400, 4403}


async def test_a_websocket_that_says_nothing_is_closed(
    projected_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(view, "INIT_PATIENCE", timedelta(milliseconds=50))
    async with serving_websockets(projected_database) as server, opened(server) as silent:
        assert await close_code(silent) == 4408


async def test_nothing_is_asked_before_the_first_message_and_that_comes_once(server: str) -> None:
    async with opened(server) as hasty:
        await send(hasty, id="1", type="subscribe", payload={"query": STREAM})
        assert await close_code(hasty) == 4401
    async with begun(server) as doubled:
        await send(doubled, type="connection_init", payload={"authorization": f"Bearer {ADMIN}"})
        assert await close_code(doubled) == 4429


async def test_only_graphql_transport_ws_is_spoken_and_a_token_in_the_handshake_is_as_good(server: str) -> None:
    async with connect(server) as silent:
        assert await close_code(silent) == 4406
    async with opened(server, token=ADMIN) as socket:
        await send(socket, type="connection_init")
        assert json.loads(await socket.recv()) == {"type": "connection_ack"}


async def test_a_refused_subscription_is_told_by_a_stable_code(server: str) -> None:
    for token, query, code in (
        (READER, STREAM, "FORBIDDEN"),
        (ADMIN, "subscription {", "GRAPHQL_PARSE_FAILED"),
        (ADMIN, "subscription { nothing }", "GRAPHQL_VALIDATION_FAILED"),
        (ADMIN, 'subscription { events(store: "x") { id } }', "BAD_USER_INPUT"),
        (ADMIN, 'subscription { events(store: "a/b", types: [SOLD]) { id } }', "GRAPHQL_VALIDATION_FAILED"),
        (ADMIN, 'subscription { events(store: "a/b") { id } }', "BAD_USER_INPUT"),
        (ADMIN, 'subscription { events(store: "a/b", after: "shopfloor.events/99/1") { id } }', "BAD_USER_INPUT"),
    ):
        async with begun(server, token) as socket:
            message = await answer(socket, query)

        errors = message["payload"] if message["type"] == "error" else message["payload"]["errors"]
        assert [error["extensions"]["code"] for error in errors] == [code]


async def test_a_mistake_of_ours_is_masked_in_a_stream_too(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def mistaken(*_: object) -> None:
        raise ZeroDivisionError("the secret cause")

    monkeypatch.setattr(events, "store_key", mistaken)
    async with begun(server) as socket:
        message = await answer(socket, STREAM)

    assert "INTERNAL" in json.dumps(message)
    assert "secret cause" not in json.dumps(message)


async def test_questions_can_be_asked_over_the_websocket_each_in_its_own_snapshot(server: str) -> None:
    async with begun(server) as socket:
        for n in range(3):
            await send(socket, id=str(n), type="subscribe", payload={"query": "{ stores { nodes { id } } }"})
        messages = [json.loads(await socket.recv()) for _ in range(6)]

    assert sorted(message["type"] for message in messages) == ["complete"] * 3 + ["next"] * 3


async def test_a_server_that_stops_waits_until_each_operation_has_ended(
    projected_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    happened: list[str] = []
    close = Sockets.close

    async def noted(sockets: Sockets) -> None:
        await close(sockets)
        happened.append("all closed")

    async def slowly(*_: object, **__: object) -> AsyncGenerator[object]:
        try:
            happened.append("begun")
            await asyncio.Event().wait()
            yield None
        finally:
            await asyncio.sleep(0.2)
            happened.append("ended")

    async def anything(*_: object) -> None:
        pass

    monkeypatch.setattr(Sockets, "close", noted)
    monkeypatch.setattr(LiveFacts, "follow", slowly)
    monkeypatch.setattr(events, "_scope", anything)
    async with AsyncExitStack() as client, serving_websockets(projected_database) as server:
        socket = await client.enter_async_context(begun(server))
        await send(socket, id="1", type="subscribe", payload={"query": STREAM})
        while not happened:  # noqa: ASYNC110  # it has no event for that
            await asyncio.sleep(0.01)

    assert happened == ["begun", "ended", "all closed"]


async def test_one_operation_too_many_is_refused_with_a_code_and_the_others_go_on(shop: Shop, server: str) -> None:
    await shop.happened(published())
    async with begun(server) as socket:
        for n in range(view.MOST_SUBSCRIPTIONS + 1):
            await send(socket, id=str(n), type="subscribe", payload={"query": STREAM})
        refused = await received(socket)
        await send(socket, id="0", type="complete")
        await send(socket, id="again", type="subscribe", payload={"query": "{ __typename }"})
        answered = await received(socket)

    assert (refused["id"], refused["type"]) == ("20", "error")
    assert [error["extensions"]["code"] for error in refused["payload"]] == ["TOO_MANY_SUBSCRIPTIONS"]
    assert answered["payload"] == {"data": {"__typename": "Query"}}
