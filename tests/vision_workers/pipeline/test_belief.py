from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from event_store.events.cameras import CameraDark, CameraRestored
from event_store.events.clock import MinutePassed
from event_store.events.event import Box
from event_store.events.ops import ModelSuspect
from event_store.events.visits import ShopperEntered, ShopperExited
from event_store.events.zones import ZoneEntered, ZoneExited
from event_store.layout.model import Facing, Shelf
from tests.builders.films import GREEN, Walker, film
from tests.builders.networks import always, crowd, save_model
from tests.builders.watching import NOON, layout, store_plan, watch
from vision_workers.detectors import Detector, Device, Finding, ObjectDetector
from vision_workers.detectors.examination import examine
from vision_workers.detectors.facings import facing_detector
from vision_workers.frames import Picture, Track
from vision_workers.models import read_model_folder
from vision_workers.pipeline.belief import Belief, Suspicion


@pytest.fixture
def flooding(tmp_path: Path) -> ObjectDetector:
    """A detector that sees 60 people in every picture."""
    return Device("CPU").detector(read_model_folder(save_model(always(crowd(60)), tmp_path / "flood")))


def test_a_model_that_floods_is_reported_and_its_facts_are_withheld(flooding: Detector, tmp_path: Path) -> None:
    film(tmp_path / "door.mp4", seconds=10.0)

    _, seen = watch([store_plan(layout("door"), flooding, tmp_path)])

    (suspect,) = seen.operations
    assert isinstance(suspect, ModelSuspect)
    assert (suspect.camera_id, suspect.model, suspect.matched_share) == ("door", "flood", 0.0)
    assert suspect.detections_per_frame == pytest.approx(60, abs=2)
    assert seen.facts == []


@pytest.mark.parametrize("seconds", [1.0, 10.0], ids=["decided at the end", "decided early"])
def test_what_a_flooding_camera_sees_besides_people_is_told(flooding: Detector, tmp_path: Path, seconds: float) -> None:
    film(tmp_path / "door.mp4", seconds=seconds)
    facing = Facing(slot=1, polygon=[(0.4, 0.1), (0.6, 0.1), (0.6, 0.3), (0.4, 0.3)], patience_s=0)
    shop = msgspec.structs.replace(layout("door"), shelf=[Shelf(id="A1", camera="door", facing=[facing])])
    plan = store_plan(shop, flooding, tmp_path)
    camera = msgspec.structs.replace(plan.cameras[0], detectors=(flooding, facing_detector(shop, "door")))

    _, seen = watch([msgspec.structs.replace(plan, cameras=(camera,))])

    assert [type(each) for each in seen.operations] == [ModelSuspect]
    assert seen.kinds() == ["ShelfCounted", "ShelfEmpty"]


def test_a_recording_too_short_to_tell_is_decided_against_a_crowd(flooding: Detector, tmp_path: Path) -> None:
    film(tmp_path / "door.mp4", seconds=1.0)

    _, seen = watch([store_plan(layout("door"), flooding, tmp_path)])

    assert [type(each) for each in seen.operations] == [ModelSuspect]
    assert seen.facts == []


def test_a_flooding_camera_stops_no_other(flooding: Detector, blobs: Detector, tmp_path: Path) -> None:
    for camera in ("door", "aisle"):
        film(tmp_path / f"{camera}.mp4", seconds=8.0)
    plan = store_plan(layout("door", "aisle"), blobs, tmp_path)
    mixed = store_plan(layout("door", "aisle"), flooding, tmp_path).cameras[0]

    _, seen = watch([msgspec.structs.replace(plan, cameras=(mixed, plan.cameras[1]))])

    assert seen.kinds("door") == []
    assert "ShopperExited" in seen.kinds("aisle")
    assert "MinutePassed" in [type(each.event).__name__ for each in seen.facts]


class Turning:
    """A detector that works until somebody is well inside, and floods from then on."""

    def __init__(self, good: Detector, bad: Detector, after: int) -> None:
        self.target, self.model, self.threshold = good.target, good.model, good.threshold
        self._good, self._bad, self._left = good, bad, after

    def detect(self, picture: Picture, then: Callable[[], None], /) -> Finding:
        self._left -= 1
        return (self._good if self._left > 0 else self._bad).detect(picture, then)


def test_what_was_open_before_a_model_turned_bad_is_ended(flooding: Detector, blobs: Detector, tmp_path: Path) -> None:
    film(tmp_path / "door.mp4", [Walker(GREEN, 0.5, 6.0)], seconds=20.0)
    turning = Turning(blobs, flooding, after=35)

    _, seen = watch([store_plan(layout("door"), turning, tmp_path)])

    events = [each.event for each in seen.facts]
    entered = [each for each in events if isinstance(each, ShopperEntered)]
    exited = [each for each in events if isinstance(each, ShopperExited)]
    assert [each.visit_id for each in entered] == [each.visit_id for each in exited]
    assert [each.reason for each in exited] == ["camera_down"]
    stays = [each for each in events if isinstance(each, ZoneEntered)]
    assert [each.zone_id for each in events if isinstance(each, ZoneExited)] == [each.zone_id for each in stays]
    assert len(seen.operations) == 1


