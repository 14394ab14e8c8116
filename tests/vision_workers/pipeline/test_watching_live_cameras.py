import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import numpy as np
import pytest

from event_store.events.cameras import CameraDark, CameraOnline, CameraRestored
from event_store.events.ops import CameraCleared, CameraObscured
from event_store.events.visits import ShopperEntered, ShopperExited
from event_store.events.workers import Obstruction
from tests.builders.films import HEIGHT, WIDTH, film, scene
from tests.builders.streams import NetworkCamera
from tests.builders.transport_streams import sent_as_stream
from tests.builders.videos import video
from tests.builders.watching import Collected, layout, store_plan
from vision_workers.cameras import sight
from vision_workers.cameras.moments import Moments
from vision_workers.detectors import Detector
from vision_workers.frames import Picture
from vision_workers.pipeline import Pipeline, PipelineSettings, StorePlan
from vision_workers.worker import heartbeat

SETTINGS = PipelineSettings(silence=timedelta(milliseconds=600))
PATIENCE_S = 30.0


@contextmanager
def watching(plan: StorePlan) -> Iterator[tuple[Pipeline, Collected]]:
    """Watch on a thread until the block ends."""
    collected = Collected()
    pipeline = Pipeline([plan], collected, SETTINGS)
    thread = threading.Thread(target=pipeline.run)
    thread.start()
    try:
        yield pipeline, collected
    finally:
        pipeline.stop()
        thread.join()


def until(holds: Callable[[], object]) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.02)


def test_a_camera_that_stops_is_reported_dark_and_restored_when_it_comes_back(blobs: Detector, tmp_path: Path) -> None:
    with NetworkCamera() as camera:
        plan = store_plan(layout("door", sources=[camera.address]), blobs, tmp_path)
        with watching(plan) as (pipeline, seen):
            until(lambda: "ShopperEntered" in seen.kinds())
            camera.off()
            until(lambda: "CameraDark" in seen.kinds())
            assert pipeline.cameras[0].state == "dark"
            camera.on()
            until(lambda: "CameraRestored" in seen.kinds())
            until(lambda: seen.kinds().count("ShopperEntered") > 1)

    events = [each.event for each in seen.facts]
    (dark,) = [each for each in events if isinstance(each, CameraDark)]
    (restored,) = [each for each in events if isinstance(each, CameraRestored)]
    assert restored.dark_since == dark.time < restored.time
    assert (dark.silence_ms, dark.delivered) == (600, True)
    assert "127.0.0.1" not in dark.cause
    assert len([each for each in events if isinstance(each, CameraOnline)]) == 1
    entered = [each.visit_id for each in events if isinstance(each, ShopperEntered)]
    exited = {each.visit_id: each.reason for each in events if isinstance(each, ShopperExited)}
    assert len(set(entered)) == len(entered)
    assert set(entered) == set(exited)
    assert exited[entered[0]] == "camera_down"


class SettableClock:
    """This machine's clock, which somebody sets."""

    def __init__(self) -> None:
        self.offset = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.offset


