import asyncio
import threading
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from event_store.errors import OversizedRecord
from event_store.events.layouts import LayoutPublished
from event_store.events.ops import SpoolDrained, SpoolFilled
from event_store.layout.digest import layout_digest
from event_store.layout.model import Layout, Product
from event_store.serialization import decode, encode
from tests.builders.streams import NetworkCamera
from tests.builders.watching import NOON
from tests.builders.working import described, plain, sent, settings, shop, status, until, work, working
from vision_workers.cameras import Playing
from vision_workers.detectors import Device
from vision_workers.models import Models
from vision_workers.sink import ListSink
from vision_workers.spool import drain
from vision_workers.spool.drain import Drain
from vision_workers.spool.spool import Spool
from vision_workers.spool.waiting import Waiting
from vision_workers.trial import Outcome, Trial, run_trial
from vision_workers.worker import Assignment, Worker
from vision_workers.worker.errors import CamerasFailed, RepeatedStore
from vision_workers.worker.status import status_path


def test_a_worker_sends_the_layout_first_and_then_what_a_trial_shows(blobs_folder: Path, tmp_path: Path) -> None:
    sink, assignment = ListSink(), shop(tmp_path, blobs_folder, "door")
    outcome = Outcome(None, lambda _: None)

    work([assignment], sink, settings(tmp_path))
    trial = Trial(
        source=str(tmp_path / "door.mp4"),
        layout=assignment.layout,
        camera_id=None,
        model=None,
        playing=Playing(start=NOON),
        models=Models(tmp_path),
        device=Device(),
        worker="worker",
    )
    run_trial(trial, outcome)

    published, *facts = sent(sink)
    assert isinstance(published.event, LayoutPublished)
    assert published.event.layout_digest == layout_digest(assignment.layout)
    assert plain(facts) == plain([decode(encode(each)) for each in outcome.facts])
    assert len(facts) == 7
    assert sink.records[0].key == "acme/corner"


def test_a_worker_and_a_trial_look_at_no_more_frames_than_the_layout_says(blobs_folder: Path, tmp_path: Path) -> None:
    assignment = limited(shop(tmp_path, blobs_folder, "door"), 2.0)
    outcome = Outcome(None, lambda _: None)

    work([assignment], ListSink(), settings(tmp_path))
    state = run_trial(
        Trial(
            source=str(tmp_path / "door.mp4"),
            layout=assignment.layout,
            camera_id=None,
            model=None,
            playing=Playing(start=NOON),
            models=Models(tmp_path),
            device=Device(),
            worker="worker",
        ),
        outcome,
    )

    (camera,) = status(tmp_path).cameras
    assert (camera.frames, state.frames, camera.left_out) == (9, 9, 0), "of forty in four seconds"


def test_a_live_camera_is_looked_at_as_often_as_the_layout_says(blobs_folder: Path, tmp_path: Path) -> None:
    with NetworkCamera() as network:
        described_shop = described(blobs_folder, "door", sources=[network.address])
        assignment = limited(Assignment(layout=described_shop, folder=tmp_path), 2.0)
        with working([assignment], ListSink(), settings(tmp_path)) as worker:
            (camera,) = worker._pipeline.cameras
            until(lambda: camera.last_frame_at)
            first, before = camera.last_frame_at, camera.frames
            until(lambda: camera.frames >= before + 4)
            last = camera.last_frame_at

    assert first is not None
    assert last is not None
    assert (last - first).total_seconds() >= 1.0, "twice a second, not every 40 ms"


def limited(assignment: Assignment, most_per_second: float) -> Assignment:
    (camera,) = assignment.layout.camera
    few = msgspec.structs.replace(camera, max_frames_per_second=most_per_second)
    return Assignment(layout=msgspec.structs.replace(assignment.layout, camera=[few]), folder=assignment.folder)


