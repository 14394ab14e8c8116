import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from graphql_api.bounds import Bounds
from graphql_api.errors import token
from tests.builders.asking import Client, serving
from tests.builders.facts import came, published
from tests.builders.projected import Shop

pytestmark = pytest.mark.postgres

COUNT = """query ($atLeast: Position) { store(id: "acme/ginza-3", atLeast: $atLeast) { visits { totalCount } } }"""


@pytest.fixture
async def impatient(projected_database: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Client]:
    monkeypatch.setattr(Bounds.__init__, "__defaults__", (0.05,))
    async with serving(projected_database) as client:
        yield client


async def test_a_question_waits_for_the_position_that_it_wants_at_least(shop: Shop, api: Client) -> None:
    layout = await shop.happened(published())
    following = token(layout)[: -len(str(layout.offset))] + str(layout.offset + 1)

    waiting = asyncio.create_task(api.ask(COUNT, atLeast=following))
    await asyncio.sleep(0.1)
    assert not waiting.done()
    await shop.happened(came("ann"))

    assert (await waiting)["store"]["visits"]["totalCount"] == 1


@pytest.mark.parametrize("by_header", [False, True])
async def test_a_position_that_is_not_reached_in_time_is_told_as_lag(
    shop: Shop, impatient: Client, *, by_header: bool
) -> None:
    layout = await shop.happened(published())
    far = f"{layout.topic}/{layout.partition}/99"

    headers = {"shopfloor-at-least": far} if by_header else {}
    answer = (await impatient.post(COUNT, {} if by_header else {"atLeast": far}, headers=headers)).json()

    (error,) = answer["errors"]
    assert error["extensions"] == {"code": "LAGGING", "atLeast": far, "position": token(layout)}


async def test_a_position_named_in_a_variables_default_counts_too(impatient: Client) -> None:
    query = COUNT.replace("$atLeast: Position", '$atLeast: Position = "shopfloor.events/0/7"')

    assert (await impatient.refusal(query))["extensions"]["code"] == "LAGGING"


async def test_what_is_no_position_is_refused(api: Client) -> None:
    for wrong in ("", "x", "topic/a/1", "topic/1/-1", f"topic/1/{'9' * 40}"):
        refusal: Any = await api.refusal(COUNT, atLeast=wrong)

        assert "is no position" in refusal["message"]