def test_a_clock_that_is_set_back_is_told_as_a_gap_and_leaves_nobody_out(
    blobs: Detector, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = SettableClock()
    monkeypatch.setattr("vision_workers.cameras.live.Moments", lambda: Moments(now=clock))
    with NetworkCamera() as camera:
        plan = store_plan(layout("door", sources=[camera.address]), blobs, tmp_path)
        with watching(plan) as (pipeline, seen):
            until(lambda: "ShopperEntered" in seen.kinds())
            clock.offset = -timedelta(hours=1)
            until(lambda: "CameraDark" in seen.kinds())
            before = seen.kinds().count("ShopperEntered")
            until(lambda: seen.kinds().count("ShopperEntered") > before + 1)
            assert pipeline.cameras[0].state == "online"

    events = [each.event for each in seen.facts]
    (dark,) = [each for each in events if isinstance(each, CameraDark)]
    first, again = [each for each in events if isinstance(each, CameraOnline)]
    entered = [each for each in events if isinstance(each, ShopperEntered)]
    exited = {each.visit_id: each for each in events if isinstance(each, ShopperExited)}
    assert re.fullmatch(r"the machine's clock was set back by 3,(599|600) s", dark.cause)
    assert again.time - timedelta(seconds=1) < dark.time <= again.time < first.time
    assert {each.visit_id for each in entered} == set(exited) - {None}
    assert exited[entered[before - 1].visit_id].reason == "camera_down"
    assert entered[before + 1].time - entered[before].time > timedelta(seconds=2)
    assert len({each.id for each in seen.facts}) == len(seen.facts)


def test_a_camera_that_never_answers_is_dark_and_stops_no_recording(blobs: Detector, tmp_path: Path) -> None:
    film(tmp_path / "door.mp4")
    with NetworkCamera() as camera:
        camera.off()
        plan = store_plan(layout("door", "yard", sources=["door.mp4", camera.address]), blobs, tmp_path)

        with watching(plan) as (pipeline, seen):
            until(lambda: "CameraDark" in seen.kinds("yard"))
            until(lambda: pipeline.cameras[0].state == "ended")

    assert "ShopperExited" in seen.kinds("door")
    assert seen.kinds("yard") == ["CameraDark"]
    assert [each.event.delivered for each in seen.facts if isinstance(each.event, CameraDark)] == [False]


def test_a_live_camera_is_down_while_nothing_more_can_be_kept(blobs: Detector, tmp_path: Path) -> None:
    with NetworkCamera() as camera:
        plan = store_plan(layout("door", sources=[camera.address]), blobs, tmp_path)
        with watching(plan) as (_, seen):
            until(lambda: "ShopperEntered" in seen.kinds())
            seen.room = False
            until(lambda: "CameraDark" in seen.kinds())
            until(lambda: "ShopperExited" in seen.kinds())
            before = len(seen.steps)
            time.sleep(0.3)
            assert len(seen.steps) == before
            seen.room = True
            until(lambda: "CameraRestored" in seen.kinds())

    (dark,) = [each.event for each in seen.facts if isinstance(each.event, CameraDark)]
    assert dark.cause == "the worker's spool is full"


def test_recordings_wait_while_nothing_more_can_be_kept_and_lose_nothing(blobs: Detector, tmp_path: Path) -> None:
    film(tmp_path / "door.mp4")
    plan = store_plan(layout("door"), blobs, tmp_path)
    undisturbed = Collected()
    Pipeline([plan], undisturbed, SETTINGS).run()

    with watching(store_plan(layout("door"), blobs, tmp_path)) as (pipeline, seen):
        until(lambda: len(seen.steps) > 10)
        seen.room = False
        time.sleep(0.3)
        seen.room = True
        until(lambda: pipeline.cameras[0].state == "ended")

    assert [msgspec.to_builtins(each) for each in seen.facts] == [
        msgspec.to_builtins(each) for each in undisturbed.facts
    ]


def lit(number: int) -> Picture:
    """Return a shop in daylight, which changes from frame to frame."""
    light = np.linspace(40, 200, WIDTH)[None, :, None] + number % 5
    return np.asarray(np.tile(light, (HEIGHT, 1, 3)), np.uint8)


@pytest.mark.parametrize(
    ("picture", "how", "words"),
    [(scene(0.0, []), "black", "is black"), (lit(0), "frozen", "does not change")],
)
def test_a_live_camera_whose_picture_shows_nothing_says_so_until_it_is_over(
    blobs: Detector, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, picture: Picture, how: Obstruction, words: str
) -> None:
    monkeypatch.setitem(sight.PATIENCE, how, timedelta(seconds=2))
    clip = video(tmp_path / "door.ts", [picture] * 150 + [lit(number) for number in range(250)])
    with sent_as_stream(clip) as address:
        plan = store_plan(layout("door", sources=[address]), blobs, tmp_path)
        with watching(plan) as (pipeline, seen):
            until(lambda: pipeline.cameras[0].trouble)
            state, trouble = pipeline.cameras[0].state, pipeline.cameras[0].trouble
            reported = heartbeat._watched(pipeline.cameras[0])
            until(lambda: pipeline.cameras[0].trouble is None)

    obscured, cleared, *_ = seen.operations
    assert state == "online"
    assert re.fullmatch(rf"its picture {words} since \d\d:\d\d:\d\d; look at the camera", str(trouble))
    assert isinstance(obscured, CameraObscured)
    assert isinstance(cleared, CameraCleared)
    assert obscured.how == how
    assert cleared.obscured_since == obscured.since
    assert (reported.obscured, reported.obscured_since) == (how, obscured.since)