def test_samples_go_out_beside_the_facts(blobs_folder: Path, tmp_path: Path) -> None:
    sink = ListSink()

    work([shop(tmp_path, blobs_folder, "door")], sink, settings(tmp_path))

    samples = [msgspec.json.decode(each.record) for each in sink.records if each.channel == "samples"]
    assert len(samples) == 6
    assert {(each["organisation"], each["store"], each["camera_id"]) for each in samples} == {
        ("acme", "corner", "door")
    }
    assert [each["zones"] != [] for each in samples].count(True) >= 2


class SilentSink(ListSink):
    """Takes what it is given and does not answer until it may."""

    def __init__(self) -> None:
        super().__init__()
        self.answers = threading.Event()

    async def send(self, records: Sequence[Waiting]) -> None:
        await asyncio.to_thread(self.answers.wait)
        await super().send(records)


def test_a_broker_that_does_not_answer_is_not_ok_long_before_sending_gives_up(
    blobs_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drain, "PROMPT_S", 0.1)
    sink = SilentSink()
    with working([shop(tmp_path, blobs_folder, "door")], sink, settings(tmp_path)):
        until(lambda: status_path(tmp_path / "data", "worker").exists())
        until(lambda: status(tmp_path).broker.startswith("it has not answered for"))
        sink.answers.set()

    assert status(tmp_path).broker == "ok"


def test_a_worker_keeps_watching_while_the_broker_takes_nothing(blobs_folder: Path, tmp_path: Path) -> None:
    sink = ListSink()
    sink.down = True

    with working([shop(tmp_path, blobs_folder, "door")], sink, settings(tmp_path)):
        until(lambda: status_path(tmp_path / "data", "worker").exists() and status(tmp_path).state == "draining")
        until(lambda: status(tmp_path).broker != "ok")
        assert sink.records == []
        assert status(tmp_path).spool.waiting_records > 7
        assert status(tmp_path).cameras[0].state == "ended"
        sink.down = False
        until(lambda: len(sent(sink)) == 8)
        until(lambda: status(tmp_path).spool.waiting_records == 0)


def test_a_spool_that_fills_up_holds_the_recording_says_so_and_loses_nothing(
    blobs_folder: Path, tmp_path: Path
) -> None:
    undisturbed, sink = ListSink(), ListSink()
    assignment = shop(tmp_path, blobs_folder, "door")
    work([assignment], undisturbed, settings(tmp_path / "undisturbed"))
    sink.down = True

    with working([assignment], sink, settings(tmp_path, spool_limit=7_000)):
        until(lambda: status_path(tmp_path / "data", "worker").exists() and status(tmp_path).spool.full)
        assert status(tmp_path).cameras[0].state == "online"
        assert status(tmp_path).cameras[0].frames < 40
        sink.down = False
        until(lambda: status(tmp_path).state in {"idle", "stopped"})

    assert plain(sent(sink)) == plain(sent(undisturbed))
    assert [type(each.event) for each in sent(sink, "ops")][:2] == [SpoolFilled, SpoolDrained]


def test_a_failed_camera_is_told_at_the_end_and_the_others_were_watched(blobs_folder: Path, tmp_path: Path) -> None:
    sink, assignment = ListSink(), shop(tmp_path, blobs_folder, "door", "aisle")
    (tmp_path / "aisle.mp4").write_bytes(b"")

    with pytest.raises(CamerasFailed, match=r"camera acme/corner/aisle: video .* is empty") as failure:
        work([assignment], sink, settings(tmp_path))

    assert failure.value.exit_status == 2
    kinds = {type(each.event).__name__ for each in sent(sink)}
    assert {"ShopperExited", "CameraDark"} <= kinds


def test_a_store_is_watched_by_one_layout_only(blobs_folder: Path, tmp_path: Path) -> None:
    assignment = shop(tmp_path, blobs_folder, "door")

    with pytest.raises(RepeatedStore, match="acme/corner"):
        Worker([assignment, assignment], ListSink(), settings(tmp_path))


