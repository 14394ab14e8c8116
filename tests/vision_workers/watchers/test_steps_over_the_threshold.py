from datetime import timedelta

from event_store.events.visits import ShopperEntered, ShopperExited
from tests.builders.shop_floor import NOON, STORE, FilmedFloor, layout

SECOND = timedelta(seconds=1)
FLOOR_PLAN = STORE.replace('time_zone = "Europe/Oslo"\n', 'time_zone = "Europe/Oslo"\nfloor = [10.0, 9.0]\n')
MEASURED = """floor_points = [
  [[0.0, 1.0], [0.0, -1.0]], [[1.0, 1.0], [10.0, -1.0]], [[1.0, 0.0], [10.0, 9.0]], [[0.0, 0.0], [0.0, 9.0]],
]
"""
"""The wall is at nine tenths of the picture's height; the street is below."""
GLASS_DOOR = """
[[door]]
id = "main"
camera = "entrance"
polygon = [[0.3, 0.8], [0.7, 0.8], [0.7, 1.0], [0.3, 1.0]]
"""
STREET, BESIDE, INSIDE, SHELF = (0.5, 0.98), (0.35, 0.98), (0.5, 0.7), (0.5, 0.3)


def glass_door() -> FilmedFloor:
    return FilmedFloor(layout(MEASURED, GLASS_DOOR, store=FLOOR_PLAN))


def test_a_visit_is_as_long_as_somebody_is_on_the_floor_though_they_are_seen_in_the_street_before() -> None:
    floor = glass_door()

    floor.walk("ann", BESIDE, STREET, seconds=4)
    floor.walk("ann", STREET, INSIDE, seconds=2.9)
    floor.walk("ann", INSIDE, SHELF, INSIDE, seconds=10)
    floor.walk("ann", INSIDE, STREET, seconds=2.9)
    floor.walk("ann", STREET, BESIDE, seconds=4)
    floor.lose("ann")

    entered, exited = floor.events
    assert isinstance(entered, ShopperEntered)
    assert isinstance(exited, ShopperExited)
    assert entered.time == NOON
    assert entered.stepped_in_at is not None
    assert exited.stepped_out_at is not None
    assert abs(entered.stepped_in_at - NOON - 4.8 * SECOND) <= 0.2 * SECOND
    assert abs(exited.stepped_out_at - NOON - 19 * SECOND) <= 0.2 * SECOND
    assert (exited.reason, exited.door_id) == ("left", "main")
    assert timedelta() < exited.time - exited.stepped_out_at < 2 * SECOND


def test_who_walks_past_in_the_street_has_no_visit() -> None:
    floor = glass_door()

    floor.walk("ann", (0.2, 0.98), (0.8, 0.98), seconds=8)
    floor.lose("ann")

    assert floor.events == []


def test_who_comes_in_is_not_who_left_though_the_tracker_took_both_for_one_in_the_street() -> None:
    floor = glass_door()
    floor.walk("ann", STREET, INSIDE, seconds=3)
    floor.walk("ann", INSIDE, STREET, seconds=3)
    floor.walk("ann", STREET, BESIDE, STREET, seconds=2)

    floor.walk("ann", STREET, INSIDE, seconds=3)

    first, left, second = floor.events
    assert isinstance(left, ShopperExited)
    assert isinstance(second, ShopperEntered)
    assert left.visit_id == getattr(first, "visit_id", None) != second.visit_id
    assert floor.watchers.visit_of("ann") == second.visit_id


def test_who_stands_on_the_threshold_has_not_left() -> None:
    floor = glass_door()
    floor.walk("ann", STREET, INSIDE, seconds=3)

    for _ in range(20):
        floor.walk("ann", (0.5, 0.89), (0.5, 0.91), seconds=0.4)
    floor.walk("ann", (0.5, 0.9), SHELF, seconds=3)

    assert [type(event) for event in floor.events] == [ShopperEntered]


def test_a_floor_that_no_door_leads_to_was_measured_wrongly_and_hides_nobody() -> None:
    elsewhere = MEASURED.replace("-1.0]", "-91.0]").replace(", 9.0]", ", -81.0]")
    floor = FilmedFloor(layout(elsewhere, GLASS_DOOR, store=FLOOR_PLAN))

    floor.walk("ann", STREET, INSIDE)
    floor.walk("ann", INSIDE, STREET)
    floor.lose("ann")

    entered, exited = floor.events
    assert isinstance(entered, ShopperEntered)
    assert isinstance(exited, ShopperExited)
    assert (entered.stepped_in_at, exited.stepped_out_at, exited.reason) == (None, None, "left")
