import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from event_store.layout.geometry import XY, contains, crossing_sides, overlap
from event_store.layout.homography import fit

SQUARE = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)]
HORSESHOE = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.7, 1.0), (0.7, 0.3), (0.3, 0.3), (0.3, 1.0), (0.0, 1.0)]
CARPET = [((0.1, 0.9), (0.0, 0.0)), ((0.9, 0.9), (4.0, 0.0)), ((0.7, 0.3), (4.0, 6.0)), ((0.3, 0.3), (0.0, 6.0))]


@pytest.mark.parametrize("corner", [*SQUARE, (0.5, 0.0), (1.0, 0.5)])
def test_the_edge_of_a_polygon_belongs_to_it(corner: XY) -> None:
    assert contains(SQUARE, corner)


def test_a_hollow_is_not_inside() -> None:
    assert not contains(HORSESHOE, (0.5, 0.8))
    assert contains(HORSESHOE, (0.5, 0.1))
    assert crossing_sides(HORSESHOE) is None


def test_a_bow_tie_crosses_itself() -> None:
    assert crossing_sides([(0, 0), (1, 1), (1, 0), (0, 1)]) == (1, 3)


def test_a_side_that_runs_back_over_another_crosses_it() -> None:
    assert crossing_sides([(0, 0), (1, 0), (1, 1), (0.5, 0), (0, 1)]) is not None


WITHIN = [(0.2, 0.1), (0.8, 0.1), (0.8, 0.25), (0.2, 0.25)]
BESIDE = [(1.0, 0.0), (2.0, 0.0), (2.0, 1.0), (1.0, 1.0)]
IN_THE_HOLLOW = [(0.3, 0.3), (0.7, 0.3), (0.7, 1.0), (0.3, 1.0)]
DIAMOND = [(0.5, -0.2), (1.2, 0.5), (0.5, 1.2), (-0.2, 0.5)]
PLANK = [(0.0, 0.4), (1.0, 0.4), (1.0, 0.6), (0.0, 0.6)]


@pytest.mark.parametrize("other", [SQUARE, SQUARE[::-1], [*SQUARE[2:], *SQUARE[:2]], WITHIN, HORSESHOE, DIAMOND, PLANK])
def test_polygons_that_share_a_part_of_the_picture_overlap(other: list[XY]) -> None:
    assert overlap(SQUARE, other)
    assert overlap(other, SQUARE)


@pytest.mark.parametrize(
    ("one", "other"), [(SQUARE, BESIDE), (HORSESHOE, IN_THE_HOLLOW), (WITHIN, PLANK), (HORSESHOE, BESIDE)]
)
def test_polygons_that_touch_do_not_overlap(one: list[XY], other: list[XY]) -> None:
    assert not overlap(one, other)
    assert not overlap(other, one)


@given(st.floats(0.11, 0.89), st.floats(0.31, 0.9))
def test_the_floor_and_the_picture_are_each_others_inverse(x: float, y: float) -> None:
    view = fit(CARPET)
    assert view is not None

    floor = view.floor((x, y))
    assert floor is not None
    back = view.picture(floor)
    assert back is not None
    assert math.dist(back, (x, y)) < 1e-6


def test_four_points_are_met_exactly_and_the_sky_is_no_floor() -> None:
    view = fit(CARPET)
    assert view is not None

    for picture, floor in CARPET:
        place = view.floor(picture)
        assert place is not None
        assert math.dist(place, floor) < 1e-6
    assert view.floor((0.5, -0.5)) is None


def test_more_points_than_four_are_met_on_the_whole() -> None:
    view = fit([*CARPET, ((0.5, 0.9), (2.1, 0.0)), ((0.5, 0.3), (1.9, 6.0))])
    assert view is not None

    place = view.floor((0.1, 0.9))
    assert place is not None
    assert math.dist(place, (0.0, 0.0)) < 0.2
