"""The page in Chromium."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser, Page, expect

from graphql_api.dashboard.codes import make_code
from infra.built_page import ROOT, WEB
from tests.builders.asking import ACME, READER, Client
from tests.builders.facts import came, minute_passed, published, went
from tests.builders.floors import stocked_and_seen
from tests.builders.pages import log_in, number, page_server, port_of
from tests.builders.projected import Shop

pytestmark = [pytest.mark.postgres, pytest.mark.asyncio(loop_scope="module")]

MINUTE = timedelta(minutes=1)
QUESTION = """{ store(id: "acme/ginza-3") { inside figures {
    traffic { entered left } zones { zone { name } visitors } } } }"""

SERIES = """{ store(id: "acme/ginza-3") { figures(range: {preset: %s}) {
    traffic { series(every: %s) { start entered left } } } } }"""
COLOURS = {"runOnly": ["color-contrast"]}
SCHEMES: tuple[tuple[Any, dict[str, list[str]]], ...] = (
    ({"color_scheme": "light", "forced_colors": "none"}, {}),
    ({"color_scheme": "dark", "forced_colors": "none"}, COLOURS),
    ({"color_scheme": "light", "forced_colors": "active"}, COLOURS),
)
"""Nothing else that axe looks at changes with the colours."""


@pytest.fixture
async def told(shop: Shop) -> datetime:
    """Tell that three came and one left in the minutes before now; return now."""
    now = datetime.now(UTC).replace(microsecond=0)
    await shop.happened(published(at=now - timedelta(days=1)))
    await shop.happened(*(minute_passed(now - n * MINUTE, "entrance") for n in (3, 2, 1)))
    await shop.happened(*(came(name, now - 2 * MINUTE) for name in ("ann", "bob", "eve")), went("ann", now - MINUTE))
    return now


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


async def test_who_may_not_follow_facts_sees_the_numbers_all_the_same(
    page: Page, told: datetime, projected_database: str, tmp_path: Path
) -> None:
    del told
    async with page_server(projected_database, tmp_path) as address:
        await page.goto(address)
        await page.get_by_label("Token").fill(READER)
        await page.get_by_role("button", name="Log in").click()

        await expect(page.get_by_text("Up to date", exact=True)).to_be_visible()
        assert await number(page, "Entered") == "3"


async def test_the_table_of_each_chart_says_what_the_api_answers(
    page: Page, told: datetime, projected_database: str, tmp_path: Path
) -> None:
    async with page_server(projected_database, tmp_path) as address:
        await log_in(page, address)
        await page.get_by_role("link", name="Traffic").click()
        for words, preset, every in (("Today", "TODAY", "HOUR"), ("Last 28 days", "LAST_28_DAYS", "DAY")):
            await page.get_by_label(words, exact=True).check()
            async with httpx.AsyncClient(base_url=address) as http:
                answer = await Client(http).ask(SERIES % (preset, every), ACME)
            series = answer["store"]["figures"]["traffic"]["series"]
            begun = [each for each in series if datetime.fromisoformat(each["start"]) <= told]
            rows = page.locator("table tbody tr")
            await expect(rows).to_have_count(len(begun))
            await page.locator("details:not([open]) summary").click()

            cells = [await row.locator("td").all_text_contents() for row in await rows.all()]
            assert [row[:2] for row in cells] == [[shown(each[name]) for name in ("entered", "left")] for each in begun]
            assert await rows.locator("time").evaluate_all("all => all.map(each => each.dateTime)") == [
                each["start"] for each in begun
            ]
            await page.locator("details[open] summary").click()


def shown(value: int | None) -> str:
    return "\u2013" if value is None else str(value)


@pytest.mark.slow
async def test_axe_finds_nothing_on_any_page_in_any_language_light_dark_or_in_forced_colours(
    browser: Browser, shop: Shop, told: datetime, projected_database: str, tmp_path: Path
) -> None:
    axe = ROOT / WEB / "node_modules/axe-core/axe.min.js"
    if not axe.is_file():
        pytest.skip("no axe-core here: make page")
    await shop.happened(published("acme/other", at=told), store="acme/other")
    await shop.happened(*stocked_and_seen(told))
    found: list[str] = []
    async with page_server(projected_database, tmp_path) as address:
        for language in ("en-GB", "ja-JP", "nb-NO"):
            context = await browser.new_context(locale=language, reduced_motion="reduce")
            page = await context.new_page()
            for name in ("log-in", "now", "traffic", "floor", "shelves", "stores"):
                await page.goto(f"{address}/?page={name}")
                if name == "now":
                    await page.locator("#token").fill(ACME)
                    await page.locator("button[type=submit]").click()
                await expect(page.locator("#token, .state").first).to_be_visible()
                for summary in await page.locator("summary").all():
                    await summary.click()
                await page.evaluate(axe.read_text())
                for scheme, rules in SCHEMES:
                    await page.emulate_media(**scheme)
                    result = await page.evaluate("rules => axe.run({...rules, resultTypes: ['violations']})", rules)
                    found += [
                        f"{name} {language} {scheme}: {each['id']} {each['nodes'][0]['html'][:120]}"
                        for each in result["violations"]
                    ]
                await page.emulate_media(color_scheme="light", forced_colors="none")
            await context.close()

    assert found == []
