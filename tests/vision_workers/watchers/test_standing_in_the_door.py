from collections.abc import Sequence

import pytest

from event_store.events.visits import ShopperEntered, ShopperExited
from tests.builders.shop_floor import DOOR, FilmedFloor, Spot, layout

DOORSTEP, INSIDE = (0.5, 0.95), (0.5, 0.5)
SIDE_DOOR = """
[[door]]
id = "side"
camera = "entrance"
polygon = [[0.0, 0.3], [0.2, 0.3], [0.2, 0.8], [0.0, 0.8]]
"""


def counted(floor: FilmedFloor) -> tuple[int, int]:
    entered = sum(isinstance(event, ShopperEntered) for event in floor.events)
    return entered, sum(isinstance(event, ShopperExited) for event in floor.events)


def appear_again_and_again(floor: FilmedFloor, spots: Sequence[Spot], *, seen_s: float, hidden_s: float) -> None:
    """Show somebody under a new track each time."""
    for number in range(10):
        floor.walk(f"guard {number}", *spots, seconds=seen_s)
        if hidden_s > 2:
            floor.lose(f"guard {number}", after_s=hidden_s)
        else:
            floor.wait(hidden_s)
    floor.wait(10)


@pytest.mark.parametrize(("seen_s", "hidden_s"), [(5, 3), (3, 3), (30, 4)])
@pytest.mark.parametrize("spot", [DOORSTEP, (0.3, 0.92), (0.5, 0.86), (0.5, 0.845)])
def test_somebody_who_stands_in_the_door_is_not_counted(spot: Spot, seen_s: float, hidden_s: float) -> None:
    floor = FilmedFloor(layout(DOOR))

    appear_again_and_again(floor, [spot], seen_s=seen_s, hidden_s=hidden_s)

    assert counted(floor) == (0, 0)


@pytest.mark.parametrize("spots", [[(0.48, 0.95), (0.53, 0.95), (0.48, 0.95)], [(0.5, 0.99), (0.5, 0.94), (0.5, 0.99)]])
def test_somebody_who_sways_in_the_door_is_not_counted(spots: list[Spot]) -> None:
    floor = FilmedFloor(layout(DOOR))

    appear_again_and_again(floor, spots, seen_s=5, hidden_s=3)

    assert counted(floor) == (0, 0)


def test_somebody_whose_box_loses_its_legs_for_a_frame_in_the_door_has_not_come_in() -> None:
    floor = FilmedFloor(layout(DOOR))
    for number in range(5):
        floor.walk(f"guard {number}", DOORSTEP, seconds=3)
        floor.frame({f"guard {number}": (0.5, 0.8)})
        floor.walk(f"guard {number}", DOORSTEP, seconds=1)
        floor.lose(f"guard {number}", after_s=3)

    assert counted(floor) == (0, 0)


@pytest.mark.parametrize("spots", [[(0.24, 0.6), (0.27, 0.6), (0.24, 0.6)], [(0.27, 0.6), (0.24, 0.6)]])
def test_somebody_at_the_edge_of_a_side_door_is_not_counted(spots: list[Spot]) -> None:
    floor = FilmedFloor(layout(SIDE_DOOR))

    appear_again_and_again(floor, spots, seen_s=5, hidden_s=3)

    assert counted(floor) == (0, 0)


def test_somebody_who_comes_in_and_then_guards_the_door_is_one_visit() -> None:
    floor = FilmedFloor(layout(DOOR))
    floor.walk("guard", DOORSTEP, INSIDE, DOORSTEP, seconds=6)
    floor.lose("guard", after_s=3)

    appear_again_and_again(floor, [DOORSTEP], seen_s=5, hidden_s=3)

    assert counted(floor) == (1, 1)


def test_somebody_who_waits_in_the_door_and_then_goes_on_has_come_in_when_they_were_first_seen() -> None:
    floor = FilmedFloor(layout(DOOR))
    floor.walk("ann", DOORSTEP, seconds=10)
    arrived = floor.times[0]

    floor.walk("ann", DOORSTEP, INSIDE)

    (entered,) = floor.events
    assert isinstance(entered, ShopperEntered)
    assert entered.time == arrived


def test_somebody_who_stands_in_the_door_for_long_and_then_shifts_has_not_come_in() -> None:
    floor = FilmedFloor(layout(DOOR))
    floor.walk("guard", DOORSTEP, seconds=5)
    floor.walk("guard", DOORSTEP, (0.65, 0.95), seconds=2)
    floor.lose("guard", after_s=3)

    assert counted(floor) == (0, 0)


def test_somebody_who_walks_into_a_wide_door_and_turns_back_there_came_and_left() -> None:
    floor = FilmedFloor(layout(DOOR))
    floor.walk("ann", (0.3, 0.99), (0.45, 0.93), seconds=1)
    floor.walk("ann", (0.45, 0.93), seconds=3)
    floor.walk("ann", (0.45, 0.93), (0.3, 0.99), seconds=1)
    floor.lose("ann", after_s=3)

    assert counted(floor) == (1, 1)


def test_somebody_who_comes_up_from_below_the_picture_and_stops_has_come_in() -> None:
    floor = FilmedFloor(layout(DOOR))
    floor.walk("ann", (0.5, 1.15), (0.5, 0.94), seconds=1.5)
    floor.walk("ann", (0.5, 0.94), seconds=20)
    floor.lose("ann")

    assert counted(floor) == (1, 1)


def test_who_goes_slowly_from_one_door_into_the_next_one_beside_it_came_and_left() -> None:
    floor = FilmedFloor(layout(DOOR, SIDE_DOOR.replace("0.8]", "0.89]")))

    floor.walk("ann", (0.3, 0.95), (0.29, 0.95), seconds=3)
    floor.walk("ann", (0.29, 0.95), (0.1, 0.9), (0.1, 0.6), seconds=6)
    floor.lose("ann")

    entered, exited = floor.events
    assert isinstance(entered, ShopperEntered)
    assert isinstance(exited, ShopperExited)
    assert (entered.door_id, exited.door_id, exited.reason) == ("main", "side", "left")
    assert entered.visit_id == exited.visit_id
