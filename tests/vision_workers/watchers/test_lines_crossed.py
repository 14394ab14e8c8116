from datetime import timedelta

import pytest

from event_store.events.event import Box
from event_store.events.lines import LineCrossed
from event_store.layout.model import Line
from tests.builders.shop_floor import LINE, NOON, FilmedFloor, layout
from vision_workers.watchers.lines import Sides

BELOW, ABOVE = (0.5, 0.8), (0.5, 0.3)


def crossings(floor: FilmedFloor) -> list[str]:
    return [event.direction for event in floor.events if isinstance(event, LineCrossed)]


def test_who_walks_over_a_line_to_its_inside_goes_in() -> None:
    floor = FilmedFloor(layout(LINE))

    floor.walk("ann", BELOW, ABOVE)

    assert crossings(floor) == ["in"]


def test_who_walks_over_a_line_from_its_inside_goes_out() -> None:
    floor = FilmedFloor(layout(LINE))

    floor.walk("ann", ABOVE, BELOW)

    assert crossings(floor) == ["out"]


@pytest.mark.parametrize(
    ("start", "end", "direction"),
    [("[0.8, 0.5]", "[0.2, 0.5]", "out"), ("[0.2, 0.45]", "[0.8, 0.55]", "in"), ("[0.3, 0.7]", "[0.8, 0.3]", "in")],
)
def test_the_inside_is_told_from_the_lines_own_direction(start: str, end: str, direction: str) -> None:
    line = LINE.replace("from = [0.2, 0.5]", f"from = {start}").replace("to = [0.8, 0.5]", f"to = {end}")
    floor = FilmedFloor(layout(line))

    floor.walk("ann", BELOW, ABOVE)

    assert crossings(floor) == [direction]


def test_the_crossing_is_dated_between_the_two_frames() -> None:
    floor = FilmedFloor(layout(LINE), fps=1)
    for y in (0.8, 0.65, 0.45, 0.3):
        floor.frame({"ann": (0.5, y)})

    (crossed,) = floor.events
    assert crossed.time == NOON + timedelta(seconds=1.75)


def test_who_goes_back_gives_the_opposite_fact() -> None:
    floor = FilmedFloor(layout(LINE))

    floor.walk("ann", BELOW, ABOVE, BELOW, seconds=4)

    assert crossings(floor) == ["in", "out"]


def test_somebody_who_stands_on_the_line_does_not_cross_it_over_and_over() -> None:
    floor = FilmedFloor(layout(LINE))
    floor.walk("ann", BELOW, (0.5, 0.505))

    for number in range(100):
        floor.frame({"ann": (0.5, 0.505 if number % 7 < 4 else 0.495)})
    floor.walk("ann", (0.5, 0.495), BELOW)

    assert crossings(floor) == []


def test_a_box_that_loses_its_legs_for_a_frame_crosses_nothing() -> None:
    floor = FilmedFloor(layout(LINE))
    floor.walk("ann", BELOW, (0.5, 0.6))

    floor.frame({"ann": (0.5, 0.4)})
    floor.walk("ann", (0.5, 0.6), BELOW)

    assert crossings(floor) == []


def test_who_walks_around_the_end_of_a_line_does_not_cross_it() -> None:
    floor = FilmedFloor(layout(LINE))

    floor.walk("ann", BELOW, (0.9, 0.7), (0.9, 0.3), ABOVE, BELOW, seconds=6)

    assert crossings(floor) == ["out"]


def test_a_line_that_ends_at_the_pictures_edge_goes_on_beyond_it() -> None:
    floor = FilmedFloor(layout(LINE.replace("from = [0.2, 0.5]", "from = [0.5, 1.0]").replace("0.8, 0.5", "0.5, 0.6")))

    floor.walk("ann", (0.3, 1.0), (0.7, 1.0))

    assert crossings(floor) == ["out"]


def test_who_crosses_while_hidden_is_counted_once() -> None:
    floor = FilmedFloor(layout(LINE))
    floor.walk("ann", BELOW, (0.5, 0.6))
    floor.wait(1.5)

    floor.walk("ann", (0.5, 0.4), ABOVE)

    assert crossings(floor) == ["in"]


def test_who_crosses_and_is_gone_at_once_has_crossed() -> None:
    near_the_edge = LINE.replace("0.5]", "0.97]")
    floor = FilmedFloor(layout(near_the_edge))
    floor.walk("ann", BELOW, (0.5, 0.98), (0.5, 0.98), seconds=1)

    floor.lose("ann")
    floor.wait(6)

    assert crossings(floor) == ["out"]


@pytest.mark.parametrize("y", [0.9, 0.95])
def test_who_goes_out_of_sight_below_a_line_was_seen_there_once_at_a_low_frame_rate(y: float) -> None:
    floor = FilmedFloor(layout(LINE.replace("0.5]", f"{y}]")), fps=3)
    for feet in (0.5, 0.65, 0.85, 1.05):
        floor.frame({"ann": (0.5, feet)})

    floor.lose("ann")
    floor.wait(7)

    assert crossings(floor) == ["out"]


def test_who_comes_in_over_the_lower_edge_begins_below_the_line() -> None:
    floor = FilmedFloor(layout(LINE.replace("0.5]", "0.98]")), fps=3)

    for feet in (1.05, 0.9, 0.75, 0.6):
        floor.frame({"ann": (0.5, feet)})

    assert crossings(floor) == ["in"]


def test_a_box_that_jumps_to_the_lower_edge_before_somebody_is_hidden_crosses_nothing() -> None:
    sides = Sides(Line(id="gate", camera="entrance", start=(0.2, 0.9), end=(0.8, 0.9), inside="left"))
    standing = Box(x0=0.4, y0=0.3, x1=0.6, y1=0.85)
    for second in range(3):
        sides.see(standing, NOON + timedelta(seconds=second), standing)

    too_long = Box(x0=0.4, y0=0.3, x1=0.6, y1=1.0)
    assert sides.see(too_long, NOON + timedelta(seconds=3), too_long) is None
    assert sides.leave() is None


def test_two_people_who_cross_together_are_two() -> None:
    floor = FilmedFloor(layout(LINE))

    floor.walk_all({"ann": ((0.4, 0.8), (0.4, 0.3)), "bob": ((0.6, 0.3), (0.6, 0.8))})

    assert sorted(crossings(floor)) == ["in", "out"]


def test_a_crossing_shows_how_far_beyond_and_for_how_long() -> None:
    floor = FilmedFloor(layout(LINE))

    floor.walk("ann", BELOW, ABOVE)

    (crossed,) = floor.events
    assert isinstance(crossed, LineCrossed)
    limits = {limit.name: limit for limit in crossed.evidence.limits}
    assert limits["beyond_heights"].measured >= limits["beyond_heights"].limit == 0.1
    assert limits["stayed_ms"].measured >= limits["stayed_ms"].limit == 200
    assert crossed.evidence.region is not None
