"""Workers that drain into memory."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec
from prometheus_client import CollectorRegistry, generate_latest

from event_store.envelope import Envelope
from event_store.events.workers import WorkerReported, WorkerStopped
from event_store.layout.model import Layout
from event_store.serialization import decode
from tests.builders.films import film
from tests.builders.watching import NOON, layout
from vision_workers.sink import ListSink
from vision_workers.worker import Assignment, Worker, WorkerSettings
from vision_workers.worker.status import WorkerStatus, status_path

PATIENCE_S = 30.0


def shop(folder: Path, model: Path, *cameras: str, store: str = "corner") -> Assignment:
    """Film a shop's cameras and return what a worker is told of it."""
    for camera in cameras:
        film(folder / f"{camera}.mp4")
    return Assignment(layout=described(model, *cameras, store=store), folder=folder)


def described(model: Path, *cameras: str, store: str = "corner", sources: Sequence[str] = ()) -> Layout:
    """Return a shop's layout with a model folder for each camera."""
    return layout(*cameras, sources=sources, store=store, model=str(model))


def settings(folder: Path, **changes: object) -> WorkerSettings:
    """Return the settings of a worker that ends by itself, with its data in the folder."""
    usual = WorkerSettings(name="worker", data=folder / "data", start=NOON, once=True)
    return msgspec.structs.replace(usual, **changes)


def work(assignments: Sequence[Assignment], sink: ListSink, how: WorkerSettings) -> None:
    """Run a worker to its end."""
    Worker(assignments, sink, how).run()


def sent(sink: ListSink, channel: str = "events") -> list[Envelope]:
    """Return the facts that arrived, in order, without what workers say of themselves."""
    return [each for each in arrived(sink, channel) if not isinstance(each.event, WorkerReported | WorkerStopped)]


def heartbeats(sink: ListSink) -> list[WorkerReported | WorkerStopped]:
    """Return what workers said of themselves, in order."""
    return [each.event for each in arrived(sink) if isinstance(each.event, WorkerReported | WorkerStopped)]


def arrived(sink: ListSink, channel: str = "events") -> list[Envelope]:
    """Return everything that arrived, in order."""
    return [decode(waiting.record) for waiting in list(sink.records) if waiting.channel == channel]


def until(holds: Callable[[], object]) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.02)


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


def metrics_of(worker: Worker) -> str:
    """Return what a worker tells Prometheus now."""
    registry = CollectorRegistry()
    registry.register(worker.metrics)
    return generate_latest(registry).decode()


def watched_worker(model: Path, folder: Path) -> str:
    """Return what a worker of one camera tells Prometheus while it watches."""
    with working([shop(folder, model, "door")], ListSink(), settings(folder, real_time=True)) as worker:
        until(lambda: "shopfloor_camera_up{" in metrics_of(worker) and worker._pipeline.cameras[0].frames)
        return metrics_of(worker)


def status(folder: Path) -> WorkerStatus:
    """Return what the worker with its data in the folder said of itself last."""
    return msgspec.json.decode(status_path(folder / "data", "worker").read_bytes(), type=WorkerStatus)


def by_source(facts: list[Envelope]) -> dict[str, list[int]]:
    """Return the sequence numbers of each source, in the order of their arrival."""
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
