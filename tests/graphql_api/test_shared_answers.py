"""What many are told of one fact is answered once for all who ask the same."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from typing import Any

import pytest
from graphql import ExecutionResult
from websockets.asyncio.client import ClientConnection

from graphql_api import facts, feeds
from graphql_api.errors import token
from graphql_api.shared_answers import Answers
from graphql_api.visits import visit_of
from tests.builders.asking import ACME, ADMIN
from tests.builders.facts import came, published, went
from tests.builders.projected import Shop
from tests.builders.records import MINUTE, NOON
from tests.builders.websockets import begun, received, send, serving_websockets

pytestmark = pytest.mark.postgres

FOLLOW = """subscription ($store: ID!, $after: Position, $types: [EventType!]) {
    events(store: $store, after: $after, types: $types) { ... on ShopperEntered { visit { %s } } } }"""
CAME, ENDED = FOLLOW % "id", FOLLOW % "reason"
OF_ANN = {"visit": {"id": "acme/ginza-3/visit/ann"}}


@pytest.fixture
async def server(projected_database: str) -> AsyncIterator[str]:
    async with serving_websockets(projected_database) as address:
        yield address


@pytest.fixture
def looked_up(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The visits that answers needed, one after the other."""
    looked_up: list[str] = []

    async def counted(*args: Any) -> Any:
        looked_up.append(args[2])
        return await visit_of(*args)

    monkeypatch.setattr(facts, "visit_of", counted)
    return looked_up


async def follow(socket: ClientConnection, query: str, after: str, types: Sequence[str] | None = None) -> None:
    variables = {"store": "acme/ginza-3", "after": after, "types": types}
    await send(socket, id="1", type="subscribe", payload={"query": query, "variables": variables})


async def told(*sockets: ClientConnection) -> list[Any]:
    async with asyncio.timeout(60):
        messages = await asyncio.gather(*map(received, sockets))
    return [each["payload"]["data"]["events"] for each in messages]


async def test_a_fact_is_answered_once_for_all_who_ask_the_same_of_it_and_apart_for_others(
    shop: Shop, server: str, looked_up: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeds, "TOGETHER_S", 60.0)
    after = token(await shop.happened(published()))
    async with AsyncExitStack() as until_end:
        tokens = [ADMIN] * 8 + [ACME]
        sockets = [await until_end.enter_async_context(begun(server, each)) for each in tokens]
        for each in [*sockets[:6], sockets[8]]:
            await follow(each, CAME, after)
        await follow(sockets[6], ENDED, after)
        await follow(sockets[7], CAME, after, ["SHOPPER_ENTERED"])
        await shop.happened(came("first"))
        await told(*sockets)
        looked_up.clear()
        await shop.happened(came("ann"))
        answers = await told(*sockets)

    assert answers == [*[OF_ANN] * 6, {"visit": {"reason": None}}, *[OF_ANN] * 2]
    assert looked_up == ["ann"] * 4


async def test_who_is_told_a_fact_later_is_told_how_things_are_then(
    shop: Shop, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeds, "TOGETHER_S", 0.0)
    after = token(await shop.happened(published()))
    async with begun(server) as early, begun(server) as late:
        await follow(early, ENDED, after, ["SHOPPER_ENTERED"])
        await shop.happened(came("ann"))
        first = await told(early)
        await shop.happened(went("ann", NOON + MINUTE))
        await follow(late, ENDED, after, ["SHOPPER_ENTERED"])
        second = await told(late)

    assert (first, second) == ([{"visit": {"reason": None}}], [{"visit": {"reason": "LEFT"}}])


async def test_who_leaves_while_an_answer_is_made_takes_it_from_nobody() -> None:
    answers, go_on, executed = Answers(), asyncio.Event(), []

    async def execute() -> ExecutionResult:
        executed.append(1)
        await go_on.wait()
        return ExecutionResult({"a": 1})

    first, second = (asyncio.create_task(answers.share("asked", execute)) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.wait([first])
    go_on.set()

    assert (await second).data == {"a": 1}
    assert executed == [1]
