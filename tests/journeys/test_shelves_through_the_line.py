"""Real shelves through the whole line: from the film by Kafka to the answers of GraphQL."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from event_store.topics import Topics
from tests.builders.serving import running_api
from tests.builders.shelf import shelf_layout
from tests.builders.whole_line import WholeLine, whole_line

pytestmark = [pytest.mark.real_data, pytest.mark.slow, pytest.mark.kafka, pytest.mark.postgres]

FILM = "bottle-detection_0-14.5s.mp4"
QUESTION = """{ store(id: "default/s") {
    items { nodes { movement slot count misplaced } }
    shelfStates { slot state emptySince }
    restocks { nodes { slot completedAt emptyMs } }
} }"""


@pytest.fixture
def line(kafka: str, database: str, topics: Topics, tmp_path: Path) -> Iterator[WholeLine]:
    with whole_line(kafka, database, topics, tmp_path) as running:
        yield running


async def test_a_bottle_that_is_taken_and_put_back_is_answered_with_its_gap_and_its_task(
    line: WholeLine, shared_data: Path
) -> None:
    truth: dict[str, Any] = json.loads((shared_data / "ground_truth.json").read_text())[FILM]
    slots = [(x - 0.06, y - 0.3, x + 0.06, y + 0.33) for x, y in truth["slots"].values()]
    layout = shelf_layout(line.folder, slots, patience_s=2, source=str(shared_data / "video" / FILM))
    line.projector()

    assert line.worker([layout], start="1970-01-01T00:00:00Z").wait(240) == 0, line.logs()
    line.wait_for(lambda facts: any(b"RestockCompleted" in fact.value for fact in facts), "the task is closed")
    with running_api(line.database, line.folder) as server:
        async with server.client() as client:
            store = (await client.ask(QUESTION, server.token))["store"]

    assert store["items"]["nodes"] == [
        {"movement": "PICKED", "slot": 0, "count": 0, "misplaced": False},
        {"movement": "RETURNED", "slot": 0, "count": 1, "misplaced": False},
    ]
    assert store["shelfStates"] == [{"slot": 0, "state": "FULL", "emptySince": None}]
    ((began, ended),) = truth["slot_empty_s"]["L"]
    (task,) = store["restocks"]["nodes"]
    assert task["emptyMs"] / 1000 == pytest.approx(ended - began, abs=1.0)
