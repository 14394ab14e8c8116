"""Many pages that follow one store on one server."""

from pathlib import Path

import pytest

from graphql_api.errors import token
from infra.bench.followers import Followers
from tests.builders.facts import came, published
from tests.builders.projected import Shop
from tests.builders.records import NOON, SECOND
from tests.builders.serving import running_api

pytestmark = [pytest.mark.postgres, pytest.mark.slow]

PAGES, FACTS = 200, 6


async def test_two_hundred_pages_are_each_told_each_fact_once_in_order_and_none_is_sent_away(
    shop: Shop, projected_database: str, tmp_path: Path
) -> None:
    after = token(await shop.happened(published()))
    with running_api(projected_database, tmp_path / "data") as server:
        port = int(server.address.rpartition(":")[2])
        async with Followers(port, server.token, "acme/ginza-3", after, PAGES) as pages:
            places = [token(await shop.happened(came(f"v{n}", NOON + n * SECOND))) for n in range(FACTS)]
            await pages.hear(places[-1])

    told = [[each.place for each in pages.heard if each.follower == page] for page in range(PAGES)]
    assert told == [places] * PAGES
    assert pages.ended == 0
