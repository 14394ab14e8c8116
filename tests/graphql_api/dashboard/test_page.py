"""The page in Chromium."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from graphql_api.dashboard.codes import make_code
from tests.builders.asking import ACME, Client
from tests.builders.facts import came, minute_passed, published, went
from tests.builders.pages import chromium, page_server, port_of
from tests.builders.projected import Shop

pytestmark = [pytest.mark.postgres, pytest.mark.asyncio(loop_scope="module")]

MINUTE = timedelta(minutes=1)
QUESTION = """{ store(id: "acme/ginza-3") { inside figures {
    traffic { entered left } zones { zone { name } visitors } } } }"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="module")
async def page(browser: Browser) -> AsyncIterator[Page]:
    context = await browser.new_context(locale="en-GB", viewport={"width": 1280, "height": 900})
    page = await context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda problem: complaints.append(str(problem)))
    page.on("console", lambda said: complaints.append(said.text) if "Content Security Policy" in said.text else None)
    yield page
    await context.close()
    assert complaints == []


@pytest.fixture
async def told(shop: Shop) -> datetime:
    """Tell that three came and one left in the minutes before now; return now."""
    now = datetime.now(UTC).replace(microsecond=0)
    await shop.happened(published(at=now - timedelta(days=1)))
    await shop.happened(*(minute_passed(now - n * MINUTE, "entrance") for n in (3, 2, 1)))
    await shop.happened(*(came(name, now - 2 * MINUTE) for name in ("ann", "bob", "eve")), went("ann", now - MINUTE))
    return now


async def number(page: Page, label: str) -> str | None:
    shown: str | None = await page.get_by_role("region", name=label, exact=True).locator("strong").text_content()
    return shown


async def log_in(page: Page, address: str) -> None:
    await page.goto(address)
    await page.get_by_label("Token").fill(ACME)
    await page.get_by_role("button", name="Log in").click()
    await expect(page.get_by_text("Live", exact=True)).to_be_visible()


async def answer_of(address: str) -> Any:
    async with httpx.AsyncClient(base_url=address) as http:
        return (await Client(http).ask(QUESTION, ACME))["store"]


async def test_who_logs_in_sees_the_numbers_that_the_api_tells_and_is_told_what_happens(
    page: Page, shop: Shop, told: datetime, projected_database: str, tmp_path: Path
) -> None:
    async with page_server(projected_database, tmp_path) as address:
        await page.goto(address)
        await page.get_by_label("Token").fill("shopfloor_wrong")
        await page.get_by_role("button", name="Log in").click()
        await expect(page.get_by_role("alert")).to_contain_text("This token is not known")
        await log_in(page, address)

        answer = await answer_of(address)
        traffic = answer["figures"]["traffic"]
        assert await number(page, "Inside") == str(answer["inside"]) == "2"
        assert await number(page, "Entered") == str(traffic["entered"]) == "3"
        assert await number(page, "Left") == str(traffic["left"]) == "1"

        await shop.happened(came("kim", told))
        await expect(page.get_by_role("region", name="Inside", exact=True).locator("strong")).to_have_text("3")
        await expect(page.locator(".happened li").first).to_contain_text("came in by main")


async def test_a_restart_of_the_api_loses_no_fact_doubles_none_and_logs_nobody_out(
    page: Page, shop: Shop, told: datetime, projected_database: str, tmp_path: Path
) -> None:
    async with page_server(projected_database, tmp_path) as address:
        await log_in(page, address)
        await shop.happened(came("kim", told))
        await expect(page.locator(".happened li[data-position*='events/']")).to_have_count(1)
    await shop.happened(came("lea", told), went("kim", told))
    async with page_server(projected_database, tmp_path, port_of(address)):
        await expect(page.locator(".happened li[data-position*='events/']")).to_have_count(3)
        await shop.happened(went("lea", told))

        facts = page.locator(".happened li[data-position*='events/']")
        await expect(facts).to_have_count(4)
        positions = [await each.get_attribute("data-position") for each in await facts.all()]
        assert len(set(positions)) == len(positions)


async def test_the_printed_address_logs_in_once_and_leaves_no_code_behind(
    page: Page, told: datetime, projected_database: str, tmp_path: Path
) -> None:
    del told
    code = make_code(tmp_path)
    async with page_server(projected_database, tmp_path) as address:
        await page.goto(f"{address}/#code={code}")
        await expect(page.get_by_role("region", name="Entered", exact=True)).to_be_visible()
        assert code not in page.url
        await page.reload()
        await expect(page.get_by_role("region", name="Entered", exact=True)).to_be_visible()
        await page.get_by_role("button", name="Log out").click()
        await page.goto(f"{address}/#code={code}")

        await expect(page.get_by_label("Token")).to_be_visible()