class Queue:
    """A detector that sees 25 people who stand still from one frame to another."""

    def __init__(self, good: Detector, queue: Detector, begins: int, ends: int) -> None:
        self.target, self.model, self.threshold = good.target, good.model, good.threshold
        self._good, self._queue, self._frames = good, queue, range(begins, ends)
        self._frame = -1

    def detect(self, picture: Picture, then: Callable[[], None], /) -> Finding:
        self._frame += 1
        return (self._queue if self._frame in self._frames else self._good).detect(picture, then)


@pytest.fixture
def queue(tmp_path: Path) -> ObjectDetector:
    return Device("CPU").detector(read_model_folder(save_model(always(crowd(25)), tmp_path / "queue")))


def test_a_queue_that_stands_still_ends_a_camera_only_while_it_stands(
    queue: Detector, blobs: Detector, tmp_path: Path
) -> None:
    film(tmp_path / "door.mp4", [Walker(GREEN, 0.5, 3.5), Walker(GREEN, 22.0, 26.0)], seconds=30.0)
    queued = Queue(blobs, queue, begins=60, ends=180)

    _, seen = watch([store_plan(layout("door"), queued, tmp_path)])

    events = [each.event for each in seen.facts]
    assert [each.time - NOON for each in events if isinstance(each, ShopperEntered)] == [
        pytest.approx(timedelta(seconds=0.5), abs=timedelta(seconds=0.3)),
        pytest.approx(timedelta(seconds=22), abs=timedelta(seconds=0.3)),
    ]
    (dark,) = [each for each in events if isinstance(each, CameraDark)]
    (restored,) = [each for each in events if isinstance(each, CameraRestored)]
    assert dark.time - NOON == pytest.approx(timedelta(seconds=6), abs=timedelta(seconds=1))
    assert restored.dark_since == dark.time
    assert restored.time - NOON == pytest.approx(timedelta(seconds=20), abs=timedelta(seconds=0.5))
    (minute,) = [each for each in events if isinstance(each, MinutePassed)]
    assert minute.cameras[0].covered_ms == pytest.approx(18_000, abs=2500)
    exits = [each.visit_id for each in events if isinstance(each, ShopperExited)]
    assert len(exits) == len(set(exits)) == 2
    assert len(seen.operations) == 1


def test_a_queue_that_stands_there_at_the_beginning_does_not_end_a_camera_for_good(
    queue: Detector, blobs: Detector, tmp_path: Path
) -> None:
    film(tmp_path / "door.mp4", [Walker(GREEN, 16.0, 20.0)], seconds=24.0)

    _, seen = watch([store_plan(layout("door"), Queue(blobs, queue, begins=0, ends=120), tmp_path)])

    kinds = seen.kinds("door")
    assert kinds[0] == "CameraOnline"
    assert (kinds.count("ShopperEntered"), kinds.count("ShopperExited")) == (1, 1)
    assert "CameraDark" not in kinds


def walkers(number: int, steps: float) -> list[Track]:
    first = Box(x0=0.0, y0=0.2, x1=0.1, y1=0.6)
    now = Box(x0=steps / 10, y0=0.2, x1=steps / 10 + 0.1, y1=0.6)
    return [
        Track(
            id=str(n),
            box=now,
            confidence=0.9,
            first_box=first,
            first_seen=NOON,
            first_frame=0,
            last_seen=NOON,
            last_frame=9,
            frames=(0, 9),
        )
        for n in range(number)
    ]


def test_a_crowd_in_which_people_move_is_believed() -> None:
    suspicion = Suspicion()

    assert {suspicion.weigh(30, walkers(8, steps=1.1)) for _ in range(200)} == {Belief.BELIEVED}


def test_a_crowd_in_which_everybody_only_shakes_is_a_flood() -> None:
    suspicion = Suspicion()

    beliefs = [suspicion.weigh(30, walkers(30, steps=0.9)) for _ in range(60)]

    assert set(beliefs[:-1]) == {Belief.DOUBTED}
    assert beliefs[-1] is Belief.SUSPECT


def test_a_doubt_that_passes_leaves_nothing_behind() -> None:
    suspicion = Suspicion()

    beliefs = [suspicion.weigh(30 if n % 50 < 30 else 3, []) for n in range(300)]

    assert Belief.SUSPECT not in beliefs
    assert beliefs[-1] is Belief.BELIEVED


def test_a_few_people_who_stand_still_are_believed() -> None:
    suspicion = Suspicion()

    assert {suspicion.weigh(12, []) for _ in range(500)} == {Belief.BELIEVED}


def test_more_people_than_fit_in_a_picture_are_suspect_even_when_they_move() -> None:
    suspicion = Suspicion()

    assert [suspicion.weigh(150, []) for _ in range(60)][-1] is Belief.SUSPECT


def test_a_model_is_checked_with_pictures_in_which_nobody_is(flooding: ObjectDetector, blobs: ObjectDetector) -> None:
    assert examine(flooding).floods
    assert not examine(blobs).floods


def test_a_few_doubtful_frames_at_the_end_are_believed() -> None:
    suspicion = Suspicion()
    for _ in range(100):
        suspicion.weigh(3, [])
    for _ in range(10):
        suspicion.weigh(40, [])

    assert suspicion.conclude() is Belief.BELIEVED
