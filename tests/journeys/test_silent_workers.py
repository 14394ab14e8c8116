"""A worker of a live camera is killed, comes back and is stopped: what GraphQL, doctor and the record say of it."""

import asyncio
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from event_store.events.workers import WatchResumed
from event_store.serialization import decode
from event_store.topics import Topics
from infra.health.watching import check_workers
from infra.settings import Settings
from tests.builders.asking import Client, kafka_at, serving
from tests.builders.networks import blob_finder, save_model
from tests.builders.streams import NetworkCamera
from tests.builders.tallies import ask
from tests.builders.watching import layout, layout_file
from tests.builders.whole_line import PATIENCE_S, kill, whole_line

pytestmark = [pytest.mark.slow, pytest.mark.kafka, pytest.mark.postgres]

QUESTION = """{ store(id: "acme/corner") {
    cameras { status cause } inside visits(where: {ended: false}) { nodes { unconfirmedSince } }
} }"""


async def until(api: Client, holds: Callable[[Any], bool]) -> Any:
    """Ask until an answer is so; return it."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        store = (await api.ask(QUESTION))["store"]
        if store is not None and holds(store):
            return store
        assert time.monotonic() < deadline, store
        await asyncio.sleep(0.2)


def status(store: Any) -> str:
    return str(store["cameras"][0]["status"])


async def test_a_killed_worker_is_missed_and_its_return_and_its_end_are_told(
    kafka: str, projected_database: str, topics: Topics, tmp_path: Path
) -> None:
    model = save_model(blob_finder(), tmp_path / "models" / "blobs")
    with NetworkCamera() as camera, whole_line(kafka, projected_database, topics, tmp_path) as line:
        shop = layout_file(tmp_path / "corner.toml", layout("door", sources=[camera.address], model=str(model)))
        line.projector()
        worker = line.live_worker(shop)
        async with serving(projected_database, kafka=kafka_at(kafka), topic=topics.events) as api:
            await until(api, lambda store: status(store) == "ONLINE" and store["visits"]["nodes"])
            kill(worker)
            missed = await until(api, lambda store: status(store) == "UNKNOWN")
            doctor = await asyncio.to_thread(check_workers, Settings(database=SecretStr(projected_database)))
            worker = line.live_worker(shop)
            back = await until(api, lambda store: status(store) == "ONLINE")
            worker.send_signal(signal.SIGTERM)
            stopped = await until(api, lambda store: status(store) == "UNKNOWN")

    assert (missed["cameras"][0]["cause"], missed["inside"]) == ("nothing is heard of its worker", None)
    assert all(visit["unconfirmedSince"] for visit in missed["visits"]["nodes"])
    assert doctor.state == "fail"
    assert back["inside"] is not None
    assert stopped["cameras"][0]["cause"] == "its worker has stopped"
    values = ask(projected_database, "SELECT value FROM record.ledger WHERE type = 'shopfloor.WatchResumed.v1'")
    resumed = [event for value in values if isinstance(event := decode(value).event, WatchResumed)]
    assert [(each.camera_id, each.stopped) for each in resumed] == [("door", False)]
