import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from event_store.envelope import Envelope
from event_store.events import LayoutPublished, ShopperEntered, ShopperExited, SpoolDrained, SpoolFilled
from event_store.layout.digest import layout_digest
from event_store.serialization import decode, encode
from tests.builders.films import film
from tests.builders.streams import NetworkCamera
from tests.builders.watching import NOON
from tests.builders.working import described, sent, settings, shop, until, work
from vision_workers.cameras import Playing
from vision_workers.detectors import Device
from vision_workers.models import Models
from vision_workers.sink import ListSink
from vision_workers.trial import Outcome, Trial, run_trial
from vision_workers.worker import Assignment, Worker, WorkerSettings
from vision_workers.worker.errors import CamerasFailed, RepeatedStore
from vision_workers.worker.status import WorkerStatus, status_path


@contextmanager
def working(assignments: list[Assignment], sink: ListSink, how: WorkerSettings) -> Iterator[Worker]:
    """Run a worker beside the block, and stop it at its end."""
    worker = Worker(assignments, sink, how)
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        yield worker
    finally:
        worker.stop()
        thread.join()


def status(folder: Path) -> WorkerStatus:
    return msgspec.json.decode(status_path(folder / "data", "worker").read_bytes(), type=WorkerStatus)


def by_source(facts: list[Envelope]) -> dict[str, list[int]]:
    return {each.source: [other.sequence for other in facts if other.source == each.source] for each in facts}


def plain(facts: list[Envelope], *kinds: str) -> list[str]:
    """Return facts without what differs between runs: ids, in order of appearance, and the run's name."""
    names: dict[str, str] = {}
    told = []
    for each in facts:
        event = msgspec.to_builtins(each.event)
        for field in ("track_id", "visit_id"):
            if event.get(field):
                event[field] = names.setdefault(event[field], f"{field} {len(names)}")
        told.append(f"{each.source.rpartition('/')[0]} {each.sequence} {event}")
    return [line for line in told if not kinds or any(kind in line for kind in kinds)]


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


def test_samples_go_out_beside_the_facts(blobs_folder: Path, tmp_path: Path) -> None:
    sink = ListSink()

    work([shop(tmp_path, blobs_folder, "door")], sink, settings(tmp_path))

    samples = [msgspec.json.decode(each.record) for each in sink.records if each.channel == "samples"]
    assert len(samples) == 6
    assert {(each["organisation"], each["store"], each["camera_id"]) for each in samples} == {
        ("acme", "corner", "door")
    }
    assert [each["zones"] != [] for each in samples].count(True) >= 2


def test_a_recording_that_was_watched_to_its_end_is_watched_as_a_new_run_next_time(
    blobs_folder: Path, tmp_path: Path
) -> None:
    sink, assignment = ListSink(), shop(tmp_path, blobs_folder, "door")
    work([assignment], sink, settings(tmp_path))
    first = sent(sink)
    sink.records.clear()

    work([assignment], sink, settings(tmp_path))

    again = sent(sink)
    assert not {each.id for each in first} & {each.id for each in again}
    assert [type(each.event) for each in again] == [type(each.event) for each in first[1:]]


@pytest.mark.parametrize("sink_goes_down", [True, False])
def test_a_worker_that_was_killed_goes_on_with_the_same_run(
    sink_goes_down: bool,  # noqa: FBT001 - a parameter of the test
    blobs_folder: Path,
    tmp_path: Path,
) -> None:
    undisturbed, sink = ListSink(), ListSink()
    assignments = [shop(tmp_path, blobs_folder, "door", "aisle"), shop(tmp_path, blobs_folder, "door", store="other")]
    work(assignments, undisturbed, settings(tmp_path / "undisturbed"))

    with working(assignments, sink, settings(tmp_path, real_time=True)):
        until(lambda: any(isinstance(each.event, ShopperEntered) for each in sent(sink)))
        sink.down = sink_goes_down
    sink.down = False
    work(assignments, sink, settings(tmp_path))

    assert all(numbers == list(range(1, len(numbers) + 1)) for numbers in by_source(sent(sink)).values())
    assert sorted(plain(sent(sink))) == sorted(plain(sent(undisturbed)))
    assert len({each.id for each in sent(sink)}) == len(sent(sink))


def test_another_recording_under_the_same_name_is_another_run(blobs_folder: Path, tmp_path: Path) -> None:
    sink, assignment = ListSink(), shop(tmp_path, blobs_folder, "door")
    with working([assignment], sink, settings(tmp_path, real_time=True)):
        until(lambda: any(isinstance(each.event, ShopperEntered) for each in sent(sink)))
    film(tmp_path / "door.mp4", seconds=5.0)

    work([assignment], sink, settings(tmp_path))

    facts = sent(sink)
    runs = [source for source in by_source(facts) if "/camera/" in source]
    assert len(runs) == 2
    exited = [each for each in facts if isinstance(each.event, ShopperExited)]
    assert [msgspec.to_builtins(each.event)["reason"] for each in exited] == ["camera_down", "left"]
    assert exited[0].source == runs[0]
    assert all(numbers == list(range(1, len(numbers) + 1)) for numbers in by_source(facts).values())


def test_what_a_killed_worker_left_open_ends_with_camera_down(blobs_folder: Path, tmp_path: Path) -> None:
    sink = ListSink()
    with NetworkCamera() as camera:
        assignment = Assignment(layout=described(blobs_folder, "door", sources=[camera.address]), folder=tmp_path)
        worker = Worker([assignment], sink, settings(tmp_path, once=False))
        worker._pipeline._close = lambda: None  # type: ignore[method-assign]  # a killed worker says no goodbye
        thread = threading.Thread(target=worker.run)
        thread.start()
        until(lambda: any(isinstance(each.event, ShopperEntered) for each in sent(sink)))
        worker.stop()
        thread.join()
        before = sent(sink)

    work([shop(tmp_path, blobs_folder, "yard", store="other")], sink, settings(tmp_path))

    entered = [each for each in before if isinstance(each.event, ShopperEntered)]
    exited = [each for each in before if isinstance(each.event, ShopperExited)]
    ended = [each for each in sent(sink)[len(before) :] if each.source == entered[0].source]
    (end,) = [each.event for each in ended if isinstance(each.event, ShopperExited)]
    assert len(entered) == len(exited) + 1
    assert (end.reason, end.visit_id) == ("camera_down", entered[-1].correlationid)
    assert end.time >= entered[-1].event.time
    numbers = by_source(sent(sink))[entered[0].source]
    assert numbers == list(range(1, len(numbers) + 1))


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
