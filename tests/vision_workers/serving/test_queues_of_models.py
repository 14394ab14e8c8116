"""Many may ask a model at once; who comes when all places are taken is told when to come back."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.builders.alerts import names_served, served
from tests.builders.model_servers import BLOBS, AskedModels, blue_person, infer_request
from vision_workers.detectors.network import Done
from vision_workers.frames import Picture
from vision_workers.serving import bodies
from vision_workers.serving.queue import ModelQueue

INFER = f"{BLOBS}/infer"


class HeldNetwork:
    """A network that answers when it is told to."""

    requests = 2

    def __init__(self) -> None:
        self.started: list[Done] = []

    def start(self, _: Picture, done: Done) -> None:
        """Keep what is to be told."""
        self.started.append(done)

    def answer(self) -> None:
        """Answer everything that was started."""
        while self.started:
            self.started.pop()({})

    def wait(self) -> None:
        """Nothing is in flight."""


@pytest.fixture
def asked(blobs_folder: Path) -> AskedModels:
    return AskedModels(blobs_folder.parent)


async def test_eight_clients_are_answered_each_with_its_own_picture(asked: AskedModels) -> None:
    async with asked.client() as client:
        empty = infer_request(blue_person() * 0)
        wanted = [infer_request(), empty] * 4
        answers = await asyncio.gather(*(client.post(INFER, json=each) for each in wanted))

    assert [each.json()["outputs"][0]["data"][2] > 0.5 for each in answers] == [True, False] * 4


async def test_who_finds_the_queue_full_is_told_when_to_come_back(asked: AskedModels) -> None:
    queue = asked.models.find("blobs").queue
    async with asked.client() as client:
        queue.taken = queue.places
        full = [await client.post(INFER, json=infer_request()), await client.post("/detect", content=b"")]
        queue.taken = 0
        after = await client.post(INFER, json=infer_request())

    assert [each.status_code for each in full] == [429, 429]
    assert all(int(each.headers["retry-after"]) >= 1 for each in full)
    assert after.status_code == 200


async def test_a_queue_takes_as_many_as_it_has_places_for_and_starts_as_many_as_the_device_computes() -> None:
    network = HeldNetwork()
    queue = ModelQueue("held", network, waiting=3)  # type: ignore[arg-type]  # all that it needs of a network

    async def ask() -> str:
        try:
            with queue.place():
                await queue.infer(blue_person())
        except Exception as problem:  # noqa: BLE001 - its name is what the test is about
            return type(problem).__name__
        return "answered"

    asking = [asyncio.create_task(ask()) for _ in range(7)]
    await asyncio.sleep(0)
    assert len(network.started) == 2
    while not all(each.done() for each in asking):
        network.answer()
        await asyncio.sleep(0)

    assert sorted(each.result() for each in asking) == ["QueueFull"] * 2 + ["answered"] * 5
    assert queue.taken == 0


async def test_a_client_that_goes_away_leaves_its_place_to_others() -> None:
    network = HeldNetwork()
    queue = ModelQueue("held", network, waiting=0)  # type: ignore[arg-type]  # all that it needs of a network

    async def ask() -> None:
        with queue.place():
            await queue.infer(blue_person())

    gone = [asyncio.create_task(ask()) for _ in range(2)]
    await asyncio.sleep(0)
    for each in gone:
        each.cancel()
    await asyncio.gather(*gone, return_exceptions=True)
    next_one = asyncio.create_task(ask())
    await asyncio.sleep(0)
    assert len(network.started) == 2, "the device still computes what nobody waits for"
    while not next_one.done():
        network.answer()
        await asyncio.sleep(0)

    assert next_one.exception() is None


async def test_a_body_that_does_not_end_gives_its_place_back(
    asked: AskedModels, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies.read_body, "__defaults__", (0.05,))

    async def stuck() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.sleep(60)

    async with asked.client() as client:
        slow = await client.post(INFER, content=stuck())

    assert slow.status_code == 408
    assert asked.models.find("blobs").queue.taken == 0


async def test_what_is_asked_is_counted_by_outcome(asked: AskedModels) -> None:
    queue = asked.models.find("blobs").queue
    async with asked.client() as client:
        await client.post(INFER, json=infer_request())
        await client.post(INFER, json=infer_request(shape=[1]))
        queue.taken = queue.places
        await client.post(INFER, json=infer_request())
    text = served(asked.app.state.metrics.registry)

    for outcome in ("answered", "refused", "full"):
        assert f'shopfloor_inference_requests_total{{model="blobs",outcome="{outcome}"}} 1.0' in text
    assert {"shopfloor_inference_waiting", "shopfloor_inference_places"} <= names_served(text)
