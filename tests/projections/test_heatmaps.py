from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from event_store.layout.floor_areas import Area, FloorAreas
from projections.folding.folding import fold_all
from projections.read_models.heat_areas import rank
from projections.read_models.heatmaps import CellRow, HeatMaps, Hours
from tests.builders.facts import floor_counted
from tests.builders.records import MINUTE, NOON, history

HOUR = timedelta(hours=1)
DAY = datetime(2026, 3, 1, 15, tzinfo=UTC)
"""Midnight in Tokyo."""


def folded(*facts: Any) -> dict[Any, CellRow]:
    return fold_all(HeatMaps(), history(*facts))


def day(*hours: int) -> tuple[int, ...]:
    return (*hours, *[0] * (25 - len(hours)))


def test_a_cell_has_a_row_for_each_day_on_which_anybody_was_in_it_by_the_hour() -> None:
    first = floor_counted(DAY, {25: (2, 5_000, 1), 26: (1, 500, 0)})
    more = floor_counted(DAY + 5 * MINUTE, {25: (0, 1_000, 1)})
    later = floor_counted(DAY + 2 * HOUR, {25: (1, 100, 0)})
    tomorrow = floor_counted(DAY + 24 * HOUR, {25: (4, 900, 0)})

    rows = folded(first, more, later, tomorrow)

    assert rows["acme", "ginza-3", DAY, 500, 24, 25] == CellRow(
        visits=day(2, 0, 1), stay_ms=day(6_000, 0, 100), stops=day(2, 0, 0)
    )
    assert rows["acme", "ginza-3", DAY, 500, 24, 26] == CellRow(visits=day(1), stay_ms=day(500), stops=day(0))
    assert rows["acme", "ginza-3", DAY + 24 * HOUR, 500, 24, 25] == CellRow(
        visits=day(4), stay_ms=day(900), stops=day(0)
    )
    assert folded(tomorrow, later, more, first) == rows


def test_another_division_of_the_floor_has_cells_of_its_own() -> None:
    rows = folded(floor_counted(NOON, {25: (2, 5_000, 1)}), floor_counted(NOON, {25: (1, 100, 0)}, columns=30))

    assert len(rows) == 2


def test_areas_stand_out_by_how_far_they_are_from_the_mean_of_the_floor() -> None:
    floor = FloorAreas(
        open=frozenset(range(10)),
        seen=frozenset(range(12)),
        areas=[
            Area(kind="zone", id="dairy", cells=frozenset({0, 1})),
            Area(kind="fixture", id="fridge", cells=frozenset({1, 2})),
            Area(kind="zone", id="wine", cells=frozenset({8, 9})),
        ],
    )

    ranked = rank(floor, {0: 30.0, 1: 50.0, 2: 10.0, 3: 10.0, 11: 900.0})

    assert ranked.mean == 10.0
    assert [(each.id, each.times_mean) for each in ranked.hotspots] == [("dairy", 4.0), ("fridge", 3.0)]
    assert [(each.id, each.times_mean) for each in ranked.dead_areas] == [("wine", 0.0)]


@pytest.mark.parametrize("values", [{}, {11: 5.0}])
def test_nothing_stands_out_on_a_floor_that_nobody_used(values: dict[int, float]) -> None:
    floor = FloorAreas(
        open=frozenset({0}), seen=frozenset({0}), areas=[Area(kind="zone", id="a", cells=frozenset({0}))]
    )

    ranked = rank(floor, values)

    assert (ranked.mean, ranked.hotspots, ranked.dead_areas) == (0.0, [], [])


def test_the_hours_of_a_range_are_those_of_each_day_in_the_time_zone_of_the_store() -> None:
    oslo = ZoneInfo("Europe/Oslo")
    start, end = datetime(2026, 3, 27, 15, tzinfo=UTC), datetime(2026, 3, 30, 2, tzinfo=UTC)

    slots = Hours(start, end, oslo).by_slots()

    assert slots == {
        range(16, 25): [datetime(2026, 3, 26, 23, tzinfo=UTC)],
        range(25): [datetime(2026, 3, 27, 23, tzinfo=UTC), datetime(2026, 3, 28, 23, tzinfo=UTC)],  # 23 hours long
        range(4): [datetime(2026, 3, 29, 22, tzinfo=UTC)],
    }
