from datetime import timedelta

import pytest

from event_store.events.visits import ShopperEntered, ShopperExited
from tests.builders.shop_floor import DOOR, NOON, FilmedFloor, layout

SECOND = timedelta(seconds=1)
DOORSTEP, FLOOR, SHELF = (0.5, 0.95), (0.5, 0.6), (0.5, 0.3)


def test_a_visit_begins_when_somebody_is_first_seen_in_a_door() -> None:
    floor = FilmedFloor(layout(DOOR))

    floor.walk("ann", DOORSTEP, FLOOR)

    (entered,) = floor.events
    assert isinstance(entered, ShopperEntered)
    assert (entered.time, entered.door_id, entered.track_id) == (NOON, "main", "ann")
    assert entered.visit_id == floor.watchers.visit_of("ann")


def test_a_visit_ends_in_the_door_where_somebody_was_last_seen() -> None:
    floor = FilmedFloor(layout(DOOR))
    floor.walk("ann", DOORSTEP, FLOOR, DOORSTEP, seconds=4)
    last_seen = floor.now

    floor.lose("ann")

    entered, exited = floor.events
    assert isinstance(entered, ShopperEntered)
    assert isinstance(exited, ShopperExited)
    assert (exited.reason, exited.door_id, exited.time) == ("left", "main", last_seen)
    assert exited.visit_id == entered.visit_id


def test_somebody_who_turns_back_in_the_door_keeps_their_visit() -> None:
    floor = FilmedFloor(layout(DOOR))

    floor.walk("ann", DOORSTEP, FLOOR, DOORSTEP, FLOOR, seconds=6)

    assert [type(event) for event in floor.events] == [ShopperEntered]


def test_who_comes_in_right_after_another_left_is_somebody_else_though_the_tracker_took_both_for_one() -> None:
    floor = FilmedFloor(layout(DOOR))
    floor.walk("ann", DOORSTEP, FLOOR, DOORSTEP, seconds=4)
    last_seen = floor.now
    floor.wait(0.8)

    floor.walk("ann", DOORSTEP, FLOOR)

    first, left, second = floor.events
    assert isinstance(first, ShopperEntered)
    assert isinstance(left, ShopperExited)
    assert isinstance(second, ShopperEntered)
    assert (left.time, left.reason, left.visit_id) == (last_seen, "left", first.visit_id)
    assert second.visit_id == floor.watchers.visit_of("ann") != left.visit_id
    assert min(second.evidence.frames) * 0.1 > 4.5


def test_who_is_hidden_for_a_moment_while_coming_in_has_one_visit() -> None:
    floor = FilmedFloor(layout(DOOR))
    floor.walk("ann", DOORSTEP, seconds=1)
    floor.wait(0.8)
    floor.walk("ann", DOORSTEP, FLOOR)

    (entered,) = floor.events
    assert entered.time == NOON


@pytest.mark.parametrize(("fps", "missed", "people"), [(1, 1, 1), (3, 2, 1), (3, 3, 2), (10, 3, 1), (10, 4, 2)])
def test_who_is_missed_in_the_door_for_a_frame_or_two_is_the_same_at_any_frame_rate(
    fps: float, missed: int, people: int
) -> None:
    floor = FilmedFloor(layout(DOOR), fps=fps)
    floor.walk("ann", DOORSTEP, FLOOR, DOORSTEP, seconds=12)
    for _ in range(missed):
        floor.frame({})
    floor.walk("ann", DOORSTEP, FLOOR, seconds=6)

    assert sum(isinstance(event, ShopperEntered) for event in floor.events) == people


def test_somebody_who_only_looks_in_at_the_door_is_no_visit() -> None:
    floor = FilmedFloor(layout(DOOR))
    floor.walk("ann", DOORSTEP, seconds=1.5)
    floor.lose("ann")

    assert floor.events == []


def test_somebody_lost_on_the_floor_is_lost_only_after_they_could_have_come_out_again() -> None:
    floor = FilmedFloor(layout(DOOR))
    floor.walk("ann", DOORSTEP, FLOOR)
    last_seen = floor.now

    assert floor.lose("ann") == []
    (exited,) = floor.wait(6)
    assert isinstance(exited, ShopperExited)
    assert (exited.reason, exited.door_id, exited.time) == ("lost", None, last_seen)


