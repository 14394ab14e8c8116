import shutil
import threading
from pathlib import Path

import msgspec
import pytest
from structlog.testing import capture_logs

from event_store.events.gaps import GapDetected
from event_store.events.visits import ShopperEntered, ShopperExited
from tests.builders.films import film
from tests.builders.streams import NetworkCamera
from tests.builders.working import by_source, described, plain, sent, settings, shop, until, work, working
from vision_workers.sink import ListSink
from vision_workers.spool.spool import Spool
from vision_workers.worker import Assignment, Worker


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


def waiting_in_vain(assignment: Assignment, sink: ListSink, folder: Path) -> dict[str, list[int]]:
    """Let a worker end while the broker takes nothing; return the numbers of what waits, by source."""
    sink.down = True
    with working([assignment], sink, settings(folder, once=False)) as worker:
        until(lambda: worker._spool.waiting_records > 3)
    sink.down = False
    with Spool(folder / "data" / "spool" / "worker.sqlite", 1_000_000) as spool:
        waiting = [each for each in spool.batch(1_000) if each.channel == "events"]
    return {each.source: [other.sequence for other in waiting if other.source == each.source] for each in waiting}


def holes(sink: ListSink) -> dict[str, list[int]]:
    """Return the numbers that the record is told to lack, by source."""
    gaps = [each.event for each in sent(sink) if isinstance(each.event, GapDetected)]
    return {each.source_id: list(range(each.first_missing, each.last_missing + 1)) for each in gaps}


def test_what_was_lost_with_a_spool_is_in_the_record_after_the_next_start(blobs_folder: Path, tmp_path: Path) -> None:
    sink, assignment = ListSink(), shop(tmp_path, blobs_folder, "door")
    lost = waiting_in_vain(assignment, sink, tmp_path)
    shutil.rmtree(tmp_path / "data" / "spool")

    with capture_logs() as said:
        work([assignment], sink, settings(tmp_path))

    assert len(lost) > 1
    assert holes(sink) == lost
    (told,) = [each for each in said if "the facts that waited in it are lost" in each["event"]]
    assert told["facts"] == sum(map(len, lost.values()))

    work([assignment], sink, settings(tmp_path, take=2))
    assert len([each for each in sent(sink) if isinstance(each.event, GapDetected)]) == len(lost), "told once"


def test_a_spool_that_is_there_has_lost_nothing(blobs_folder: Path, tmp_path: Path) -> None:
    sink, assignment = ListSink(), shop(tmp_path, blobs_folder, "door")
    waiting_in_vain(assignment, sink, tmp_path)

    work([assignment], sink, settings(tmp_path))

    assert holes(sink) == {}


def test_a_spool_that_is_gone_with_nothing_in_it_has_lost_nothing(blobs_folder: Path, tmp_path: Path) -> None:
    sink, assignment = ListSink(), shop(tmp_path, blobs_folder, "door")
    work([assignment], sink, settings(tmp_path))
    shutil.rmtree(tmp_path / "data" / "spool")

    work([assignment], sink, settings(tmp_path))

    assert holes(sink) == {}


def test_what_was_lost_is_told_until_the_record_has_it(blobs_folder: Path, tmp_path: Path) -> None:
    sink, assignment = ListSink(), shop(tmp_path, blobs_folder, "door")
    lost = waiting_in_vain(assignment, sink, tmp_path)
    shutil.rmtree(tmp_path / "data" / "spool")
    lost_again = waiting_in_vain(assignment, sink, tmp_path)
    shutil.rmtree(tmp_path / "data" / "spool")

    work([assignment], sink, settings(tmp_path))

    assert holes(sink) == lost | {source: numbers for source, numbers in lost_again.items() if "/spool/" not in source}


def test_of_a_store_that_nobody_watches_any_more_it_is_told_too(blobs_folder: Path, tmp_path: Path) -> None:
    sink = ListSink()
    lost = waiting_in_vain(shop(tmp_path, blobs_folder, "door", store="closed"), sink, tmp_path)
    shutil.rmtree(tmp_path / "data" / "spool")

    work([shop(tmp_path, blobs_folder, "door")], sink, settings(tmp_path))

    assert holes(sink) == lost
    assert {each.key for each in sent(sink) if isinstance(each.event, GapDetected)} == {"acme/closed"}
