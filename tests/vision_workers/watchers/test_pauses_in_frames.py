from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from event_store.events.event import Event
from event_store.events.visits import ShopperEntered, ShopperExited
from event_store.events.zones import ZoneExited
from tests.builders.shop_floor import DOOR, NOON, PROVENANCE, RUN, Spot, layout, standing_at
from vision_workers.frames import Detection, Observation
from vision_workers.observed import ObservedFrame
from vision_workers.targets import PEOPLE
from vision_workers.tracking import Tracker
from vision_workers.watchers import ShopperWatcher, Site

FLOOR = """
[[zone]]
id = "floor"
name = "Floor"
camera = "entrance"
polygon = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]
"""
DOORSTEP, INSIDE = (0.5, 0.97), (0.5, 0.5)
PACE = timedelta(milliseconds=100)


class Camera:
    """A camera whose frames come when they come: a real tracker and real watchers behind it."""

    def __init__(self) -> None:
        site = Site(layout=layout(DOOR, FLOOR), camera_id="entrance", run=RUN, provenances={PEOPLE.name: PROVENANCE})
        self._tracker, self._watcher = Tracker("entrance", RUN, 0.5), ShopperWatcher(site)
        self._number = 0
        self.now = NOON
        self.events: list[Event] = []

    def frame(self, time: datetime, *spots: Spot) -> None:
        found = [Detection(box=standing_at(spot), confidence=0.9) for spot in spots]
        tracked = self._tracker.update(self._number, time, found)
        observation = Observation(
            camera_id="entrance",
            frame=self._number,
            time=time,
            tracks=tracked.tracks,
            lost=tracked.lost,
            input_digest=lambda: "",
        )
        self.events += self._watcher.observe(ObservedFrame.of_people(observation))
        self._number, self.now = self._number + 1, time

    def shopper_comes_and_goes(self, pace: timedelta = PACE) -> None:
        """Film eight seconds of somebody who comes in by the door, stays, and goes out by it."""
        began = self.now
        frames = timedelta(seconds=8) // pace
        for number in range(frames):
            share = number / (frames - 1)
            inward = min(1.0, 3 * share, 3 * (1 - share))
            down = DOORSTEP[1] + inward * (INSIDE[1] - DOORSTEP[1])
            self.frame(began + number * pace, (0.5, down))

    def send_nothing(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def send_empty(self, seconds: float, every: float) -> None:
        began = self.now
        for number in range(1, round(seconds / every) + 1):
            self.frame(began + number * timedelta(seconds=every))
        self.now = began + timedelta(seconds=seconds)

    def of(self, kind: type[Event]) -> list[Event]:
        return [event for event in self.events if isinstance(event, kind)]


PAUSES: dict[str, Callable[[Camera], None]] = {
    "nothing for 3 s": lambda camera: camera.send_nothing(3),
    "nothing for 30 s": lambda camera: camera.send_nothing(30),
    "nothing for two hours": lambda camera: camera.send_nothing(7200),
    "one empty frame after 30 s": lambda camera: camera.send_empty(30, every=29.9),
    "one frame a second": lambda camera: camera.send_empty(2, every=1),
    "one frame a second for a minute": lambda camera: camera.send_empty(60, every=1),
    "a frame every five seconds": lambda camera: camera.send_empty(60, every=5),
}


@pytest.mark.parametrize("pause", PAUSES)
def test_two_people_with_a_pause_in_frames_between_them_are_two(pause: str) -> None:
    camera = Camera()
    camera.shopper_comes_and_goes()
    PAUSES[pause](camera)
    second_comes = camera.now
    camera.shopper_comes_and_goes()
    camera.send_empty(8, every=1)

    entered, left = camera.of(ShopperEntered), camera.of(ShopperExited)
    assert [event.time for event in entered] == [NOON, second_comes]
    assert [event.time - NOON for event in left] == [
        timedelta(seconds=7.9),
        second_comes - NOON + timedelta(seconds=7.9),
    ]
    stays = [event.dwell_ms for event in camera.of(ZoneExited) if isinstance(event, ZoneExited)]
    assert stays == [pytest.approx(7900, abs=300)] * 2


@pytest.mark.parametrize("pause_s", [7, 30, 7200])
def test_who_stands_still_is_not_vouched_for_while_nothing_was_seen(pause_s: float) -> None:
    camera = Camera()
    for _ in range(2):
        began = camera.now
        for number in range(100):
            camera.frame(began + number * PACE, INSIDE)
        camera.send_nothing(pause_s)
    camera.send_empty(10, every=1)

    stays = [event.dwell_ms for event in camera.of(ZoneExited) if isinstance(event, ZoneExited)]
    assert stays == [9900, 9900]


@pytest.mark.parametrize("every_s", [1, 2, 3, 5])
def test_a_camera_that_always_sends_few_frames_follows_who_stands(every_s: float) -> None:
    camera = Camera()
    began = camera.now
    for number in range(30):
        camera.frame(began + number * timedelta(seconds=every_s), INSIDE)
    camera.send_empty(40, every=every_s)

    stays = [event.dwell_ms for event in camera.of(ZoneExited) if isinstance(event, ZoneExited)]
    assert sum(stays) >= 0.8 * 29_000 * every_s
    assert len(stays) == 1