def test_somebody_hidden_behind_a_shelf_goes_on_with_their_visit() -> None:
    floor = FilmedFloor(layout(DOOR))
    floor.walk("ann", DOORSTEP, FLOOR)
    visit = floor.watchers.visit_of("ann")
    floor.lose("ann")

    floor.walk("ann again", (0.55, 0.5), FLOOR)

    assert floor.watchers.visit_of("ann again") == visit
    floor.wait(10)
    assert [type(event) for event in floor.events] == [ShopperEntered]


def test_somebody_found_far_away_is_somebody_else() -> None:
    floor = FilmedFloor(layout(DOOR))
    floor.walk("ann", DOORSTEP, (0.1, 0.6))
    floor.lose("ann")

    floor.walk("bob", (0.9, 0.3), FLOOR)

    assert floor.watchers.visit_of("bob") is None


def test_somebody_who_comes_in_while_another_is_hidden_has_their_own_visit() -> None:
    floor = FilmedFloor(layout(DOOR))
    floor.walk("ann", DOORSTEP, (0.5, 0.8))
    floor.lose("ann")

    floor.walk("bob", DOORSTEP, FLOOR)

    assert [event.track_id for event in floor.events if isinstance(event, ShopperEntered)] == ["ann", "bob"]
    assert floor.watchers.visit_of("ann") != floor.watchers.visit_of("bob")


def test_somebody_whose_coming_nobody_saw_leaves_without_a_visit() -> None:
    floor = FilmedFloor(layout(DOOR))
    floor.walk("ann", SHELF, DOORSTEP)

    (exited,) = floor.lose("ann")

    assert isinstance(exited, ShopperExited)
    assert (exited.visit_id, exited.reason, exited.subject) == (None, "left", "track/ann")


def test_somebody_who_only_stands_about_on_the_floor_is_no_visit() -> None:
    floor = FilmedFloor(layout(DOOR))
    floor.walk("ann", SHELF, FLOOR)
    floor.lose("ann")
    floor.wait(10)

    assert floor.events == []


def test_a_camera_that_goes_dark_ends_the_visits_of_who_is_in_sight() -> None:
    floor = FilmedFloor(layout(DOOR))
    floor.walk_all({"ann": (DOORSTEP, FLOOR), "bob": ((0.8, 0.95), (0.8, 0.6))}, seconds=3)

    exits = [event for event in floor.finish("camera_down") if isinstance(event, ShopperExited)]

    assert [(exit_.track_id, exit_.reason, exit_.door_id) for exit_ in exits] == [
        ("ann", "camera_down", None),
        ("bob", "camera_down", None),
    ]


def test_somebody_who_stepped_out_just_before_the_film_ended_has_left() -> None:
    floor = FilmedFloor(layout(DOOR))
    floor.walk("ann", DOORSTEP, FLOOR, DOORSTEP)
    floor.wait(0.5)

    (exited,) = floor.finish("source_end")

    assert isinstance(exited, ShopperExited)
    assert (exited.reason, exited.door_id) == ("left", "main")


def test_a_visit_over_midnight_in_the_stores_own_time_ends_with_the_day() -> None:
    before_midnight = NOON.replace(hour=22, minute=59, second=58)  # Oslo is an hour ahead
    floor = FilmedFloor(layout(DOOR), start=before_midnight)
    floor.walk("ann", DOORSTEP, FLOOR, seconds=4)

    entered, ended = floor.events
    assert isinstance(entered, ShopperEntered)
    assert isinstance(ended, ShopperExited)
    assert (ended.reason, ended.time) == ("day_end", NOON.replace(hour=22, minute=59, second=59, microsecond=900_000))
    assert floor.watchers.visit_of("ann") is None


def test_each_fact_carries_the_frame_that_decided_and_its_digest() -> None:
    floor = FilmedFloor(layout(DOOR))
    floor.walk("ann", DOORSTEP, FLOOR)
    floor.lose("ann")
    (exited,) = floor.wait(6)

    assert isinstance(exited, ShopperExited)
    evidence = exited.evidence
    assert evidence.input_digest == f"{evidence.frame:064x}"
    assert evidence.frame_time - exited.time > 6 * SECOND
    assert evidence.region is None
    assert [(limit.name, limit.limit, limit.measured) for limit in evidence.limits] == [("unseen_ms", 6000, 6100)]
    assert evidence.frames[-1] < evidence.frame
