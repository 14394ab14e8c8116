import math
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from event_store.events.event import Box
from tests.builders.filmed_people import NOON, RUN, Tracking, detection, visible
from vision_workers.tracking.association import overlap, same_person

SECOND = timedelta(seconds=1)


def test_one_walker_is_one_track_from_the_first_detection() -> None:
    film = Tracking()

    film.walk((0.1, 0.9), (0.9, 0.9), frames=60)

    (track_id,) = film.ids
    assert track_id == RUN.id("track", "entrance", 1)
    track = film.seen[-1][track_id]
    assert (track.first_seen, track.first_frame, track.first_box) == (NOON, 0, detection(0.1, 0.9).box)
    assert (track.last_seen, track.last_frame) == (NOON + 5.9 * SECOND, 59)
    assert math.isclose(track.confidence, 0.9)


def test_what_flickers_for_two_frames_is_nobody() -> None:
    film = Tracking()
    for _ in range(20):
        film.frames(2, detection(0.5, 0.9))
        film.frames(4)

    assert film.ids == set()
    assert film.tracker.finish() == ()


def test_a_track_is_believed_at_its_third_detection() -> None:
    film = Tracking()
    film.frames(2, detection(0.5, 0.9))

    assert len(film.frame(detection(0.5, 0.9))) == 1


@pytest.mark.parametrize("fps", [2, 3, 10])
def test_a_track_is_believed_though_its_second_frame_missed_it(fps: int) -> None:
    film = Tracking(fps=fps)
    film.frame(detection(0.5, 0.9))
    film.frame()
    film.frame(detection(0.5, 0.9))

    (track,) = film.frame(detection(0.5, 0.9)).values()
    assert track.first_seen == NOON


def test_who_is_missed_for_a_second_and_a_half_keeps_their_id() -> None:
    film = Tracking()
    film.walk((0.1, 0.9), (0.4, 0.9), frames=20)
    film.frames(15)
    film.walk((0.6, 0.9), (0.9, 0.9), frames=20)

    assert len(film.ids) == 1
    assert film.lost == []


def test_who_stops_while_hidden_keeps_their_id() -> None:
    film = Tracking()
    film.walk((0.1, 0.9), (0.4, 0.9), frames=20)
    film.frames(15)
    film.frames(20, detection(0.43, 0.9))

    assert len(film.ids) == 1


def test_who_is_missed_for_longer_is_lost_as_last_seen() -> None:
    film = Tracking()
    film.walk((0.1, 0.9), (0.4, 0.9), frames=20)
    last_seen = NOON + 1.9 * SECOND
    film.frames(20)
    assert film.lost == []

    film.frame()

    (lost,) = film.lost
    assert (lost.last_seen, lost.last_frame) == (last_seen, 19)
    assert lost.foot.x == pytest.approx(0.4)


def test_somebody_elsewhere_is_somebody_else() -> None:
    film = Tracking()
    film.frames(10, detection(0.2, 0.9))
    film.frames(5)
    film.frames(10, detection(0.8, 0.9))

    assert len(film.ids) == 2


def test_somebody_much_nearer_is_not_taken_for_who_just_left() -> None:
    film = Tracking()
    film.frames(10, detection(0.5, 0.6, height=0.2, width=0.06))
    film.frames(3)
    film.frames(10, detection(0.5, 0.7, height=0.6, width=0.2))

    assert len(film.ids) == 2


def test_a_weak_detection_continues_a_track_but_begins_none() -> None:
    film = Tracking()
    film.frames(10, detection(0.5, 0.9, confidence=0.3))
    assert film.ids == set()

    film.frames(5, detection(0.5, 0.9))
    film.frames(5, detection(0.5, 0.9, confidence=0.3))

    (track,) = film.seen[-1].values()
    assert track.last_frame == 19


def test_a_ghost_of_weak_detections_alone_ends() -> None:
    film = Tracking()
    film.frames(3, detection(0.5, 0.9))
    film.frames(60, detection(0.5, 0.9, confidence=0.3))

    (lost,) = film.lost
    assert lost.last_seen - lost.first_seen < 1.5 * SECOND


