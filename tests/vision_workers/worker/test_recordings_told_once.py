import os
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import cv2
import msgspec
import pytest

from event_store.envelope import Envelope
from event_store.events.clock import MinutePassed
from event_store.events.layouts import LayoutPublished
from event_store.events.visits import ShopperEntered, ShopperExited
from event_store.layout.model import Layout
from tests.builders.films import RED, Walker, film, scene
from tests.builders.networks import always, crowd, save_model
from tests.builders.streams import NetworkCamera
from tests.builders.videos import video
from tests.builders.watching import NOON
from tests.builders.working import by_source, described, sent, settings, shop, status, until, work, working
from vision_workers.frames import Picture
from vision_workers.sink import ListSink
from vision_workers.spool.kept_runs import KeptRuns
from vision_workers.worker import Assignment
from vision_workers.worker.errors import CamerasFailed
from vision_workers.worker.status import CameraStatus, status_path


def kinds(facts: list[Envelope]) -> list[str]:
    return [type(each.event).__name__ for each in facts]


def renamed(layout: Layout, name: str) -> Layout:
    return msgspec.structs.replace(layout, store=msgspec.structs.replace(layout.store, name=name))


def test_a_recording_that_was_told_to_its_end_is_not_told_again(blobs_folder: Path, tmp_path: Path) -> None:
    sink, assignment = ListSink(), shop(tmp_path, blobs_folder, "door")
    work([assignment], sink, settings(tmp_path))
    told = len(sent(sink)), len(sent(sink, "ops"))

    for _ in range(2):
        work([assignment], sink, settings(tmp_path))

    assert "ShopperEntered" in kinds(sent(sink))
    assert (len(sent(sink)), len(sent(sink, "ops"))) == told
    (camera,) = status(tmp_path).cameras
    assert (camera.state, camera.camera_id) == ("played already", "door")
    assert camera.trouble == "told to its end; --take 2 tells it once more"


def test_a_take_tells_a_recording_once_more_however_often_it_is_started(blobs_folder: Path, tmp_path: Path) -> None:
    sink, assignment = ListSink(), shop(tmp_path, blobs_folder, "door")
    work([assignment], sink, settings(tmp_path))
    first = sent(sink)

    for _ in range(2):
        work([assignment], sink, settings(tmp_path, take=2))

    again = sent(sink)[len(first) :]
    assert kinds(again) == kinds(first[1:])
    assert not {each.id for each in first} & {each.id for each in again}
    assert status(tmp_path).cameras[0].trouble == "told to its end; --take 3 tells it once more"


def test_a_recording_is_known_by_its_content_and_not_by_its_name_or_date(blobs_folder: Path, tmp_path: Path) -> None:
    sink, assignment = ListSink(), shop(tmp_path, blobs_folder, "door")
    work([assignment], sink, settings(tmp_path))
    told = kinds(sent(sink))
    shutil.copy(tmp_path / "door.mp4", tmp_path / "copied.mp4")
    os.utime(tmp_path / "door.mp4", (0, 0))

    work([assignment], sink, settings(tmp_path))
    copied = described(blobs_folder, "door", sources=["copied.mp4"])
    work([Assignment(layout=copied, folder=tmp_path)], sink, settings(tmp_path))

    assert kinds(sent(sink)) == told  # and where it lies is nothing that a layout publishes


def test_another_recording_of_the_same_name_is_told(blobs_folder: Path, tmp_path: Path) -> None:
    sink, assignment = ListSink(), shop(tmp_path, blobs_folder, "door")
    work([assignment], sink, settings(tmp_path))
    film(tmp_path / "door.mp4", [Walker(RED, 1.0, 3.0)])

    work([assignment], sink, settings(tmp_path))

    assert kinds(sent(sink)).count("ShopperEntered") == 2


def test_a_changed_layout_makes_nobody_come_twice(blobs_folder: Path, tmp_path: Path) -> None:
    sink, assignment = ListSink(), shop(tmp_path, blobs_folder, "door")
    work([assignment], sink, settings(tmp_path))
    told = kinds(sent(sink))

    work([Assignment(layout=renamed(assignment.layout, "refitted"), folder=tmp_path)], sink, settings(tmp_path))

    assert kinds(sent(sink)) == [*told, "LayoutPublished"]