def crowded(layout: Layout) -> Layout:
    """Return a layout that no record has room for."""
    return msgspec.structs.replace(layout, product=[Product(sku=f"{n:0100}", name="Milk") for n in range(600)])


def test_what_goes_wrong_before_anything_is_sent_is_told_as_it_is(blobs_folder: Path, tmp_path: Path) -> None:
    assignment = shop(tmp_path, blobs_folder, "door")
    assignment = msgspec.structs.replace(assignment, layout=crowded(assignment.layout))

    with pytest.raises(OversizedRecord, match="takes at most 60000"):
        work([assignment], ListSink(), settings(tmp_path))


@pytest.mark.parametrize("wrong", ["too large", "no such model"])
def test_a_store_that_cannot_be_watched_says_so_and_the_others_are_watched(
    blobs_folder: Path, tmp_path: Path, wrong: str
) -> None:
    sink, healthy = ListSink(), shop(tmp_path, blobs_folder, "door")
    layout = described(blobs_folder if wrong == "too large" else Path("folly"), "door", store="mall")
    other = Assignment(layout=crowded(layout) if wrong == "too large" else layout, folder=tmp_path)

    with pytest.raises(CamerasFailed, match=r"camera acme/mall/door: .*(takes at most 60000|no model 'folly')"):
        work([other, healthy], sink, settings(tmp_path))

    assert {each.store for each in sent(sink)} == {"corner"}
    assert "ShopperExited" in {type(each.event).__name__ for each in sent(sink)}
    told = {camera.store: (camera.state, camera.trouble) for camera in status(tmp_path).cameras}
    assert told["corner"] == ("ended", None)
    assert told["mall"][0] == "failed"
    assert told["mall"][1]


def test_a_drain_that_never_began_may_be_stopped(tmp_path: Path) -> None:
    with Spool(tmp_path / "spool.sqlite", 1_000_000) as spool:
        assert Drain(spool, ListSink()).stop(0.1)


def test_a_changed_layout_is_published_again(blobs_folder: Path, tmp_path: Path) -> None:
    sink, assignment = ListSink(), shop(tmp_path, blobs_folder, "door")
    renamed = msgspec.structs.replace(
        assignment.layout, store=msgspec.structs.replace(assignment.layout.store, name="Corner shop, refitted")
    )

    for described_so in (assignment.layout, assignment.layout, renamed, renamed):
        work([Assignment(layout=described_so, folder=tmp_path)], sink, settings(tmp_path))

    layouts = [each.event.layout.store.name for each in sent(sink) if isinstance(each.event, LayoutPublished)]
    assert layouts == ["Corner shop", "Corner shop, refitted"]


def test_the_status_tells_how_each_camera_does(blobs_folder: Path, tmp_path: Path) -> None:
    work([shop(tmp_path, blobs_folder, "door")], ListSink(), settings(tmp_path))

    told = status(tmp_path)

    (camera,) = told.cameras
    assert (told.worker, told.state, told.broker) == ("worker", "stopped", "ok")
    assert (camera.camera_id, camera.state, camera.frames, camera.believed) == ("door", "ended", 40, True)
    assert camera.last_frame_at is not None
    assert told.spool.waiting_records == 0


def test_a_machine_that_is_too_slow_for_its_cameras_says_how_many_frames_it_leaves_out(
    blobs_folder: Path, tmp_path: Path
) -> None:
    with NetworkCamera() as network:
        assignment = Assignment(layout=described(blobs_folder, "door", sources=[network.address]), folder=tmp_path)
        with working([assignment], ListSink(), settings(tmp_path)) as worker:
            (camera,) = worker._pipeline.cameras
            until(lambda: camera.frames and status_path(tmp_path / "data", "worker").exists())

            def left_out() -> bool:
                camera.reader.pause()  # as when nobody has room for its frames; one that was waiting resumes it
                return "frames a second are left out" in str(status(tmp_path).cameras[0].trouble)

            until(left_out)

    assert status(tmp_path).cameras[0].left_out > 0