def crossing(film: Tracking, *, fps: int, drop: int = 0) -> tuple[list[str], list[str]]:
    """Film two people who walk past each other, the nearer one hiding the other; return the id at each end."""
    frames = 6 * fps
    for number in range(frames):
        share = number / (frames - 1)
        spots = {"near": (0.15 + 0.7 * share, 0.95), "far": (0.85 - 0.7 * share, 0.9)}
        boxes = {name: detection(*spot).box for name, spot in spots.items()}
        names = [name for name in visible(boxes) if not drop or (number + len(name)) % drop]
        film.frame(*(detection(*spots[name]) for name in names))
        if number == frames // 4:
            before = _left_to_right(film)
    return before, _left_to_right(film)


def _left_to_right(film: Tracking) -> list[str]:
    latest = {track.id: track for seen in film.seen for track in seen.values()}
    return sorted(latest, key=lambda each: latest[each].foot.x)


@pytest.mark.parametrize("fps", [5, 10, 25])
@pytest.mark.parametrize("drop", [0, 4])
def test_people_who_walk_past_each_other_keep_their_ids(fps: int, drop: int) -> None:
    film = Tracking(fps=fps)

    before, after = crossing(film, fps=fps, drop=drop)

    assert len(film.ids) == 2
    assert after == before[::-1]


@pytest.mark.parametrize("fps", [2, 30])
def test_the_frame_rate_does_not_matter(fps: int) -> None:
    film = Tracking(fps=fps)

    film.walk((0.1, 0.9), (0.9, 0.9), frames=8 * fps)

    assert len(film.ids) == 1


def test_supporting_frames_are_spread_over_the_tracks_life() -> None:
    film = Tracking()
    film.frames(500, detection(0.5, 0.9))

    (track,) = film.seen[-1].values()
    assert len(track.frames) <= 20
    assert (track.frames[0], track.frames[-1]) == (0, 499)
    assert max(later - earlier for earlier, later in pairwise(track.frames)) <= 64


def test_feet_are_never_outside_of_the_picture() -> None:
    film = Tracking()
    film.frames(3, detection(0.5, 1.1))

    (track,) = film.seen[-1].values()
    assert track.foot.y == 1.0


def test_the_end_gives_up_everybody_and_a_new_beginning_has_new_ids() -> None:
    film = Tracking()
    film.frames(5, detection(0.5, 0.9))
    (ended,) = film.tracker.finish()

    film.frames(5, detection(0.5, 0.9))

    assert ended.id not in film.seen[-1]
    assert len(film.ids) == 2


boxes = st.builds(
    lambda x, y, w, h: Box(x0=x, y0=y, x1=x + w, y1=y + h),
    *(st.floats(0, 0.8), st.floats(0, 0.8)),
    *(st.floats(0.01, 0.2), st.floats(0.01, 0.2)),
)


@given(boxes, boxes)
def test_overlap_is_a_share_and_the_same_both_ways(one: Box, other: Box) -> None:
    assert 0 <= overlap(one, other) <= 1
    assert overlap(one, other) == pytest.approx(overlap(other, one))
    assert overlap(one, one) == pytest.approx(1)
    assert same_person(one, one)


@given(st.lists(st.lists(st.tuples(st.floats(0.1, 0.9), st.floats(0.5, 1.0)), max_size=4), max_size=30))
def test_any_film_gives_each_detection_to_one_track_at_most(frames: list[list[tuple[float, float]]]) -> None:
    film, again = Tracking(), Tracking()
    for spots in frames:
        found = [detection(*spot) for spot in spots]
        seen = film.frame(*found)
        again.frame(*found)
        assert len(seen) <= len(found)
        assert {track.last_frame for track in seen.values()} <= {len(film.seen) - 1}

    assert film.seen == again.seen
    assert len({track.id for track in film.lost}) == len(film.lost)
