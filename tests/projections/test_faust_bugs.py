"""Faults of the Faust that is pinned, each shown to be still there, and what we do about it shown to help.

A test that fails after an upgrade says that a fault is gone, or that ours is back.
"""

import threading
from typing import Any

import aiokafka
import pytest
from faust.transport.drivers import aiokafka as aiokafka_driver
from faust.types import TP

from event_store.topics import Topics
from projections import worker
from tests.builders.facts import crossed
from tests.builders.feeding import Feeding

pytestmark = [pytest.mark.kafka, pytest.mark.postgres]

STORE = "acme/shop-1"


@pytest.fixture
def feeding(kafka: str, topics: Topics, database: str) -> Feeding:
    return Feeding(kafka, topics, database)


@pytest.mark.parametrize(
    ("seek", "thread"), [(aiokafka_driver.Consumer._seek, "main"), (worker.LedgerConsumer._seek, "consumer")]
)
async def test_faust_seeks_under_the_feet_of_a_fetch_in_another_thread_and_we_in_the_consumers_own(
    feeding: Feeding, monkeypatch: pytest.MonkeyPatch, seek: Any, thread: str
) -> None:
    """In a rebalance the fetch in the other thread then raised KeyError, and the worker crashed."""
    seen: list[str] = []
    original = aiokafka.AIOKafkaConsumer.seek

    def watched(self: aiokafka.AIOKafkaConsumer, place: TP, offset: int) -> None:
        seen.append("main" if threading.current_thread() is threading.main_thread() else "consumer")
        original(self, place, offset)

    monkeypatch.setattr(aiokafka.AIOKafkaConsumer, "seek", watched)
    monkeypatch.setattr(worker.LedgerConsumer, "_seek", seek)
    await feeding.write(feeding.facts(crossed("gate"), store=STORE))
    async with feeding.projecting() as task:
        await feeding.until_taken(1, task)

    assert set(seen) == {thread}
