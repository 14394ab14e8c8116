"""Visits and stays, page by page, in both directions."""

from typing import Any

import pytest

from graphql_api import connections
from tests.builders.asking import Client
from tests.builders.facts import came, published, stepped_in, stepped_out, went
from tests.builders.projected import Shop
from tests.builders.records import MINUTE, NOON, SECOND

pytestmark = pytest.mark.postgres

STORE = 'store(id: "acme/ginza-3")'
PAGE = "pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"


def keys(page: Any) -> list[str]:
    return [node["id"].removeprefix("acme/ginza-3/visit/") for node in page["nodes"]]


async def visits(api: Client, arguments: str) -> Any:
    return (await api.ask(f"{{ {STORE} {{ visits({arguments}) {{ nodes {{ id }} {PAGE} totalCount }} }} }}"))["store"][
        "visits"
    ]


async def test_visits_come_page_by_page_while_others_come_in(shop: Shop, api: Client) -> None:
    page = f"""query ($after: String) {{ {STORE} {{ visits(first: 2, after: $after) {{
        nodes {{ id entryDoor {{ key name }} role durationMs reason stays {{ zoneName }} }} {PAGE}
    }} }} }}"""
    await shop.happened(published(), *(came(f"v{n}", NOON + n * MINUTE) for n in range(3)), went("v0", NOON + MINUTE))

    first = (await api.ask(page))["store"]["visits"]
    await shop.happened(came("early", NOON - MINUTE))
    second = (await api.ask(page, after=first["pageInfo"]["endCursor"]))["store"]["visits"]

    assert [*keys(first), *keys(second)] == ["v0", "v1", "v2"]
    assert first["nodes"][0] == {
        "id": "acme/ginza-3/visit/v0",
        "entryDoor": {"key": "main", "name": "main"},
        "role": "UNKNOWN",
        "durationMs": 60_000,
        "reason": "LEFT",
        "stays": [],
    }
    assert first["pageInfo"]["hasNextPage"]
    assert not second["pageInfo"]["hasNextPage"]
    assert second["pageInfo"]["hasPreviousPage"]


async def test_the_last_visits_can_be_asked_for_and_those_before_them(shop: Shop, api: Client) -> None:
    await shop.happened(published(), *(came(f"v{n}", NOON + n * MINUTE) for n in range(5)))

    last = await visits(api, "last: 2")
    before = await visits(api, f'last: 2, before: "{last["pageInfo"]["startCursor"]}"')
    first = await visits(api, f'last: 2, before: "{before["pageInfo"]["startCursor"]}"')

    assert [keys(last), keys(before), keys(first)] == [["v3", "v4"], ["v1", "v2"], ["v0"]]
    flags = [(each["pageInfo"]["hasPreviousPage"], each["pageInfo"]["hasNextPage"]) for each in (last, before, first)]
    assert flags == [(True, False), (True, True), (False, True)]
    assert last["totalCount"] == 5


async def test_the_newest_can_come_first(shop: Shop, api: Client) -> None:
    await shop.happened(published(), *(came(f"v{n}", NOON + n * MINUTE) for n in range(3)))

    newest = await visits(api, "first: 2, orderBy: LATEST_FIRST")
    older = await visits(api, f'orderBy: LATEST_FIRST, after: "{newest["pageInfo"]["endCursor"]}"')

    assert [keys(newest), keys(older)] == [["v2", "v1"], ["v0"]]
    assert keys(await visits(api, "orderBy: LATEST_FIRST, last: 1")) == ["v0"]


async def test_visits_and_stays_are_chosen_by_what_is_true_of_them(shop: Shop, api: Client) -> None:
    await shop.happened(
        published(),
        came("ann", role="employee"),
        came("bob"),
        went("bob", NOON + SECOND),
        stepped_in("ann", "tills", NOON),
        stepped_in("bob", "dairy", NOON),
        stepped_out("bob", "dairy", NOON, NOON + SECOND),
    )

    assert keys(await visits(api, "where: {ended: false}")) == ["ann"]
    assert keys(await visits(api, "where: {ended: true, reason: LEFT}")) == ["bob"]
    assert keys(await visits(api, 'where: {entryDoor: "acme/ginza-3/door/main", role: EMPLOYEE}')) == ["ann"]
    store = (
        await api.ask(
            f"""{{ {STORE} {{ stays(where: {{zone: "acme/ginza-3/zone/tills", ended: false}}) {{
                nodes {{ visit {{ id role }} zone {{ name }} zoneName dwellMs reason }} totalCount
            }} }} }}"""
        )
    )["store"]
    assert store["stays"] == {
        "nodes": [
            {
                "visit": {"id": "acme/ginza-3/visit/ann", "role": "EMPLOYEE"},
                "zone": {"name": "Tills"},
                "zoneName": "Tills",
                "dwellMs": None,
                "reason": None,
            }
        ],
        "totalCount": 1,
    }


async def test_a_cursor_belongs_to_its_list(shop: Shop, api: Client) -> None:
    await shop.happened(published(), stepped_in("ann", "dairy"))
    page = (await api.ask(f"{{ {STORE} {{ stays {{ {PAGE} }} }} }}"))["store"]["stays"]["pageInfo"]

    refusal = await api.refusal(f'{{ {STORE} {{ visits(after: "{page["endCursor"]}") {{ nodes {{ id }} }} }} }}')

    assert "no cursor of this list" in refusal["message"]


async def test_an_absent_number_of_rows_is_fifty_whether_left_out_or_null(shop: Shop, api: Client) -> None:
    await shop.happened(published(), *(came(f"v{n}", NOON + n * SECOND) for n in range(51)))

    assert len(keys(await visits(api, "first: null"))) == len(keys(await visits(api, "where: null"))) == 50


async def test_a_count_that_would_be_dear_is_refused_and_the_rows_are_told(
    shop: Shop, api: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "MOST_COUNTED", 1)
    await shop.happened(published(), came("ann"), came("bob"))

    told = (await api.post(f"{{ {STORE} {{ visits {{ nodes {{ id }} totalCount }} }} }}")).json()

    assert len(told["data"]["store"]["visits"]["nodes"]) == 2
    assert told["data"]["store"]["visits"]["totalCount"] is None
    assert "give a range to count fewer" in told["errors"][0]["message"]
