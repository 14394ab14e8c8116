"""The pages of shelves and of the floor, in Chromium."""

import base64
import struct
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.async_api import Locator, Page, expect

from event_store.events.cameras import CameraDark
from graphql_api.heatmaps import UNSEEN
from tests.builders.asking import ACME, Client
from tests.builders.facts import published
from tests.builders.floors import stocked_and_seen
from tests.builders.pages import log_in, number, page_server
from tests.builders.projected import Shop
from tests.builders.workers import reported

pytestmark = [pytest.mark.postgres, pytest.mark.asyncio(loop_scope="module")]

MINUTE = timedelta(minutes=1)
DASH = "\u2013"
UNLIKE = ("unlike", "the", "plan")
HEAT = """{ store(id: "acme/ginza-3") { figures { heatMap(measure: %s) {
    columns grid scale mean
    hotspots { zone { name } fixture { name } mean timesMean }
    deadAreas { zone { name } fixture { name } mean timesMean }
} } } }"""

UNITS = {
    "Time": "seconds, all people together",
    "Visits": "visits that came to it",
    "Stops": "times that somebody stood still",
}
COLOURS = """canvas => {
    const names = {"0,0,0,0": "clear", "68,1,84,255": "lowest", "253,231,37,255": "highest"};
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    const cells = Array.from({ length: data.length / 4 }, (_, at) => data.slice(4 * at, 4 * at + 4).join());
    return cells.map(cell => names[cell] ?? "between");
}"""


@pytest.fixture
async def shelves(shop: Shop) -> datetime:
    """Tell of three places and of a floor until now; return now."""
    now = datetime.now(UTC).replace(microsecond=0)
    await shop.happened(*stocked_and_seen(now))
    return now


async def cells(table: Locator) -> list[list[str]]:
    await expect(table.locator("tbody tr").first).to_be_visible()
    return [await row.locator("th, td").all_inner_texts() for row in await table.locator("tbody tr").all()]


async def test_the_page_of_shelves_tells_what_is_in_each_place_and_what_is_to_be_filled(
    page: Page, shelves: datetime, projected_database: str, tmp_path: Path
) -> None:
    del shelves
    async with page_server(projected_database, tmp_path) as address:
        await log_in(page, address)
        await page.get_by_role("link", name="Shelves", exact=True).click()
        rows = await cells(page.get_by_role("group", name="Places on the shelves").locator("table"))
        tasks = await cells(page.get_by_role("group", name="To fill").locator("table"))

        assert [(row[1], row[2], row[3].split("\n")[0].strip()) for row in rows] == [
            ("1", "Milk", "Empty"),
            ("2", "Milk", "Full"),
            ("3", DASH, "Not known"),
        ]
        assert [row[5] for row in rows] == ["0", DASH, DASH]
        assert (rows[1][6], rows[2][6]) == ("2 min", DASH)
        assert [row[7].split() for row in rows] == [["¥198"], ["¥248", *UNLIKE], [DASH, "not", "read", "yet"]]
        assert [row[8] for row in rows] == ["198", "198", DASH]
        assert [task[:3] for task in tasks] == [["A1", "1", "Milk"]]
        assert [await number(page, label) for label in ("Empty now", "Low now", "Not known now")] == ["1", "0", "1"]
        assert await number(page, "Price unlike the plan") == "1"


async def test_a_place_whose_camera_does_not_work_is_not_known_and_says_what_was_seen_last(
    page: Page, shop: Shop, shelves: datetime, projected_database: str, tmp_path: Path
) -> None:
    dark = CameraDark(time=shelves - MINUTE, camera_id="entrance", silence_ms=5_000, cause="no picture")
    await shop.happened(dark)
    async with page_server(projected_database, tmp_path) as address:
        await log_in(page, address)
        await page.get_by_role("link", name="Shelves", exact=True).click()
        rows = await cells(page.get_by_role("group", name="Places on the shelves").locator("table"))

        assert [row[3].split("\n")[0].strip() for row in rows] == ["Not known"] * 3
        assert "Seen last: Empty" in rows[0][3]
        assert await number(page, "Empty now") == DASH


async def test_a_place_whose_recording_is_over_says_so_and_not_that_its_camera_fails(
    page: Page, shop: Shop, shelves: datetime, projected_database: str, tmp_path: Path
) -> None:
    await shop.happened(reported(shelves, live=False, cameras={"entrance": "ended"}))
    async with page_server(projected_database, tmp_path) as address:
        await log_in(page, address)
        await page.get_by_role("link", name="Shelves", exact=True).click()
        rows = await cells(page.get_by_role("group", name="Places on the shelves").locator("table"))

    assert "Its recording is over. Seen last: Empty" in rows[0][3]


