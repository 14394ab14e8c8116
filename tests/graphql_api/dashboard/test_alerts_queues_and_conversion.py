"""Alerts, lines and conversion on the page, in Chromium."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from playwright.async_api import Page, expect

from tests.builders.asking import ACME, Client
from tests.builders.facts import anomaly, came, checkout, minute_passed, queue_left, queue_length, sold
from tests.builders.pages import log_in, number, page_server
from tests.builders.projected import Shop

pytestmark = [pytest.mark.postgres, pytest.mark.asyncio(loop_scope="module")]

MINUTE = timedelta(minutes=1)
DASH = "\u2013"
ASKED = """{ store(id: "acme/ginza-3") { queues { length } alerts(where: {ended: false}) { nodes { name people } }
    figures { queues { longest total { served givenUp } } conversion { rate purchases } } } }"""


@pytest.fixture
async def now(shop: Shop) -> datetime:
    """Tell of a line, an alert and two who came in; return now."""
    now = datetime.now(UTC).replace(microsecond=0)
    await shop.happened(checkout(now - timedelta(days=1)), minute_passed(now - MINUTE, "entrance"))
    await shop.happened(
        came("ann", now - 2 * MINUTE),
        came("bob", now - 2 * MINUTE),
        queue_length(2, now - MINUTE),
        queue_left("ann", now - MINUTE, now - MINUTE / 2),
        anomaly("01", now - MINUTE),
    )
    return now


async def test_now_shows_the_lines_and_open_alerts_that_the_api_tells(
    page: Page, now: datetime, projected_database: str, tmp_path: Path
) -> None:
    del now
    async with page_server(projected_database, tmp_path) as address:
        await log_in(page, address)
        async with httpx.AsyncClient(base_url=address) as http:
            told = (await Client(http).ask(ASKED, ACME))["store"]
        lines = await page.get_by_role("group", name="Lines").locator("td").all_inner_texts()
        alerts = (
            await page.get_by_role("group", name="Open alerts").locator("tbody").locator("th, td").all_inner_texts()
        )

        queue = told["figures"]["queues"][0]
        values = (told["queues"][0]["length"], queue["longest"], queue["total"]["served"], queue["total"]["givenUp"])
        assert lines[:4] == [*map(str, values)]
        assert values[:3] == (2, 2, 1)
        (alert,) = told["alerts"]["nodes"]
        assert (alerts[0], alerts[1], alerts[3]) == (alert["name"], "Warning", str(alert["people"]))


async def test_conversion_is_not_known_until_a_till_speaks_and_then_what_the_api_tells(
    page: Page, shop: Shop, now: datetime, projected_database: str, tmp_path: Path
) -> None:
    async with page_server(projected_database, tmp_path) as address:
        await log_in(page, address)
        await page.get_by_role("link", name="Traffic").click()
        figure = page.get_by_role("region", name="Conversion", exact=True)
        await expect(figure).to_contain_text("no till has told a sale")
        assert await number(page, "Conversion") == DASH

        await shop.sell(sold("1", at=now - MINUTE))
        await page.reload()
        await expect(figure).to_contain_text("1 purchase")
        async with httpx.AsyncClient(base_url=address) as http:
            told = (await Client(http).ask(ASKED, ACME))["store"]["figures"]["conversion"]
        assert told == {"rate": 0.5, "purchases": 1}
        assert await number(page, "Conversion") == "50%"

        await shop.happened(came("third", now - MINUTE))
        await shop.sell(sold("2", at=now - MINUTE))
        await page.reload()
        await expect(figure).to_contain_text("2 purchases")
        assert await number(page, "Conversion") == "67%", "to the nearest, unlike what is watched"
