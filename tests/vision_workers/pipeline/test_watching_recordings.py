import threading
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from event_store.events.cameras import CameraDark, CameraOnline
from event_store.events.clock import MinutePassed
from event_store.events.visits import ShopperEntered, ShopperExited
from event_store.serialization import encode
from tests.builders.films import BLUE, GREEN, RED, Walker, film
from tests.builders.watching import NOON, layout, store_plan, watch
from vision_workers.detectors import Detector, Finding
from vision_workers.frames import Picture
from vision_workers.pipeline.lanes import Lane
from vision_workers.pipeline.readers import Reader
from vision_workers.pipeline.schedule import Schedule
from vision_workers.targets import PEOPLE, Want


def test_a_walk_through_the_shop_becomes_its_facts_in_order(blobs: Detector, tmp_path: Path) -> None:
    film(tmp_path / "door.mp4")

    _, seen = watch([store_plan(layout("door"), blobs, tmp_path)])

    assert seen.kinds() == [
        "CameraOnline",
        "ShopperEntered",
        "ZoneEntered",
        "LineCrossed",
        "ZoneExited",
        "ShopperExited",
    ]
    (entered,) = [each.event for each in seen.facts if isinstance(each.event, ShopperEntered)]
    (exited,) = [each.event for each in seen.facts if isinstance(each.event, ShopperExited)]
    assert (entered.time - NOON).total_seconds() == pytest.approx(0.5, abs=0.11)
    assert (exited.time - NOON).total_seconds() == pytest.approx(3.5, abs=0.31)
    assert (exited.reason, exited.visit_id) == ("left", entered.visit_id)


def test_the_first_fact_of_a_camera_is_that_it_is_online(blobs: Detector, tmp_path: Path) -> None:
    film(tmp_path / "door.mp4")

    _, seen = watch([store_plan(layout("door"), blobs, tmp_path)])

    online = seen.facts[0].event
    assert isinstance(online, CameraOnline)
    assert (online.time, online.width_px, online.height_px, online.model) == (NOON, 256, 128, "blobs")


def test_each_source_is_numbered_from_one_without_holes(blobs: Detector, tmp_path: Path) -> None:
    for camera in ("door", "aisle"):
        film(tmp_path / f"{camera}.mp4", [Walker(RED), Walker(GREEN, 1.0, 3.0)])

    _, seen = watch([store_plan(layout("door", "aisle"), blobs, tmp_path)])

    sources = {each.source for each in seen.facts}
    assert len(sources) == 3
    for source in sources:
        numbers = [each.sequence for each in seen.facts if each.source == source]
        assert numbers == list(range(1, len(numbers) + 1))


class Uneven:
    """A detector whose answers take their time, differently on each run."""

    def __init__(self, detector: Detector, pauses: list[float]) -> None:
        self._detector, self._pauses, self._asked = detector, pauses, 0
        self.target, self.model, self.threshold = detector.target, detector.model, detector.threshold

    def detect(self, picture: Picture, then: Callable[[], None], /) -> Finding:
        self._asked += 1
        time.sleep(self._pauses[self._asked % len(self._pauses)])
        return self._detector.detect(picture, then)


def test_facts_do_not_depend_on_the_pace_of_the_cameras(blobs: Detector, tmp_path: Path) -> None:
    cameras = ("door", "aisle", "till")
    walkers = {
        "door": [Walker(RED)],
        "aisle": [Walker(GREEN, 0.2, 2.0), Walker(BLUE, 1.0, 3.9)],
        "till": [Walker(BLUE)],
    }
    for camera, rate in zip(cameras, (10.0, 25.0, 7.0), strict=True):
        film(tmp_path / f"{camera}.mp4", walkers[camera], fps=rate)
    plan = store_plan(layout(*cameras), blobs, tmp_path)
    slow = msgspec.structs.replace(plan.cameras[1], detectors=(Uneven(blobs, [0.0, 0.004, 0.011]),))
    shuffled = msgspec.structs.replace(plan, cameras=(plan.cameras[0], slow, plan.cameras[2]))

    first = [encode(each) for each in watch([plan])[1].facts]
    second = [encode(each) for each in watch([store_plan(layout(*cameras), blobs, tmp_path)])[1].facts]
    uneven = [encode(each) for each in watch([shuffled])[1].facts]

    assert len(first) > 15
    assert first == second == uneven


def test_a_corrupt_camera_is_dark_and_stops_no_other(blobs: Detector, tmp_path: Path) -> None:
    film(tmp_path / "door.mp4")
    (tmp_path / "aisle.mp4").write_bytes(b"no film" * 100)

    pipeline, seen = watch([store_plan(layout("door", "aisle", "gone"), blobs, tmp_path)])

    assert "ShopperExited" in seen.kinds("door")
    assert seen.kinds("aisle") == seen.kinds("gone") == ["CameraDark"]
    dark = {each.event.camera_id: each.event for each in seen.facts if isinstance(each.event, CameraDark)}
    assert dark["aisle"].time == NOON
    assert dark["gone"].cause == "the source does not exist"
    assert str(tmp_path) not in dark["aisle"].cause
    assert [camera.state for camera in pipeline.cameras] == ["ended", "failed", "failed"]


def test_the_minutes_of_a_store_say_how_many_are_inside(blobs: Detector, tmp_path: Path) -> None:
    film(tmp_path / "door.mp4", [Walker(RED)], seconds=62.0, fps=5.0)

    _, seen = watch([store_plan(layout("door"), blobs, tmp_path)])

    minutes = [each.event for each in seen.facts if isinstance(each.event, MinutePassed)]
    assert [minute.occupancy for minute in minutes] == [0, 0]
    assert minutes[0].cameras[0].frames == 300


def test_a_visit_is_traced_and_correlated_as_one(blobs: Detector, tmp_path: Path) -> None:
    film(tmp_path / "door.mp4")

    _, seen = watch([store_plan(layout("door"), blobs, tmp_path)])

    visit = [each for each in seen.facts if getattr(each.event, "visit_id", None)]
    assert len(visit) == 5
    assert {each.correlationid for each in visit} == {visit[0].event.visit_id}  # type: ignore[attr-defined]
    assert len({(each.traceparent or "")[:35] for each in visit}) == 1
    assert len({each.traceparent for each in visit}) == len({each.id for each in visit}) == 5


class Waits:
    """Remembers how long it was asked to wait, and waits not at all."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    def is_set(self) -> bool:
        return False

    def wait(self, seconds: float) -> None:
        self.seconds.append(seconds)


@pytest.mark.parametrize(("real_time", "waited"), [(True, pytest.approx(0.4, abs=0.2)), (False, 0.0)])
def test_a_recording_may_be_played_at_its_own_pace(
    real_time: bool,  # noqa: FBT001 - a parameter of the test
    waited: float,
    blobs: Detector,
    tmp_path: Path,
) -> None:
    film(tmp_path / "door.mp4", seconds=0.5)
    (camera,) = store_plan(layout("door"), blobs, tmp_path).cameras
    lane = Lane("door", live=False, changed=threading.Condition())
    reader = Reader(camera.source, Schedule(camera, [Want(target=PEOPLE)]), lane)
    waits = Waits()
    reader._stopped = waits  # type: ignore[assignment]

    reader.start(real_time=real_time)
    reader._thread.join()

    assert max(waits.seconds, default=0.0) == waited