async def test_a_store_without_shelves_or_floor_is_told_what_to_do(
    page: Page, shop: Shop, projected_database: str, tmp_path: Path
) -> None:
    await shop.happened(published(at=datetime.now(UTC) - MINUTE))
    async with page_server(projected_database, tmp_path) as address:
        await log_in(page, address)
        await page.get_by_role("link", name="Shelves", exact=True).click()
        await expect(page.get_by_role("heading", name="No shelves yet")).to_be_visible()
        await page.get_by_role("link", name="Floor", exact=True).click()

        await expect(page.get_by_role("heading", name="No floor yet")).to_be_visible()


@pytest.mark.parametrize("measure", ["Time", "Visits", "Stops"])
async def test_the_cells_of_the_floor_and_what_stands_out_are_what_the_api_answers(
    page: Page, shelves: datetime, projected_database: str, tmp_path: Path, measure: str
) -> None:
    del shelves
    async with page_server(projected_database, tmp_path) as address:
        await log_in(page, address)
        await page.get_by_role("link", name="Floor", exact=True).click()
        await page.get_by_label(measure, exact=True).check()
        async with httpx.AsyncClient(base_url=address) as http:
            told = (await Client(http).ask(HEAT % measure.upper(), ACME))["store"]["figures"]["heatMap"]
        await expect(page.locator(".scale")).to_contain_text(UNITS[measure])
        await page.locator("summary").click()

        rows = [[shown(each) for each in row] for row in reversed(rows_of(told))]
        assert [row[1:] for row in await cells(page.locator("table.cells"))] == rows
        for name, areas in (("Used most", told["hotspots"]), ("Hardly used", told["deadAreas"])):
            assert areas
            expected = [
                [(each["zone"] or each["fixture"])["name"], shown(each["mean"]), f"{shown(each['timesMean'])} times"]
                for each in areas
            ]
            assert await cells(page.get_by_role("group", name=name).locator("table")) == expected
        assert await page.locator("canvas").evaluate(COLOURS) == colours_of(rows_of(told))


def rows_of(told: Any) -> list[list[float | None]]:
    """Return the cells' values, the front row first."""
    numbers = [each for (each,) in struct.iter_unpack("<H", base64.b64decode(told["grid"]))]
    values = [None if each == UNSEEN else each * told["scale"] for each in numbers]
    return [values[at : at + told["columns"]] for at in range(0, len(values), told["columns"])]


def shown(value: float | None) -> str:
    return DASH if value is None else f"{value:,.2f}".rstrip("0").rstrip(".")


def colours_of(rows: list[list[float | None]]) -> list[str]:
    """Return what colour each cell of the plan has, the back row first."""
    highest = max(each for row in rows for each in row if each is not None)
    names = {None: "clear", 0.0: "lowest", highest: "highest"}
    return [names.get(each, "between") for row in reversed(rows) for each in row]


async def test_the_pages_of_floor_and_shelves_are_used_by_keyboard(
    page: Page, shelves: datetime, projected_database: str, tmp_path: Path
) -> None:
    del shelves
    async with page_server(projected_database, tmp_path) as address:
        await log_in(page, address)
        await page.get_by_role("link", name="Floor", exact=True).focus()
        await page.keyboard.press("Enter")
        await expect(page.locator("canvas")).to_be_visible()
        await until_focused(page, page.get_by_label("Time", exact=True))
        await page.keyboard.press("ArrowRight")
        await expect(page.locator(".scale")).to_contain_text(UNITS["Visits"])
        await until_focused(page, page.locator("summary"))
        await page.keyboard.press("Enter")
        await expect(page.locator("table.cells")).to_be_visible()
        await until_focused(page, page.get_by_role("group", name="How the floor was used"))

        await page.get_by_role("link", name="Shelves", exact=True).focus()
        await page.keyboard.press("Enter")
        await until_focused(page, page.get_by_role("group", name="Places on the shelves"))


async def until_focused(page: Page, wanted: Locator) -> None:
    """Press Tab until the focus is there; fails where Tab never leads to it."""
    await expect(wanted).to_be_visible()
    for _ in range(40):
        await page.keyboard.press("Tab")
        if await wanted.evaluate("node => node === document.activeElement"):
            return
    raise AssertionError(f"Tab does not lead to {wanted}")