def test_a_camera_that_is_new_is_watched_beside_one_that_has_told_everything(
    blobs_folder: Path, tmp_path: Path
) -> None:
    sink = ListSink()
    work([shop(tmp_path, blobs_folder, "door")], sink, settings(tmp_path))
    before = len(sent(sink))

    work([shop(tmp_path, blobs_folder, "door", "aisle")], sink, settings(tmp_path))

    later = [each for each in sent(sink)[before:] if not isinstance(each.event, LayoutPublished)]
    minutes = [each.event for each in later if isinstance(each.event, MinutePassed)]
    assert {each.source.split("/")[4] for each in later if "/camera/" in each.source} == {"aisle"}
    assert [[camera.camera_id for camera in minute.cameras] for minute in minutes] == [["aisle"]]
    assert [minute.occupancy for minute in minutes] == [None]
    assert {camera.camera_id: camera.state for camera in status(tmp_path).cameras} == {
        "aisle": "ended",
        "door": "played already",
    }


def test_what_was_interrupted_goes_on_under_another_layout_with_the_frame_after(
    blobs_folder: Path, tmp_path: Path
) -> None:
    undisturbed, sink = ListSink(), ListSink()
    assignment = shop(tmp_path, blobs_folder, "door", "aisle")
    film(tmp_path / "aisle.mp4", [])
    work([assignment], undisturbed, settings(tmp_path / "undisturbed"))
    with working([assignment], sink, settings(tmp_path, real_time=True)):
        until(lambda: any(isinstance(each.event, ShopperEntered) for each in sent(sink)))
    first = sent(sink)

    refitted = Assignment(layout=renamed(assignment.layout, "refitted"), folder=tmp_path)
    work([refitted], sink, settings(tmp_path, start=NOON + timedelta(days=1)))

    later = sent(sink)[len(first) :]
    ended = [each.event for each in later if isinstance(each.event, ShopperExited)]
    online = [each.event for each in later if type(each.event).__name__ == "CameraOnline"]
    assert [each.reason for each in ended] == ["camera_down", "left"]
    assert all(timedelta() <= each.time - ended[0].time < timedelta(seconds=1) for each in online)
    assert kinds(sent(sink)).count("ShopperEntered") == 1
    assert ended[1].time == next(each.event.time for each in sent(undisturbed) if isinstance(each.event, ShopperExited))
    samples = [msgspec.json.decode(each.record) for each in sink.records if each.channel == "samples"]
    assert len({each["time"] for each in samples}) == len(samples) > 5
    assert all(numbers == list(range(1, len(numbers) + 1)) for numbers in by_source(sent(sink)).values())


def test_a_camera_that_failed_is_told_when_its_recording_is_there(blobs_folder: Path, tmp_path: Path) -> None:
    sink, assignment = ListSink(), shop(tmp_path, blobs_folder, "door", "aisle")
    (tmp_path / "aisle.mp4").unlink()
    with pytest.raises(CamerasFailed, match="aisle"):
        work([assignment], sink, settings(tmp_path))
    before = len(sent(sink))
    film(tmp_path / "aisle.mp4")

    work([assignment], sink, settings(tmp_path))

    later = sent(sink)[before:]
    assert {each.source.split("/")[4] for each in later if "/camera/" in each.source} == {"aisle"}
    assert kinds(later).count("ShopperEntered") == 1


def test_what_a_flooding_model_had_withheld_is_told_by_a_better_one(blobs_folder: Path, tmp_path: Path) -> None:
    sink, assignment = ListSink(), shop(tmp_path, blobs_folder, "door")
    flooding = save_model(always(crowd(60)), tmp_path / "flood")
    for model in (flooding, flooding, blobs_folder, blobs_folder):
        layout = described(model, "door")
        work([msgspec.structs.replace(assignment, layout=layout)], sink, settings(tmp_path))

    assert kinds(sent(sink)).count("ShopperEntered") == kinds(sent(sink)).count("ShopperExited") == 1
    assert status(tmp_path).cameras[0].state == "played already"


