"""Workers that drain into memory."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from event_store.envelope import Envelope
from event_store.layout.model import Layout
from event_store.serialization import decode
from tests.builders.films import film
from tests.builders.watching import NOON, layout
from vision_workers.sink import ListSink
from vision_workers.worker import Assignment, Worker, WorkerSettings

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
    """Return the facts that arrived, in order."""
    return [decode(waiting.record) for waiting in sink.records if waiting.channel == channel]


def until(holds: Callable[[], object]) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.02)
