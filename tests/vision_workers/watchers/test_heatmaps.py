"""Positions on the floor become counts of cells."""

from datetime import timedelta

import msgspec
import pytest

from event_store.events.event import Event
from event_store.events.heatmaps import FloorCounted
from event_store.layout.grid import MOST_CELLS, floor_grid
from tests.builders.shop_floor import NOON, RUN, STORE, layout
from vision_workers.watchers import StoreSite
from vision_workers.watchers.heatmaps import HeatMap, PositionWatcher

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
FLOOR = STORE.replace("[[camera]]", "floor = [4.0, 3.0]\n[[camera]]")
CALIBRATED = """floor_points = [
  [[0.0, 1.0], [0.0, 0.0]], [[1.0, 1.0], [4.0, 0.0]], [[1.0, 0.0], [4.0, 3.0]], [[0.0, 0.0], [0.0, 3.0]],
]
"""


def heat_map(store: str = FLOOR) -> HeatMap:
    return HeatMap(StoreSite(layout=layout(store=store), cameras=("entrance",), run=RUN))


def stand(counted: HeatMap, who: str, at: tuple[float, float], seconds: float, start_s: float = 0) -> None:
    for number in range(round(seconds * 10) + 1):
        counted.see(f"track of {who}", who, at, NOON + (start_s + number / 10) * SECOND)


def cells(*facts: Event) -> dict[int, tuple[int, int, int]]:
    found: dict[int, tuple[int, int, int]] = {}
    for fact in facts:
        assert isinstance(fact, FloorCounted)
        found |= dict(zip(fact.cells, zip(fact.people, fact.stay_ms, fact.stops, strict=True), strict=True))
    return found


def test_who_stands_in_a_cell_counts_as_a_visit_with_their_time_and_one_stop() -> None:
    counted = heat_map()
    stand(counted, "ann", (1.2, 0.7), seconds=10)

    assert cells(*counted.finish()) == {8 + 2: (1, 10_000, 1)}


def test_who_walks_through_stops_nowhere() -> None:
    counted = heat_map()
    for number in range(31):
        counted.see("track", "ann", (number / 10, 0.2), NOON + number / 10 * SECOND)

    found = cells(*counted.finish())

    assert sorted(found) == [0, 1, 2, 3, 4, 5, 6]
    assert sum(stay for _, stay, _ in found.values()) == 3_000
    assert {stops for _, _, stops in found.values()} == {0}


def test_two_cameras_that_see_one_person_count_them_once() -> None:
    counted = heat_map()
    for number in range(101):
        for off in (0.0, 0.1):
            counted.see("track", "ann", (1.2 + off, 0.7), NOON + (number / 10 + off / 5) * SECOND)

    assert cells(*counted.finish()) == {10: (1, 10_000, 1)}


def test_whose_visit_becomes_known_later_counts_once() -> None:
    counted = heat_map()
    for number in range(101):
        counted.see("track", "ann" if number > 50 else None, (1.2, 0.7), NOON + number / 10 * SECOND)

    assert cells(*counted.finish()) == {10: (1, 10_000, 1)}


def test_who_comes_back_to_a_cell_is_no_other_visit_but_stops_again() -> None:
    counted = heat_map()
    stand(counted, "ann", (0.2, 0.2), seconds=5)
    stand(counted, "ann", (3.2, 0.2), seconds=5, start_s=6)
    stand(counted, "ann", (0.2, 0.2), seconds=5, start_s=12)

    found = cells(*counted.finish())

    assert (found[0][0], found[0][2]) == (1, 2)


def test_where_somebody_was_whom_nobody_saw_is_not_known() -> None:
    counted = heat_map()
    stand(counted, "ann", (0.2, 0.2), seconds=1)
    stand(counted, "ann", (0.2, 0.2), seconds=1, start_s=30)

    assert cells(*counted.finish()) == {0: (1, 2_000, 0)}


def test_the_street_is_no_floor() -> None:
    counted = heat_map()
    stand(counted, "ann", (1.0, -0.4), seconds=5)

    assert counted.finish() == []


def test_five_minutes_are_told_once_they_have_settled_and_in_the_hour_of_the_store() -> None:
    counted = heat_map(FLOOR.replace("Europe/Oslo", "Asia/Kathmandu"))  # 17:45 there
    stand(counted, "ann", (0.2, 0.2), seconds=400)

    assert counted.observe("entrance", NOON + 309 * SECOND, []) == []
    (first,) = counted.observe("entrance", NOON + 310 * SECOND, [])
    (rest,) = counted.finish()

    assert isinstance(first, FloorCounted)
    assert isinstance(rest, FloorCounted)
    assert (first.time, first.hour) == (NOON + 5 * MINUTE, 17)
    assert first.day == NOON - 17 * 60 * MINUTE - 45 * MINUTE
    assert (first.stay_ms, rest.stay_ms) == ([299_500], [100_500])
    assert (first.people, rest.people) == ([1], [0])
    assert rest.time == NOON + 310 * SECOND


def test_who_has_not_been_seen_for_long_is_forgotten() -> None:
    counted = heat_map()
    for number in range(200):
        stand(counted, f"visit-{number}", (0.2, 0.2), seconds=1, start_s=10 * number)
        counted.observe("entrance", NOON + 10 * number * SECOND, [])

    assert len(counted._people) < 70


def test_so_many_cells_that_no_record_holds_them_are_several_facts() -> None:
    counted = heat_map(FLOOR.replace("4.0, 3.0", "50.0, 50.0"))
    for cell in range(2_500):
        counted.see("track", "ann", (cell % 100 / 2 + 0.1, cell // 100 / 2 + 0.1), NOON + cell / 10 * SECOND)
    for cell in range(2_500):
        counted.see(f"track-{cell}", None, (cell % 100 / 2 + 0.1, cell // 100 / 2 + 0.1), NOON)

    facts = counted.finish()

    assert len(facts) == 2
    assert len(cells(*facts)) == 2_500
    assert max(len(msgspec.json.encode(fact)) for fact in facts) < 50_000


@pytest.mark.parametrize("size", [(4.0, 3.0), (60.0, 60.0), (61.0, 60.0), (10_000.0, 0.2)])
def test_a_floor_of_any_size_has_few_enough_cells_and_all_of_it_is_in_one(size: tuple[float, float]) -> None:
    store = layout(store=FLOOR.replace("4.0, 3.0", f"{size[0]}, {size[1]}"))
    grid = floor_grid(store)

    assert grid is not None
    assert grid.columns * grid.rows <= MOST_CELLS
    assert grid.cell_at((size[0] - 0.001, size[1] - 0.001)) == grid.columns * grid.rows - 1
    assert grid.cell_at((-0.001, 0.0)) is None


@pytest.mark.parametrize(
    ("store", "works"), [(FLOOR + CALIBRATED, True), (FLOOR, False), (STORE + CALIBRATED, False)], ids=str
)
def test_positions_are_wanted_where_camera_and_layout_know_the_floor(store: str, *, works: bool) -> None:
    assert bool(PositionWatcher.wants(layout(store=store), "entrance")) is works


def test_nobody_is_named_in_what_is_told() -> None:
    assert not {name for name in FloorCounted.__struct_fields__ if "visit_id" in name or "track" in name}
    assert FloorCounted.named == {}
