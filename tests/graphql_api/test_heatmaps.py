import base64
import struct
from datetime import timedelta
from typing import Any

import pytest

from graphql_api.heatmaps import UNSEEN
from tests.builders.asking import Client
from tests.builders.facts import floor_counted, minute_passed
from tests.builders.facts import published as uncalibrated
from tests.builders.floors import calibrated
from tests.builders.projected import Shop
from tests.builders.records import MINUTE, NOON

pytestmark = pytest.mark.postgres

DAIRY, WALK = 4 * 8, 8 * 3 + 3
HOURS = '(range: {moments: {start: "2026-03-02T12:10:00Z", end: "2026-03-02T12:20:00Z"}})'
ASKED = """{ store(id: "acme/ginza-3") { figures%s { heatMap%s {
    measure start end columns rows cellM floorWidthM floorDepthM grid scale highest mean
    hotspots { zone { key } fixture { key } mean timesMean words } deadAreas { zone { key } timesMean words }
    quality { coverage }
} } } }"""


def counted(cells: dict[int, tuple[int, int, int]], at: Any = NOON) -> Any:
    return floor_counted(at, cells, columns=8)


async def asked(api: Client, within: str = HOURS, of: str = "") -> Any:
    return (await api.ask(ASKED % (within, of)))["store"]["figures"]["heatMap"]


def unpacked(told: Any) -> list[int]:
    return [each for (each,) in struct.iter_unpack("<H", base64.b64decode(told["grid"]))]


async def test_a_heat_map_is_one_packed_grid_of_the_hours_that_the_range_touches(shop: Shop, api: Client) -> None:
    await shop.happened(
        calibrated(),
        minute_passed(NOON + 15 * MINUTE, "entrance"),
        counted({32: (2, 60_000, 3), 27: (5, 3_000, 0)}),
        counted({32: (1, 6_000, 1)}, NOON + 30 * MINUTE),
        counted({32: (9, 900_000, 9)}, NOON + timedelta(hours=1)),
    )

    told = await asked(api)
    numbers = unpacked(told)

    assert (told["start"], told["end"]) == ("2026-03-02T12:00:00.000Z", "2026-03-02T13:00:00.000Z")
    assert (told["columns"], told["rows"], told["cellM"], told["floorWidthM"]) == (8, 6, 0.5, 4.0)
    assert numbers[DAIRY] * told["scale"] == pytest.approx(66.0)
    assert numbers[WALK] * told["scale"] == pytest.approx(3.0, abs=0.001)
    assert told["highest"] == 66.0
    assert {cell for cell, each in enumerate(numbers) if each == UNSEEN} == {
        8 * row + column for row in range(6) for column in (6, 7)
    }
    assert told["quality"]["coverage"] is not None


async def test_each_measure_has_a_map_of_its_own(shop: Shop, api: Client) -> None:
    await shop.happened(calibrated(), counted({32: (2, 60_000, 3), 27: (5, 3_000, 0)}))

    visits, stops = [await asked(api, of=f"(measure: {measure})") for measure in ("VISITS", "STOPS")]

    assert [round(unpacked(visits)[cell] * visits["scale"]) for cell in (DAIRY, WALK)] == [2, 5]
    assert [round(unpacked(stops)[cell] * stops["scale"]) for cell in (DAIRY, WALK)] == [3, 0]


async def test_hotspots_and_dead_areas_are_named_in_words(shop: Shop, api: Client) -> None:
    await shop.happened(calibrated(), counted({32: (2, 60_000, 3), 27: (5, 10_000, 0)}))

    told = await asked(api)

    assert told["mean"] == pytest.approx(2.0)  # 70 s on 35 cells: 36 are in sight, the table stands on one
    (hot,) = told["hotspots"]
    assert (hot["zone"]["key"], hot["fixture"], hot["timesMean"]) == ("dairy", None, 7.5)
    assert hot["words"] == "Dairy has 7.5 times the time of the store's mean."
    assert [each["words"] for each in told["deadAreas"]] == [
        "table has 0% of the time of the store's mean.",
        "Wine has 0% of the time of the store's mean.",
    ]


async def test_a_floor_that_nobody_watched_is_unknown_and_not_cold(shop: Shop, api: Client) -> None:
    await shop.happened(calibrated())

    told = await asked(api)

    assert (told["grid"], told["highest"], told["mean"], told["deadAreas"]) == (None, None, None, [])


async def test_a_store_without_a_floor_has_no_heat_map(shop: Shop, api: Client) -> None:
    await shop.happened(uncalibrated(), counted({32: (2, 60_000, 3)}))

    assert await asked(api) is None


async def test_cells_of_another_floor_are_not_mixed_in(shop: Shop, api: Client) -> None:
    await shop.happened(
        calibrated(), counted({32: (2, 60_000, 3)}), floor_counted(NOON, {32: (1, 1_000, 0)}, columns=9)
    )

    assert (await asked(api))["highest"] == 60.0
