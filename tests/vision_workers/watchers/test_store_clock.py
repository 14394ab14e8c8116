from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import chain
from random import Random

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from event_store.events.clock import MinutePassed
from event_store.events.event import CameraFact, Event
from event_store.layout.model import Layout
from tests.builders.shop_floor import DOOR, LINE, NOON, FilmedFloor, layout
from vision_workers.watchers import StoreClock

SECOND = timedelta(seconds=1)
MINUTE = 60 * SECOND
DOORSTEP, FLOOR = (0.5, 0.95), (0.5, 0.6)


def film(clock: StoreClock, camera: str, seconds: int, *, fps: int = 10, start: datetime = NOON) -> list[MinutePassed]:
    frames = (clock.observe(camera, start + number * SECOND / fps, []) for number in range(seconds * fps))
    return [*chain.from_iterable(frames)]


def test_a_minute_passes_once_its_facts_have_settled() -> None:
    clock = StoreClock(layout(DOOR), ["entrance"])

    assert film(clock, "entrance", 70) == []
    (minute,) = clock.observe("entrance", NOON + 70 * SECOND, [])

    assert (minute.time, minute.store_id) == (NOON + MINUTE, "corner")


def test_each_minute_says_what_each_camera_delivered() -> None:
    clock = StoreClock(layout(DOOR), ["entrance", "till"])
    film(clock, "entrance", 80)
    (minute,) = film(clock, "till", 80, fps=1)

    entrance, till = minute.cameras
    assert (entrance.camera_id, entrance.frames, entrance.covered_ms) == ("entrance", 600, 60_000)
    assert (till.camera_id, till.frames, till.last_frame_at) == ("till", 60, NOON + 59 * SECOND)


def test_a_gap_is_not_covered() -> None:
    clock = StoreClock(layout(DOOR), ["entrance"])
    film(clock, "entrance", 20)
    (minute,) = film(clock, "entrance", 40, start=NOON + 50 * SECOND)

    (entrance,) = minute.cameras
    assert entrance.covered_ms == 20_000 - 100 + 2_000 + 10_000


def test_the_slowest_camera_holds_the_clock_until_it_is_down() -> None:
    clock = StoreClock(layout(DOOR), ["entrance", "till"])
    film(clock, "till", 30)

    assert film(clock, "entrance", 200) == []
    assert [minute.time for minute in clock.down("till")] == [NOON + MINUTE, NOON + 2 * MINUTE, NOON + 3 * MINUTE]


def test_a_camera_that_has_not_begun_holds_the_clock_too() -> None:
    clock = StoreClock(layout(DOOR), ["entrance", "till"])

    assert film(clock, "entrance", 100) == []
    assert len(clock.down("till")) == 1


def test_the_end_of_the_film_passes_the_unfinished_minute() -> None:
    clock = StoreClock(layout(DOOR), ["entrance"])
    film(clock, "entrance", 65)

    whole, rest = clock.finish()

    assert (whole.time, rest.time) == (NOON + MINUTE, NOON + 2 * MINUTE)
    assert [camera.frames for camera in rest.cameras] == [50]


def test_a_night_without_frames_passes_minute_by_minute_but_a_year_does_not() -> None:
    clock = StoreClock(layout(DOOR), ["entrance"])
    film(clock, "entrance", 1)

    assert len(clock.observe("entrance", NOON + 600 * MINUTE, [])) == 599
    assert clock.observe("entrance", NOON + timedelta(days=365), []) == []


def test_people_inside_are_counted_at_the_doors() -> None:
    store = layout(DOOR)
    floor = FilmedFloor(store)
    floor.walk_all({"ann": (DOORSTEP, FLOOR), "bob": ((0.2, 0.95), (0.2, 0.6))})
    floor.walk("ann", FLOOR, DOORSTEP)
    floor.lose("ann", "bob")
    floor.wait(70)

    assert [minute.occupancy for minute in passed(store, floor)] == [1, 1]


def test_a_store_without_a_door_has_no_count() -> None:
    clock = StoreClock(layout(LINE), ["entrance"])

    (minute,) = film(clock, "entrance", 71)

    assert minute.occupancy is None


def test_nobody_is_left_inside_from_the_day_before() -> None:
    store = layout(DOOR)
    evening = NOON.replace(hour=22, minute=58)
    floor = FilmedFloor(store, start=evening)
    floor.walk("ann", DOORSTEP, FLOOR)
    floor.lose("ann")
    floor.wait(150)
    floor.walk("bob", DOORSTEP, FLOOR)

    assert [minute.occupancy for minute in passed(store, floor)] == [1, 1, 1]


def passed(store: Layout, floor: FilmedFloor) -> list[MinutePassed]:
    clock = StoreClock(store, ["entrance"])
    minutes: list[MinutePassed] = []
    decided: dict[datetime, list[Event]] = {}
    for event in floor.events:
        assert isinstance(event, CameraFact)
        decided.setdefault(event.evidence.frame_time, []).append(event)
    for time in floor.times:
        minutes += clock.observe("entrance", time, decided.get(time, []))
    return [*minutes, *clock.finish()]


@given(st.randoms(use_true_random=False))
def test_the_minutes_are_the_same_whichever_camera_is_ahead(random: Random) -> None:
    cameras = {"entrance": 130, "till": 95, "aisle": 200}
    in_turn, mixed = (StoreClock(layout(DOOR), cameras) for _ in range(2))
    frames = [(camera, number) for camera, count in cameras.items() for number in range(count)]
    shuffled = _interleaved(cameras, random)

    assert _run(in_turn, frames, cameras) == _run(mixed, shuffled, cameras)


def _interleaved(cameras: dict[str, int], random: Random) -> list[tuple[str, int]]:
    order = [camera for camera, count in cameras.items() for _ in range(count)]
    random.shuffle(order)
    seen = dict.fromkeys(cameras, 0)
    frames: list[tuple[str, int]] = []
    for camera in order:
        frames.append((camera, seen[camera]))
        seen[camera] += 1
    return frames


def _run(clock: StoreClock, frames: Sequence[tuple[str, int]], counts: dict[str, int]) -> list[bytes]:
    passed_minutes: list[MinutePassed] = []
    for camera, number in frames:
        passed_minutes += clock.observe(camera, NOON + number * SECOND, [])
        if number + 1 == counts[camera]:
            passed_minutes += clock.down(camera)
    return [msgspec.json.encode(minute) for minute in [*passed_minutes, *clock.finish()]]
