"""A worker says in the record that it is at work, and that it stops."""

from pathlib import Path

import pytest

from event_store.events.workers import WorkerReported, WorkerStopped
from tests.builders.streams import NetworkCamera
from tests.builders.working import arrived, by_source, described, heartbeats, settings, shop, until, work, working
from vision_workers.sink import ListSink
from vision_workers.worker import Assignment, heartbeat


def test_a_worker_reports_before_its_first_frame_says_what_has_ended_and_says_goodbye(
    blobs_folder: Path, tmp_path: Path
) -> None:
    sink = ListSink()
    work([shop(tmp_path, blobs_folder, "door", "aisle")], sink, settings(tmp_path))

    first, *_, last, goodbye = heartbeats(sink)
    assert isinstance(first, WorkerReported)
    assert isinstance(last, WorkerReported)
    assert [(each.camera_id, each.live, each.state) for each in first.cameras] == [
        ("door", False, "starting"),
        ("aisle", False, "starting"),
    ]
    assert all(each.last_frame_at is None for each in first.cameras)
    assert {each.state for each in last.cameras} == {"ended"}
    assert all(each.last_frame_at is not None for each in last.cameras)
    assert isinstance(goodbye, WorkerStopped)
    assert (goodbye.worker, goodbye.cameras) == ("worker", ["door", "aisle"])
    assert list(by_source(arrived(sink)).values()) == [
        list(range(1, len(numbers) + 1)) for numbers in by_source(arrived(sink)).values()
    ]


def test_a_worker_whose_recordings_were_told_goes_on_saying_that_it_is_there(
    blobs_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sink, told = ListSink(), shop(tmp_path, blobs_folder, "door")
    work([told], sink, settings(tmp_path))
    monkeypatch.setattr(heartbeat, "EVERY_S", 0.05)
    monkeypatch.setattr(heartbeat, "LOOK_S", 0.05)
    sink.records.clear()

    with working([told], sink, settings(tmp_path, once=False)):
        until(lambda: len(heartbeats(sink)) > 3)

    *reports, goodbye = heartbeats(sink)
    assert isinstance(goodbye, WorkerStopped)
    assert {camera.state for each in reports if isinstance(each, WorkerReported) for camera in each.cameras} == {
        "ended"
    }


def test_a_worker_whose_camera_gives_no_frame_reports_all_the_same(
    blobs_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heartbeat, "EVERY_S", 0.2)
    sink = ListSink()
    with NetworkCamera() as camera:
        address = camera.address
    told = Assignment(layout=described(blobs_folder, "door", sources=[address]), folder=tmp_path)

    with working([told], sink, settings(tmp_path, once=False)):
        until(lambda: len(heartbeats(sink)) > 2)

    *reports, goodbye = heartbeats(sink)
    assert isinstance(goodbye, WorkerStopped)
    assert all(
        (camera.live, camera.last_frame_at) == (True, None)
        for each in reports
        if isinstance(each, WorkerReported)
        for camera in each.cameras
    )
