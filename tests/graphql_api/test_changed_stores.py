"""Stores that are followed: what a page shows of them comes by itself."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection

from graphql_api import changes
from graphql_api.changes import Follower, Moment
from graphql_api.plans import PlanningExecutor
from projections.read_models.stores import Store
from tests.builders.asking import ACME, ADMIN, READER
from tests.builders.facts import came, published, stepped_in, went
from tests.builders.projected import Shop
from tests.builders.records import MINUTE, NOON
from tests.builders.websockets import answer, begun, received, send, serving_websockets

pytestmark = pytest.mark.postgres

FOLLOW = """subscription ($stores: [ID!]!) { changedStore(stores: $stores) { id
    figures(range: {dates: {start: "2026-03-02", end: "2026-03-02"}}) {
        traffic { entered left } zones { zone { key } openStays } } } }"""
GINZA, OTHER = "acme/ginza-3", "acme/other"


@pytest.fixture
async def server(projected_database: str) -> AsyncIterator[str]:
    async with serving_websockets(projected_database) as address:
        yield address


async def follow(socket: ClientConnection, *stores: str) -> None:
    payload = {"query": FOLLOW, "variables": {"stores": stores}}
    await send(socket, id="1", type="subscribe", payload=payload)


async def told(socket: ClientConnection) -> Any:
    async with asyncio.timeout(60):
        return (await received(socket))["payload"]["data"]["changedStore"]


async def told_until(socket: ClientConnection, **traffic: int) -> Any:
    """Return the first that is told with this traffic."""
    while (store := await told(socket))["figures"]["traffic"] != traffic:
        pass
    return store


async def test_a_page_is_told_the_figures_of_its_stores_at_once_and_again_as_they_change(
    shop: Shop, server: str
) -> None:
    for store in (GINZA, OTHER):
        await shop.happened(published(store), came("ann"), store=store)
    async with begun(server) as page:
        await follow(page, GINZA, OTHER)
        first = [await told(page), await told(page)]
        await shop.happened(came("bob"), stepped_in("bob", "tills"), went("ann", NOON + MINUTE), store=OTHER)
        then = await told_until(page, entered=2, left=1)

    assert [each["id"] for each in first] == [GINZA, OTHER]
    assert [each["figures"]["traffic"] for each in first] == [{"entered": 1, "left": 0}] * 2
    assert then["id"] == OTHER
    assert then["figures"]["zones"][1] == {"zone": {"key": "tills"}, "openStays": 1}


async def test_pages_that_show_the_same_share_one_answer(
    shop: Shop, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes, "AT_MOST_EVERY_S", 2.0)
    executed: list[object] = []
    execute = PlanningExecutor._execute_for_all

    async def counted(self: PlanningExecutor) -> Any:
        executed.append(self)
        return await execute(self)

    monkeypatch.setattr(PlanningExecutor, "_execute_for_all", counted)
    await shop.happened(published())
    async with begun(server) as first, begun(server) as second, begun(server, ACME) as other:
        pages = (first, second, other)
        for each in pages:
            await follow(each, GINZA)
            await told(each)
        executed.clear()
        await shop.happened(came("ann"))
        stores = [await told_until(each, entered=1, left=0) for each in pages]

    assert stores[0] == stores[1] == stores[2]
    assert len(executed) == 2


async def test_without_any_fact_a_page_is_told_again_before_long(
    shop: Shop, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes, "AT_LEAST_EVERY_S", 0.1)
    monkeypatch.setattr(changes, "AT_MOST_EVERY_S", 0.1)
    await shop.happened(published())
    async with begun(server) as page:
        await follow(page, GINZA)

        assert await told(page) == await told(page) == await told(page)


async def test_of_a_page_that_reads_slowly_only_the_last_moment_of_each_store_waits() -> None:
    def moment(key: str) -> Moment:
        fact = published(f"acme/{key}")
        return Moment(
            Store(
                organisation="acme",
                store=key,
                name=key,
                time_zone="UTC",
                layout=fact.layout,
                layout_digest=fact.layout_digest,
                valid_from=NOON,
                published_at=NOON,
            )
        )

    follower, moments = Follower(), [moment(key) for key in ("a", "b", "a", "a")]
    for each in moments:
        follower.take(each)

    assert [await follower.next(), await follower.next()] == [moments[3], moments[1]]
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(follower.next(), 0.01)


@pytest.mark.parametrize(
    ("token", "stores", "code"),
    [
        (ADMIN, [], "BAD_USER_INPUT"),
        (ADMIN, [GINZA] * 101, "BAD_USER_INPUT"),
        (ADMIN, [GINZA, "acme/nowhere"], "BAD_USER_INPUT"),
        (ADMIN, ["acme"], "BAD_USER_INPUT"),
        (ACME, [GINZA, "rival/a"], "FORBIDDEN"),
        (READER, [GINZA], "FORBIDDEN"),
    ],
    ids=["none", "too many", "an unknown one", "no store", "a foreign one", "no permission"],
)
async def test_stores_that_cannot_be_followed_are_refused_at_once(
    shop: Shop, server: str, token: str, stores: list[str], code: str
) -> None:
    await shop.happened(published())
    async with begun(server, token) as page:
        message = await answer(page, FOLLOW, variables={"stores": stores})

    errors = message["payload"] if message["type"] == "error" else message["payload"]["errors"]
    assert [error["extensions"]["code"] for error in errors] == [code]