def test_a_recording_beside_a_live_camera_repeats_no_minute_after_a_kill(
    blobs_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sink = ListSink()
    film(tmp_path / "door.mp4", seconds=62.0, fps=5.0)

    def watch() -> None:
        with working([assignment], sink, settings(tmp_path, once=False)):
            until(lambda: {each.camera_id: each.state for each in cameras(tmp_path)} == wanted)

    with NetworkCamera() as camera:
        layout = described(blobs_folder, "door", "yard", sources=["door.mp4", camera.address])
        assignment, wanted = Assignment(layout=layout, folder=tmp_path), {"door": "ended", "yard": "online"}
        with monkeypatch.context() as killed:
            killed.setattr(KeptRuns, "complete", lambda *_: None)
            watch()
        status_path(tmp_path / "data", "worker").unlink()
        watch()

    minutes = [each.event for each in sent(sink) if isinstance(each.event, MinutePassed)]
    of_door = [each.time for each in minutes for camera in each.cameras if camera.camera_id == "door"]
    assert of_door == [NOON + timedelta(minutes=1), NOON + timedelta(minutes=2)]
    assert any(camera.camera_id == "yard" for each in minutes for camera in each.cameras)
    assert {each.occupancy for each in minutes} == {None}


def cameras(folder: Path) -> tuple[CameraStatus, ...]:
    return status(folder).cameras if status_path(folder / "data", "worker").exists() else ()


AS_IT_COMES = {"tune": "zerolatency"}
"""What is coded does not depend on what comes after."""
WALKS = [Walker(begins_s=0.5, ends_s=3.5), Walker(begins_s=5.5, ends_s=8.5)]


def filmed(seconds: int) -> list[Picture]:
    return [scene(number / 10, WALKS) for number in range(seconds * 10)]


def persons(sink: ListSink) -> list[tuple[str, int]]:
    """Return who came and went, by the second of the recording."""
    events = [each.event for each in sent(sink)]
    found = [each for each in events if isinstance(each, ShopperEntered | ShopperExited)]
    return [(type(each).__name__, round((each.time - NOON).total_seconds())) for each in found]


@pytest.mark.parametrize("name", ["door.ts", "door.mkv", "door.mp4", "door.h264", "door.avi"])
def test_a_recording_that_grew_is_told_from_where_it_ended_before(
    blobs_folder: Path, tmp_path: Path, name: str
) -> None:
    sink, whole = ListSink(), ListSink()
    assignment = Assignment(layout=described(blobs_folder, "door", sources=[name]), folder=tmp_path)
    video(tmp_path / name, filmed(10), options=AS_IT_COMES)
    work([assignment], whole, settings(tmp_path / "elsewhere"))

    for seconds in (5, 5, 10):
        video(tmp_path / name, filmed(seconds), options=AS_IT_COMES)
        work([assignment], sink, settings(tmp_path))

    assert persons(sink) == persons(whole)
    assert len(persons(sink)) == 4


def test_a_folder_that_got_more_pictures_is_told_from_where_it_ended_before(blobs_folder: Path, tmp_path: Path) -> None:
    sink = ListSink()
    assignment = Assignment(layout=described(blobs_folder, "door", sources=["stills"]), folder=tmp_path)
    (tmp_path / "stills").mkdir()

    for first, last in ((0, 50), (50, 100)):
        for number in range(first, last):
            cv2.imwrite(str(tmp_path / "stills" / f"{number}.png"), scene(number / 10, WALKS))
        work([assignment], sink, settings(tmp_path))

    frames = [each for each in sent(sink) if isinstance(each.event, MinutePassed)]
    minutes = [camera.frames for each in frames for camera in each.event.cameras]  # type: ignore[attr-defined]
    assert sum(minutes) == 100


def test_another_recording_of_the_same_camera_did_not_grow(blobs_folder: Path, tmp_path: Path) -> None:
    sink = ListSink()
    assignment = Assignment(layout=described(blobs_folder, "door"), folder=tmp_path)

    for walkers in ([Walker()], [Walker(begins_s=1.5, ends_s=4.0)]):
        film(tmp_path / "door.mp4", walkers, seconds=5.0)
        work([assignment], sink, settings(tmp_path))

    assert len(persons(sink)) == 4


def test_frames_of_a_recording_are_not_dated_into_the_future(blobs_folder: Path, tmp_path: Path) -> None:
    sink, assignment = ListSink(), shop(tmp_path, blobs_folder, "door", "aisle")
    film(tmp_path / "aisle.mp4", seconds=30.0)
    began = datetime.now(UTC)

    work([assignment], sink, settings(tmp_path, start=None))

    told = [each.event.time for each in sent(sink)]
    assert max(told) <= datetime.now(UTC)
    assert min(told) > began - timedelta(minutes=2)
    (door, aisle) = status(tmp_path).cameras
    assert max(each.last_frame_at for each in (door, aisle) if each.last_frame_at) <= datetime.now(UTC)
