"""What a worker tells Prometheus, and which alerts fire on it."""

import re
from pathlib import Path

import pytest

from infra.process_table import PROCESSES
from tests.builders.alerts import firing, names_in, names_served, rules
from tests.builders.streams import NetworkCamera
from tests.builders.working import described, metrics_of, settings, shop, until, watched_worker, working
from vision_workers.pipeline.belief import Belief
from vision_workers.sink import ListSink
from vision_workers.spool import drain
from vision_workers.worker import Assignment

OF_WORKERS = ("shopfloor_camera_", "shopfloor_spool_", "shopfloor_broker_")


def test_a_worker_tells_of_its_cameras_its_spool_and_its_broker(blobs_folder: Path, tmp_path: Path) -> None:
    text = watched_worker(blobs_folder, tmp_path)

    told = names_served(text)
    assert 'camera="door"' in text
    assert 'store="corner"' in text
    assert told >= {
        *("shopfloor_camera_frames_total", "shopfloor_camera_shed_frames_total"),
        "shopfloor_camera_last_frame_timestamp_seconds",
        *("shopfloor_spool_records", "shopfloor_spool_unacknowledged_seconds"),
    }
    asked = {name for rule in rules().values() for name in names_in(rule)}
    assert {name for name in asked if name.startswith(OF_WORKERS)} <= told
    assert "worker" in [each.name for each in PROCESSES if each.metric in told]


def test_a_recording_that_is_over_is_no_camera_that_is_down(blobs_folder: Path, tmp_path: Path) -> None:
    with working([shop(tmp_path, blobs_folder, "door")], ListSink(), settings(tmp_path, once=False)) as worker:
        until(lambda: worker._pipeline.cameras[0].state == "ended")
        assert "shopfloor_camera_up{" not in metrics_of(worker)


def test_a_camera_that_is_dark_raises_an_alarm(blobs_folder: Path, tmp_path: Path) -> None:
    with NetworkCamera() as camera:
        address = camera.address
    told = Assignment(layout=described(blobs_folder, "door", sources=[address]), folder=tmp_path)

    with working([told], ListSink(), settings(tmp_path, once=False)) as worker:
        until(lambda: "shopfloor_broker_up 1.0" in metrics_of(worker))
        assert firing(tmp_path, metrics_of(worker)) == {"ShopfloorCameraDown"}


def test_a_model_that_floods_raises_an_alarm(blobs_folder: Path, tmp_path: Path) -> None:
    with working([shop(tmp_path, blobs_folder, "door")], ListSink(), settings(tmp_path, real_time=True)) as worker:
        until(lambda: worker._pipeline.cameras[0].state == "online")
        worker._pipeline.cameras[0].watch.belief = Belief.SUSPECT
        assert "ShopfloorModelSuspect" in firing(tmp_path, metrics_of(worker))


def test_frames_that_nobody_had_time_for_are_counted_and_raise_an_alarm_when_they_are_most(
    blobs_folder: Path, tmp_path: Path
) -> None:
    with NetworkCamera() as network:
        told = Assignment(layout=described(blobs_folder, "door", sources=[network.address]), folder=tmp_path)
        with working([told], ListSink(), settings(tmp_path, once=False)) as worker:
            (camera,) = worker._pipeline.cameras
            until(lambda: camera.frames)
            before = metrics_of(worker)

            def sheds() -> bool:
                camera.reader.pause()  # as when nobody has room for its frames; one that was waiting resumes it
                return camera.reader.left_out > 2 * camera.frames

            until(sheds)
            after = metrics_of(worker)

    assert 0 <= counted(SHED, before) < counted(SHED, after)
    few, most = ([going_on(after, watched=10 * n, shed=each * n) for n in range(15)] for each in (9, 11))
    assert "ShopfloorFramesShed" not in firing(tmp_path, *few, minutes=1)
    assert "ShopfloorFramesShed" in firing(tmp_path, *most, minutes=1)


WATCHED, SHED = "shopfloor_camera_frames_total", "shopfloor_camera_shed_frames_total"


def counted(name: str, text: str) -> float:
    """Return what a counter of a worker's only camera says."""
    (found,) = re.findall(rf"^{name}{{.*}} (.+)$", text, re.MULTILINE)
    return float(found)


def going_on(text: str, *, watched: int, shed: int) -> str:
    """Return what the same worker serves when it has watched and left out so many frames."""
    for name, count in ((WATCHED, watched), (SHED, shed)):
        text = re.sub(rf"^({name}{{.*}}) .+$", rf"\1 {count}.0", text, flags=re.MULTILINE)
    return text


def test_a_broker_that_takes_nothing_raises_an_alarm_and_so_does_the_spool_that_fills(
    blobs_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drain, "PROMPT_S", 0.1)
    sink = ListSink()
    sink.down = True

    how = settings(tmp_path, spool_limit=1_000)
    with working([shop(tmp_path, blobs_folder, "door")], sink, how) as worker:
        until(lambda: "shopfloor_broker_up 0.0" in metrics_of(worker))
        until(lambda: "shopfloor_spool_records 0.0" not in metrics_of(worker))
        fired = firing(tmp_path, metrics_of(worker))
        sink.down = False

    assert {"ShopfloorBrokerDown", "ShopfloorSpoolFilling"} <= fired
