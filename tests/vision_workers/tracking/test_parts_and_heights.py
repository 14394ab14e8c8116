from collections.abc import Iterable

from event_store.events.event import Box
from tests.builders.filmed_people import NOON, Tracking, detection
from vision_workers.frames import Detection, Track


def test_one_person_found_twice_is_one_track() -> None:
    film = Tracking()
    whole, upper = detection(0.5, 0.9), detection(0.5, 0.7, height=0.2, confidence=0.85)

    film.frames(20, whole, upper)

    assert len(film.ids) == 1


def test_legs_found_inside_a_whole_person_are_nobody_else() -> None:
    film = Tracking()
    whole, legs = detection(0.5, 0.9), detection(0.5, 0.87, height=0.2, width=0.08, confidence=0.85)

    film.frames(20, whole, legs)

    assert len(film.ids) == 1


def test_legs_that_were_found_while_the_whole_person_was_missed_are_nobody_else() -> None:
    film = Tracking()
    whole, legs = detection(0.5, 0.9), detection(0.5, 0.89, height=0.15, width=0.08)
    film.frames(5, whole)
    film.frame(legs)

    film.frames(10, whole, legs)

    assert len(film.ids) == 1


def test_who_is_found_by_the_head_first_stays_the_same_once_the_whole_of_them_is_found() -> None:
    film = Tracking()
    film.frames(3, detection(0.5, 0.8, height=0.3, width=0.1))
    head, whole = (
        detection(0.5, 0.8, height=0.3, width=0.1, confidence=0.25),
        detection(0.5, 1.0, height=0.5, width=0.3),
    )

    film.frames(3, head, whole)
    film.frames(20, whole)

    assert len(film.ids) == 1
    assert [track.box for track in film.seen[-1].values()] == [whole.box]


def test_a_first_sight_of_the_upper_body_gives_way_to_the_first_one_of_the_whole_person() -> None:
    film = Tracking()
    film.frame(detection(0.5, 0.7, height=0.2))

    film.frames(3, detection(0.5, 0.9))

    (track,) = film.seen[-1].values()
    assert (track.first_box, track.first_seen) == (detection(0.5, 0.9).box, NOON)


def test_two_people_who_stand_close_are_two() -> None:
    film = Tracking()

    film.frames(20, detection(0.5, 0.9), detection(0.56, 0.85))

    assert len(film.ids) == 2


MEETING = (
    ((0.39, 0.40, 0.55, 0.93), (0.64, 0.25, 0.74, 0.59)),
    ((0.41, 0.37, 0.55, 0.90), (0.65, 0.25, 0.74, 0.58)),
    ((0.45, 0.40, 0.55, 0.85), (0.66, 0.25, 0.75, 0.59)),
    ((0.44, 0.34, 0.57, 0.85), (0.67, 0.25, 0.75, 0.59)),
    ((0.46, 0.35, 0.60, 0.84), (0.68, 0.26, 0.75, 0.60)),
    ((0.46, 0.35, 0.60, 0.80), (0.67, 0.26, 0.75, 0.60)),
    ((0.49, 0.37, 0.61, 0.78), (0.67, 0.27, 0.75, 0.60)),
    ((0.52, 0.35, 0.64, 0.79), (0.66, 0.28, 0.74, 0.61)),
    ((0.55, 0.36, 0.66, 0.81), (0.64, 0.28, 0.73, 0.62)),
    ((0.56, 0.35, 0.67, 0.78), (0.65, 0.28, 0.73, 0.62)),
    ((0.57, 0.34, 0.69, 0.77), (0.65, 0.28, 0.73, 0.63)),
    ((0.58, 0.30, 0.71, 0.73), (0.64, 0.28, 0.72, 0.63)),
    ((0.60, 0.29, 0.71, 0.72),),
    ((0.61, 0.29, 0.71, 0.71),),
    ((0.61, 0.30, 0.70, 0.70),),
    ((0.62, 0.30, 0.70, 0.71),),
    ((0.62, 0.29, 0.71, 0.72),),
    ((0.62, 0.30, 0.72, 0.71), (0.61, 0.29, 0.67, 0.64)),
    ((0.63, 0.30, 0.73, 0.71), (0.58, 0.29, 0.66, 0.64)),
)
"""Boxes that a published model found in a film: somebody walks up to a smaller person, stops and hides them."""


def test_who_stops_in_front_of_somebody_smaller_is_not_taken_for_them() -> None:
    film = Tracking()

    for boxes in MEETING:
        film.frame(*(Detection(box=Box(x0=x0, y0=y0, x1=x1, y1=y1), confidence=0.9) for x0, y0, x1, y1 in boxes))

    assert len(film.ids) == 2
    assert _nearest(film.seen[-1].values()) == _nearest(film.seen[2].values())


def _nearest(tracks: Iterable[Track]) -> str:
    return max(tracks, key=lambda track: track.foot.y).id


def test_who_is_in_sight_goes_on_where_somebody_hidden_is_expected_as_near() -> None:
    film = Tracking()
    film.frames(10, detection(0.50, 0.9), detection(0.56, 0.9))
    in_sight, hidden = film.seen[-1]
    film.frames(4, detection(0.50, 0.9))

    (seen,) = film.frame(detection(0.535, 0.9))

    assert seen == in_sight != hidden
